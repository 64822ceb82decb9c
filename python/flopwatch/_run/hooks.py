# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Hooks of a recording whose roots are found while it runs. They keep no module of the program alive."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from torch import fx, nn

from .._hooks import ScopeHooks
from .._load import native
from .._tree import ModuleTree, unwrap


class RunHooks(ScopeHooks):
    """As the hooks of a watch; a module that is called outside every other one is shown to `meet` first, which
    returns whether it is watched now."""

    def __init__(self, session: Any, tree: ModuleTree, meet: Callable[[nn.Module], bool]) -> None:
        super().__init__(session, tree, with_filter=False)  # the recorder has put it in place
        self._meet = meet
        self._alive: dict[int, weakref.ref[nn.Module]] = {}

    def enter(self, module: nn.Module) -> None:
        """As its hook does at the beginning of a call."""
        if not native.enter(module):
            self._enter_inside(module)

    def watch_more(self, tree: ModuleTree) -> None:
        """The session has the modules of this tree now, too. Takes them out of it."""
        for module in (*tree.modules, *tree.aliases):
            self._forget_when_dead(module)
        tree.modules.clear()
        tree.aliases.clear()

    def _enter_inside(self, wrapper: nn.Module) -> None:
        if self._enter_wrapper(wrapper):
            return
        if native.call_open():
            if not isinstance(wrapper, fx.GraphModule):
                native.enter_unregistered(wrapper, type(wrapper).__name__)
        elif self._meet(wrapper) and not self._enter_wrapper(wrapper):
            native.enter(wrapper)

    def _enter_wrapper(self, wrapper: nn.Module) -> bool:
        inner = unwrap(wrapper)
        if inner is wrapper or not self._session.add_alias(wrapper, inner):
            return False
        self._forget_when_dead(wrapper)
        return bool(native.enter(wrapper))

    def _forget_when_dead(self, module: nn.Module) -> None:
        address, session, alive = id(module), self._session, self._alive
        if address in alive:
            return

        def forget(_reference: weakref.ref[nn.Module]) -> None:
            alive.pop(address, None)
            session.forget(address)

        alive[address] = weakref.ref(module, forget)
