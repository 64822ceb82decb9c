# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What a meter sees of a run: calls of the root modules and steps of optimizers, from PyTorch's global hooks.

Global ones, because hooks of a module's own are in its copies and pickles and switch fused inference off (_hooks.py).
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn
from torch.compiler import is_compiling
from torch.nn.modules import module as torch_module
from torch.optim import optimizer as torch_optimizer

from .._hooks import _filters, _put_filter_in_front, _take_filter_away
from .._thop.guard import take_out_hook
from .._tree import unwrap

OnCall = Callable[[nn.Module, tuple[Any, ...], "Mapping[str, Any] | None"], None]
"""Of a root module: positional and keyword inputs; None for keyword inputs that cannot be seen."""
OnStep = Callable[[torch.optim.Optimizer], None]

_STEP_HOOKS: dict[int, Any] = torch_optimizer._global_optimizer_post_hooks
_KEY: Any = -2
"""Of the hooks among torch's, which are numbered from 0; always the same, as those of _hooks.py and _optimizers.py."""


class Calls:
    """While installed, tells of calls and steps, on every thread. What it calls must not raise; it is referred to
    weakly."""

    def __init__(
        self, roots: Iterable[nn.Module], on_call: weakref.WeakMethod[OnCall], on_step: weakref.WeakMethod[OnStep]
    ) -> None:
        self._roots = [unwrap(root) for root in roots]
        self._on_call = on_call
        self._on_step = on_step
        self._hook: Callable[..., None] | None = None
        self._compiled: list[tuple[nn.Module, Any, Any]] = []
        self._filters: list[Any] = []

    def install(self) -> None:
        """Call `remove` also when this raises."""
        ids = frozenset(map(id, self._roots))
        call_reference, step_reference = self._on_call, self._on_step

        def on_call(module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any] | None) -> None:
            call = call_reference()
            if call is not None:
                call(module, args, kwargs)

        def flopwatch_meter_call(module: nn.Module, args: tuple[Any, ...]) -> None:
            if is_compiling():
                return
            if id(module) in ids or (type(module).__name__ == "OptimizedModule" and id(unwrap(module)) in ids):
                on_call(unwrap(module), args, _keywords())

        def flopwatch_meter_step(optimizer: torch.optim.Optimizer, _args: Any, _kwargs: Any) -> None:
            if not is_compiling() and (step := step_reference()) is not None:
                step(optimizer)

        self._hook = flopwatch_meter_call
        self._filters = _filters()
        self.keep_quiet()
        torch_module._global_forward_pre_hooks[_KEY] = flopwatch_meter_call
        _STEP_HOOKS[_KEY] = flopwatch_meter_step
        for root in self._roots:
            original = getattr(root, "_compiled_call_impl", None)
            if original is not None:  # `module.compile()`, whose calls pass all hooks by
                wrapper = _announced(weakref.ref(root), original, on_call)
                self._compiled.append((root, original, wrapper))
                root._compiled_call_impl = wrapper

    def remove(self) -> None:
        """Idempotent; can be ended anywhere and called again."""
        if self._hook is None:
            return
        take_out_hook(torch_module._global_forward_pre_hooks, self._hook, {})
        _STEP_HOOKS.pop(_KEY, None)
        for root, original, wrapper in self._compiled:
            if root._compiled_call_impl is wrapper:
                root._compiled_call_impl = original
        self._compiled.clear()
        _take_filter_away(self._filters)
        self._hook = None

    def keep_quiet(self) -> None:
        """PyTorch warns of global hooks where compiled modules are called. A recording that ended has let it again."""
        _put_filter_in_front()


def _keywords() -> Mapping[str, Any] | None:
    """The keyword inputs of the call whose hook this is in: PyTorch gives a global hook the positional ones alone."""
    try:
        frame = sys._getframe(2)
        if frame.f_code.co_filename != torch_module.__file__:
            return None
        found = frame.f_locals.get("kwargs")
    except (AttributeError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _announced(reference: weakref.ref[nn.Module], compiled: Callable[..., Any], on_call: OnCall) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        module = reference()
        if module is not None and not is_compiling():
            on_call(module, args, kwargs)
        return compiled(*args, **kwargs)

    return torch._disable_dynamo(call) if hasattr(torch, "_disable_dynamo") else call
