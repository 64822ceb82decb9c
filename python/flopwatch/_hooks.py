# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Scopes of a watched model, from PyTorch's global module hooks.

Hooks on the modules themselves would change what runs: PyTorch leaves its fused inference path where a module has
hooks of its own. Global ones do not matter to it. Every hook first looks whether a compiler traces it: what runs
inside a compiled region belongs to the region.
"""

from __future__ import annotations

import re
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn
from torch.compiler import is_compiling
from torch.nn.modules import module as torch_module

from ._compiled.replays import ReplayWatch
from ._compiled.watch import RegionWatch
from ._load import native
from ._operators.dispatcher import ThroughTheDispatcher
from ._optimizers import ClosureHook
from ._thop.custom import answer_of_rule
from ._thop.guard import take_out_hook
from ._tree import CustomRule, ModuleTree, unwrap

Leave = Callable[[nn.Module, tuple[Any, ...], Any], None]

_KEY: Any = -1
"""Of the hooks among torch's, which are numbered from 0. Always the same: compiled code is compiled again for each set
of keys, and gives up after some."""

_GLOBAL_HOOKS = re.compile(r"Using `torch\.compile\(module\)` when there are global hooks", re.IGNORECASE)
# PyTorch warns of global hooks where a compiled module is called; these know of it.
_FILTER = ("ignore", _GLOBAL_HOOKS, Warning, None, 0)


def _filters() -> list[Any]:
    # From Python 3.14 on a `catch_warnings` can have its own list.
    own: Callable[[], list[Any]] | None = getattr(warnings, "_get_filters", None)
    return warnings.filters if own is None else own()  # type: ignore[return-value]


def _take_filter_away(*lists: list[Any]) -> None:
    """From the filters that are in force and from `lists`. By identity: an equal one can be the user's."""
    for filters in (*lists, _filters()):
        for place in reversed(range(len(filters))):
            if filters[place] is _FILTER:
                del filters[place]
    warnings._filters_mutated()  # type: ignore[attr-defined]


def ignore_the_warning_of_hooks() -> None:
    """From now on in this process, unless it does so already. The program's own filters stay as they are, but what it
    was warned of once it is warned of again."""
    if not any(each is _FILTER for each in _filters()):
        _put_filter_in_front()


def _put_filter_in_front() -> None:
    _take_filter_away()  # the end of a `catch_warnings` can bring back an old one
    _filters().insert(0, _FILTER)
    warnings._filters_mutated()  # type: ignore[attr-defined]


class GlobalHooks:
    """A pair of global module hooks that `remove` takes back; one at a time in a process. All threads."""

    def __init__(self, *, with_filter: bool = True) -> None:
        """`with_filter`: PyTorch's warning of such hooks is ignored meanwhile."""
        self._hooks: tuple[Callable[..., Any], Callable[..., Any]] | None = None
        self._with_filter = with_filter
        self._filters: list[Any] = []

    def install(
        self, enter: Callable[[nn.Module], bool], leave: Leave, unknown: Callable[[nn.Module], None] | None = None
    ) -> None:
        """`unknown` is asked about a module that `enter` does not know."""

        def flopwatch_enter(module: nn.Module, _args: Any) -> None:
            if is_compiling() or enter(module) or unknown is None:
                return
            unknown(module)

        def flopwatch_leave(module: nn.Module, args: Any, output: Any) -> None:
            if is_compiling():
                return
            leave(module, args, output)

        self._hooks = flopwatch_enter, flopwatch_leave
        if self._with_filter:
            self._filters = _filters()  # the end of a `catch_warnings` can bring this list back
            _put_filter_in_front()
        torch_module._global_forward_pre_hooks[_KEY] = flopwatch_enter
        torch_module._global_forward_hooks_always_called[_KEY] = True
        torch_module._global_forward_hooks[_KEY] = flopwatch_leave

    def remove(self) -> None:
        """Idempotent; can be ended anywhere and called again."""
        if self._hooks is None:
            return
        enter, leave = self._hooks
        always_called = torch_module._global_forward_hooks_always_called
        take_out_hook(torch_module._global_forward_pre_hooks, enter, always_called)
        take_out_hook(torch_module._global_forward_hooks, leave, always_called)
        if self._with_filter:
            _take_filter_away(self._filters)
        self._hooks = None


class ScopeHooks:
    """While installed, calls of the tree's modules open scopes, on every thread; the user's rules are asked.

    Custom operators are called through the dispatcher then, which is where operators are observed. What is installed
    is noted before, so that `remove` finds it wherever an interrupt has ended `install` or `remove` itself.
    """

    def __init__(self, session: Any, tree: ModuleTree, *, with_filter: bool = True) -> None:
        self._session = session
        self._tree = tree
        self._global = GlobalHooks(with_filter=with_filter)
        self._dispatcher = ThroughTheDispatcher()
        self._closures = ClosureHook()
        self._regions = RegionWatch()
        self._replays = ReplayWatch()
        self._compiled: list[tuple[weakref.ref[nn.Module], Any, Any]] = []
        self._wrappers: list[nn.Module] = []  # kept alive: the session knows them by identity

    def install(self) -> None:
        """Call `remove` also when this raises."""
        self._dispatcher.begin()
        self._closures.install()
        self._regions.install()
        self._replays.install()
        self._global.install(native.enter, self._leave_hook(), self._enter_inside)
        self._enter_compiled_modules()

    def remove(self) -> None:
        """Idempotent; can be ended anywhere and called again."""
        self._global.remove()
        self._closures.remove()
        self._dispatcher.end()
        self._regions.remove()
        self._replays.remove()
        for reference, original, wrapper in self._compiled:
            module = reference()
            if module is not None and module._compiled_call_impl is wrapper:  # else it was compiled again meanwhile
                module._compiled_call_impl = original
        self._compiled.clear()

    def _enter_inside(self, wrapper: nn.Module) -> None:
        """torch.compile(m) wraps a module of the tree, from outside it; another module that is called inside the
        model is one that the model does not register."""
        if self._enter_wrapper(wrapper):
            return
        if not isinstance(wrapper, fx.GraphModule):  # a compiler's, whose work is that of the module it compiled
            native.enter_unregistered(wrapper, type(wrapper).__name__)

    def _enter_wrapper(self, wrapper: nn.Module) -> bool:
        inner = unwrap(wrapper)
        if inner is wrapper:
            return False
        self._wrappers.append(wrapper)
        if self._session.add_alias(wrapper, inner):
            return bool(native.enter(wrapper))
        self._wrappers.pop()
        return False

    def _leave_hook(self) -> Leave:
        if not self._tree.custom:
            leave: Leave = native.leave
            return leave
        custom: dict[nn.Module, CustomRule] = self._tree.custom

        def leave_with_rule(module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
            inner = unwrap(module)
            rule = custom.get(inner)
            if rule is None or not native.wants_call(module, output):
                native.leave(module, args, output)
                return
            amount, failure = answer_of_rule(rule, inner, args, output)
            native.leave_with(module, args, output, amount, failure)

        return leave_with_rule

    def _enter_compiled_modules(self) -> None:
        """`module.compile()` puts a compiled function in the place of the module's call, past all hooks."""
        leave = self._leave_hook()
        for module in self._tree.modules:
            original = getattr(module, "_compiled_call_impl", None)
            if original is not None:
                wrapper = in_scope(weakref.ref(module), original, leave)
                self._compiled.append((weakref.ref(module), original, wrapper))
                module._compiled_call_impl = wrapper


def in_scope(reference: weakref.ref[nn.Module], compiled: Callable[..., Any], leave: Leave) -> Callable[..., Any]:
    """For the place of a module's compiled call: opens the module's scope around it."""

    def call(*args: Any, **kwargs: Any) -> Any:
        module = reference()
        if module is None or is_compiling():
            return compiled(*args, **kwargs)
        native.enter_compiled(module)
        try:
            output = compiled(*args, **kwargs)
        except BaseException:
            native.leave_failed(module)
            raise
        leave(module, args, output)
        return output

    # What wraps a compiled function is not to be compiled itself.
    return torch._disable_dynamo(call) if hasattr(torch, "_disable_dynamo") else call
