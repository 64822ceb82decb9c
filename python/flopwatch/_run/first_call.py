# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Waits for the first call of a module in the process, whatever way it is called."""

from __future__ import annotations

import functools
import sys
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

from torch import nn
from torch.compiler import is_compiling

from .._compiled.capture import not_any_more, when_imported
from .._hooks import GlobalHooks, ignore_the_warning_of_hooks, in_scope
from .._load import native
from .find_roots import can_be_root

Called = Callable[[nn.Module | None], None]


class FirstCall:
    """Between `wait` and `stop`, `called` is given each module whose call begins; None for a compiled region that no
    module's call announces."""

    def __init__(self, called: Called) -> None:
        self._called = called
        self._hooks = GlobalHooks(with_filter=False)
        self._regions: tuple[Any, Any, Any] | None = None

    def wait(self) -> None:
        ignore_the_warning_of_hooks()  # and for good: filters that change while the program runs change what it prints
        self._hooks.install(self._module_called, _nothing)
        when_imported(self._watch_regions)

    def stop(self) -> None:
        """Idempotent."""
        self._hooks.remove()
        not_any_more(self._watch_regions)
        if self._regions is not None:
            owner, original, wrapper = self._regions
            if owner.__call__ is wrapper:
                owner.__call__ = original
            self._regions = None

    def _module_called(self, module: nn.Module) -> bool:
        if not _only_prepares_data(module):
            self._called(module)
        return True

    def _watch_regions(self, compiler: ModuleType) -> None:
        """A compiled function calls its regions, and no module."""
        owner = compiler.CompiledFxGraph
        original, called = owner.__call__, self._called

        @functools.wraps(original)
        def first_call(self: Any, inputs: Any) -> Any:
            called(None)  # puts the original back, or what records regions
            return type(self).__call__(self, inputs) if owner.__call__ is not first_call else original(self, inputs)

        self._regions = (owner, original, first_call)
        owner.__call__ = first_call


def _nothing(_module: nn.Module, _args: Any, _output: Any) -> None:
    pass


def _only_prepares_data(module: nn.Module) -> bool:
    """A transform that a DataLoader's worker calls: not what a program is recorded for."""
    data = sys.modules.get("torch.utils.data")
    return data is not None and data.get_worker_info() is not None and not can_be_root(module)


def announce_compiled_modules(called: Called) -> None:
    """`module.compile()` puts a compiled function in the place of the module's call, past all hooks: from now on that
    one gives the module to `called` at the beginning of each call, and opens its scope."""
    original = nn.Module.compile

    @functools.wraps(original)
    def compile(self: nn.Module, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        compiled = self._compiled_call_impl
        if compiled is not None:
            self._compiled_call_impl = _announced(weakref.ref(self), compiled, called)

    nn.Module.compile = compile  # type: ignore[method-assign]


def _announced(reference: weakref.ref[nn.Module], compiled: Callable[..., Any], called: Called) -> Callable[..., Any]:
    scoped = in_scope(reference, compiled, native.leave)

    def call(*args: Any, **kwargs: Any) -> Any:
        if is_compiling():  # first: a compiled function that calls the module has it in its graph, as without this
            return compiled(*args, **kwargs)
        module = reference()
        if module is not None:
            called(module)
        return scoped(*args, **kwargs)

    return call
