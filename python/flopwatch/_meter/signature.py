# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Signatures of steps: what was called, in which order and how, as a tree of all that has been seen."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from .known import Known

_MAX_NODES = 100_000


class Node:
    """A beginning that steps have in common."""

    __slots__ = ("further", "ends", "known_below")

    def __init__(self) -> None:
        self.further: dict[Hashable, Node] = {}
        self.ends: dict[Hashable, Known] = {}
        self.known_below = False
        """A step that begins so has been counted."""


class Signatures:
    """The tree. `full` where it has as many nodes as it may: then new steps are not signed any more."""

    def __init__(self) -> None:
        self.root = Node()
        self._nodes = 1

    @property
    def full(self) -> bool:
        return self._nodes >= _MAX_NODES

    def below(self, node: Node, event: Hashable) -> Node | None:
        """The node after one more event; None where it would be one too many."""
        found = node.further.get(event)
        if found is None:
            if self.full:
                return None
            found = node.further[event] = Node()
            self._nodes += 1
        return found

    def end(self, path: list[Node], event: Hashable, name: str) -> Known:
        """What is known of the step that ends so. `path`: its nodes, from the root."""
        known = path[-1].ends.get(event)
        if known is None:
            known = path[-1].ends[event] = Known(name)
            self._nodes += 1
        return known


def mark_known(path: Iterable[Node]) -> None:
    """A step of this path has been counted as a whole."""
    for node in path:
        node.known_below = True
