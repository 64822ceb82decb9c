# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The root that a module belongs to: the outermost module of the program that contains it."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

from torch import fx, nn

from .._tree import unwrap

_WRAPPER = "OptimizedModule"


def children_of(module: nn.Module) -> Iterator[nn.Module]:
    """Its registered submodules; none of one that is not made yet."""
    registered = vars(module).get("_modules")
    if isinstance(registered, Mapping):
        yield from (child for child in list(registered.values()) if isinstance(child, nn.Module))


def can_be_root(module: nn.Module) -> bool:
    """It has parameters or submodules, as a loss function or an activation has not, and is no copy for one call."""
    fields = vars(module)
    if fields.get("_is_replica"):  # of DataParallel
        return False
    return bool(fields.get("_parameters")) or next(children_of(module), None) is not None


def modules_alive() -> list[nn.Module]:
    """All modules that the garbage collector knows. Runs none of their code."""
    is_module: dict[type, bool] = {nn.Module: True}
    found = []
    for each in gc.get_objects():
        kind = type(each)  # not isinstance, which asks `__class__` of objects that stand for others
        known = is_module.get(kind)
        if known is None:
            known = is_module[kind] = nn.Module in kind.__mro__
        if known:
            found.append(each)
    return found


def roots_above(module: nn.Module, alive: Iterable[nn.Module]) -> list[nn.Module]:
    """The outermost modules among `alive` that contain it, directly or not; itself where none does.

    A wrapper of torch.compile is what it wraps. Graphs that a compiler made of modules contain nothing.
    """
    parents: dict[int, list[nn.Module]] = {}
    for each in alive:
        if isinstance(each, fx.GraphModule) or type(each).__name__ == _WRAPPER:
            continue
        for child in children_of(each):
            parents.setdefault(id(unwrap(child)), []).append(each)
    start = unwrap(module)
    tops: list[nn.Module] = []
    met, waiting = {id(start)}, deque([start])
    while waiting:
        each = waiting.popleft()
        above = [parent for parent in parents.get(id(each), []) if id(parent) not in met]
        if id(each) not in parents or (each is start and not above):
            tops.append(each)
        met.update(map(id, above))
        waiting.extend(above)
    return tops or [start]


def by_name(name: str, places: Iterable[Mapping[str, Any]]) -> nn.Module | None:
    """What `model` or `trainer.model` is in the first of these places that has such a module. None for no module."""
    first, _, rest = name.partition(".")
    for place in places:
        if first not in place:
            continue
        try:
            found = attrgetter(rest)(place[first]) if rest else place[first]
        except Exception:  # of a property, say: the object is not ready
            continue
        if isinstance(found, nn.Module):
            return unwrap(found)
    return None
