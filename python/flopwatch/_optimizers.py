# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Closures of optimizers: what they run is the forward and backward pass, not the optimizer's own work.

The step itself is seen by the compiled part, in the range that torch.optim opens around it. The closure is called
from inside, so a global hook puts a function around it that says so.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from torch.compiler import is_compiling
from torch.optim import optimizer as torch_optimizer

from ._load import native

_Call = tuple[tuple[Any, ...], dict[str, Any]]
_HOOKS: dict[int, Any] = torch_optimizer._global_optimizer_pre_hooks
_KEY = -1
"""Of the hook among torch's, which are numbered from 0. Always the same: a compiled step is compiled again for each
set of hooks, and finds what it made for this one."""


class ClosureHook:
    """While installed, the closure of each optimizer's step opens a scope of phase forward. All threads."""

    def __init__(self) -> None:
        self._installed = False

    def install(self) -> None:
        self._installed = True
        _HOOKS[_KEY] = _wrap_closure

    def remove(self) -> None:
        """Idempotent; can be ended anywhere and called again."""
        if self._installed:
            _HOOKS.pop(_KEY, None)
            self._installed = False


def _wrap_closure(_optimizer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Call | None:
    if is_compiling():
        return None
    if "closure" in kwargs and callable(kwargs["closure"]):
        return args, {**kwargs, "closure": _in_scope(kwargs["closure"])}
    if len(args) > 1 and callable(args[1]):  # the first is the optimizer
        return (args[0], _in_scope(args[1]), *args[2:]), kwargs
    return None


def _in_scope(closure: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(closure)
    def call(*args: Any, **kwargs: Any) -> Any:
        opened = native.Scope()

        def body() -> Any:
            opened.enter_closure()
            return closure(*args, **kwargs)

        return native.with_cleanup(body, opened.leave)

    return call
