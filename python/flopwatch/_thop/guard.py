# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What profiling can change in a model: saved before, put back after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from .._device import model_devices
from .random_state import RandomState

COUNTERS = ("total_ops", "total_params")
"""The buffers that thop gives each module, and in which its rules count."""

_MISSING: Any = object()
_PLAIN_TENSORS = (torch.Tensor, nn.Parameter, nn.Buffer)


class ModelGuard:
    """Remembers when made: training flags, buffers with their values and hooks of every module of a model, and where
    the random generators are.

    Call `restore` in any state of the run, through `native.with_cleanup`: it can be ended anywhere and called again.
    One thread at a time for one model.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._saved = [_SavedModule(module) for module in model.modules()]
        self._random = RandomState({device.index for device in model_devices(model) if device.type == "cuda"})

    def restore(self) -> None:
        """Puts all back but hooks, which their owner removes by handle.

        A buffer that the forward exchanged for one of another shape stays: it is a cache that grew, and the module
        can have noted elsewhere how large it is.
        """
        for saved in self._saved:
            saved.restore_buffers()
        self._undo_eval()
        for saved in self._saved:
            saved.restore_flag()
        self._random.restore()

    def remove_new_hooks(self) -> None:
        """Takes away each hook around forward that was not there before, whoever left it."""
        for saved in self._saved:
            saved.remove_new_hooks()

    def _undo_eval(self) -> None:
        # Where a class does more in train() than to set flags (merging weights, say), it must have the chance to
        # undo what eval() made it do. Parents come first, so a child that was in another mode is asked again.
        for saved in self._saved:
            if saved.training is not None and saved.flag_changed() and saved.has_own_train and saved.train_calls < 2:
                saved.train_calls += 1
                saved.module.train(saved.training)


class _SavedModule:
    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.training = _flag(module)
        self.has_own_train = type(module).train is not nn.Module.train or type(module).eval is not nn.Module.eval
        tensors = [(name, buffer) for name, buffer in module._buffers.items() if buffer is not None]
        self._values = {name: (buffer, buffer.detach().clone()) for name, buffer in tensors if _has_values(buffer)}
        # Those of a scripted module are the compiler's: none can be added, removed or replaced.
        self._buffers = None if is_scripted(module) else dict(module._buffers)
        self._non_persistent = set() if is_scripted(module) else set(module._non_persistent_buffers_set)
        self._attributes = {name: vars(module).get(name, _MISSING) for name in COUNTERS}
        self._hooks = {name: set(getattr(module, name)) for name in _HOOKS}
        self._in_order: dict[str, Any] | None = None
        self.train_calls = 0
        """Of the module's own `train`, for going back: once more where an interrupt ended the first, no more, since
        it can be what raises."""

    def flag_changed(self) -> bool:
        return _flag(self.module) != self.training

    def restore_flag(self) -> None:
        if self.training is not None and self.flag_changed():
            self.module.training = self.training

    def restore_buffers(self) -> None:
        for buffer, value in self._values.values():
            _restore_value(buffer, value)
        if self._buffers is None:
            return
        now = self.module._buffers
        if self._in_order is not None:
            self._put_in_order(now)
        for name in COUNTERS:
            _put(now, name, self._buffers.get(name, _MISSING))
            _put(vars(self.module), name, self._attributes[name])
        for name, (buffer, _) in self._values.items():
            if name in now and now[name] is not buffer and _same_kind(now[name], buffer):
                now[name] = buffer
        non_persistent = self.module._non_persistent_buffers_set
        non_persistent.difference_update(set(COUNTERS) - self._non_persistent)
        non_persistent.update(self._non_persistent.intersection(now))
        order = _order(now, list(self._buffers))
        if list(now) != order:
            self._in_order = {name: now[name] for name in order}
            self._put_in_order(now)

    def _put_in_order(self, now: dict[str, Any]) -> None:
        """`_in_order` holds the buffers meanwhile, for a call that is ended here."""
        assert self._in_order is not None
        now.clear()
        now.update(self._in_order)
        self._in_order = None

    def remove_new_hooks(self) -> None:
        for name, before in self._hooks.items():
            hooks = getattr(self.module, name)
            for key in [key for key in hooks if key not in before]:
                del hooks[key]


def take_out_hook(hooks: dict[int, Any], hook: Callable[..., Any], always_called: dict[int, bool]) -> None:
    """By identity, since a handle can be lost to an interrupt before anyone has it. Can be called again."""
    for key in [key for key, known in list(hooks.items()) if known is hook]:
        always_called.pop(key, None)
        hooks.pop(key, None)


def counter_of(module: nn.Module, name: str) -> torch.Tensor:
    """The counter as a rule left it: it can have put another tensor there."""
    counter = module._buffers[name]
    assert counter is not None
    return counter


def is_scripted(module: nn.Module) -> bool:
    """Whether it is TorchScript, to which nothing can be added: thop raises there, and no rule has its type."""
    return isinstance(module, torch.jit.ScriptModule)


def _flag(module: nn.Module) -> bool | None:
    """None for a frozen scripted module, which has none."""
    return getattr(module, "training", None)


_HOOKS = (
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
)


def _put(names: dict[str, Any], name: str, value: Any) -> None:
    if value is _MISSING:
        names.pop(name, None)
    else:
        names[name] = value


def _order(buffers: dict[str, Any], before: list[str]) -> list[str]:
    """A counter that was removed and put back would be last in the state_dict."""
    order = [name for name in before if name in buffers]
    return order + [name for name in buffers if name not in before]


def _has_values(buffer: torch.Tensor) -> bool:
    """Whether it is a tensor that can be copied and compared: not meta, fake, sparse or of a library's own type."""
    return type(buffer) in _PLAIN_TENSORS and not buffer.is_meta and buffer.layout == torch.strided


def _same_kind(a: torch.Tensor | None, b: torch.Tensor) -> bool:
    return a is not None and a.shape == b.shape and a.dtype == b.dtype and a.device == b.device


def _restore_value(buffer: torch.Tensor, value: torch.Tensor) -> None:
    if buffer.shape != value.shape or torch.equal(buffer, value):
        return
    # Past autograd's version counter: a graph of the user's that saved this buffer must stay usable.
    buffer.data.copy_(value)
