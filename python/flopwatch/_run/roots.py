# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The roots of a recording: each is watched from the first call of one of its modules on."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Sequence
from types import FrameType
from typing import Any

from torch import fx, nn

from .._roots import group_type
from .._tree import ModuleTree, read_tree, unwrap
from . import names
from .find_roots import by_name, can_be_root, modules_alive, roots_above

MOST_ROOTS = 256


class Roots:
    """Not thread-safe: the recorder has a lock."""

    def __init__(self, asked: Sequence[str]) -> None:
        self._asked = tuple(asked)
        self._missing = list(asked)
        self._found: dict[str, weakref.ref[nn.Module]] = {}
        self._group = group_type()
        self._left_out: dict[int, weakref.ref[nn.Module]] = {}
        self.too_many: list[str] = []
        """Types of roots above `MOST_ROOTS`."""

    @property
    def missing(self) -> list[str]:
        """Names that were asked for, and not found so far."""
        return list(self._missing)

    def empty_tree(self) -> ModuleTree:
        """The group that the roots are below, without any."""
        tree = read_tree(self._group)
        tree.compiled.drops_lone_name = True
        return tree

    def tree_with(self, called: nn.Module) -> ModuleTree | None:
        """All roots that are alive, with new ones for this module; None where nothing is new."""
        if self._asked:
            new = self._asked_for(sys._getframe(1)) or None
        else:
            new = self._found_for(called, sys._getframe(1))
        if new is None:
            return None
        for name, root in new.items():
            self._found[name] = weakref.ref(root)
        return self._tree()

    def _asked_for(self, frame: FrameType) -> dict[str, nn.Module]:
        new: dict[str, nn.Module] = {}
        where = names.places(frame) if self._missing else []
        for asked in self.missing:
            root = by_name(asked, where)
            if root is None:
                continue
            self._missing.remove(asked)
            last = asked.rpartition(".")[2]
            taken = {*self._found, *new}
            if not any(root is other for other in (*new.values(), *self._roots().values())):
                new[names.free_name(asked if last in taken else last, taken)] = root
        return new

    def _found_for(self, called: nn.Module, frame: FrameType) -> dict[str, nn.Module] | None:
        """Empty where a root that is known has got the module since it was read."""
        module = unwrap(called)
        known = self._left_out.get(id(module))
        if not can_be_root(module) or (known is not None and known() is module):
            return None
        where = names.places(frame)
        root, name = self._best_root(module, where)
        if any(root is known_root for known_root in self._roots().values()):
            self._leave_out(module)  # it is in the tree from now on, or never
            return {}
        if isinstance(root, fx.GraphModule) and name is None:  # a compiler's: a program's own has a variable
            self._leave_out(module)
            return None
        if len(self._found) >= MOST_ROOTS:
            self.too_many.append(type(root).__name__)
            self._leave_out(module)
            return None
        return {names.free_name(name or type(root).__name__, self._found): root}

    @staticmethod
    def _best_root(module: nn.Module, where: Sequence[dict[str, Any]]) -> tuple[nn.Module, str | None]:
        """One that a variable holds rather than another: the collector knows modules, too, that nobody uses."""
        above = roots_above(module, modules_alive())
        for root in above:
            name = names.name_of(root, where)
            if name is not None:
                return root, name
        return above[0], None

    def _leave_out(self, module: nn.Module) -> None:
        address, left_out = id(module), self._left_out
        left_out[address] = weakref.ref(module, lambda _reference: left_out.pop(address, None))

    def _roots(self) -> dict[str, nn.Module]:
        alive = ((name, reference()) for name, reference in self._found.items())
        return {name: root for name, root in alive if root is not None}

    def _tree(self) -> ModuleTree:
        self._group._modules.update(self._roots())
        try:
            return read_tree(self._group)
        finally:
            self._group._modules.clear()
