# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What the program calls a module: the variable, attribute or key that holds it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import FrameType, ModuleType
from typing import Any

from torch import nn

from .._tree import unwrap

_OURS_AND_TORCHS = ("flopwatch", "torch")
_REFERENCES_OF_AN_UNSHARED_COPY = 3  # the frame's, the variable's and the argument's


def places(frame: FrameType | None) -> list[dict[str, Any]]:
    """The variables that the code which runs now can name: of the main script, then those of the functions on this
    thread's stack, the outermost first, then of their files."""
    main = vars(sys.modules["__main__"]) if "__main__" in sys.modules else {}
    outermost_first = list(_frames(frame))[::-1]
    found = [dict(main)]
    found += [_variables(each) for each in outermost_first if each.f_locals is not each.f_globals]
    files = {id(each.f_globals): each.f_globals for each in outermost_first if each.f_globals is not main}
    return found + [dict(each) for each in files.values()]


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in _OURS_AND_TORCHS:
            yield frame
        frame = frame.f_back


def _variables(frame: FrameType) -> dict[str, Any]:
    local = frame.f_locals
    found = dict(local)
    is_copy = sys.version_info < (3, 13) and frame.f_code.co_flags & inspect.CO_OPTIMIZED
    if is_copy and sys.getrefcount(local) <= _REFERENCES_OF_AN_UNSHARED_COPY:
        local.clear()  # a copy that the frame keeps: what it holds would live until the function returns
    return found


def name_of(module: nn.Module, where: Sequence[Mapping[str, Any]]) -> str | None:
    """Of the variable that holds it, else of an attribute or key of an object that a variable holds; None without."""
    found = _best(name for place in where for name, value in place.items() if _is(value, module))
    if found is not None:
        return found
    return _best(
        name for place in where for owner in place.values() for name, value in _held(owner) if _is(value, module)
    )


def _is(value: Any, module: nn.Module) -> bool:
    return value is module or (nn.Module in type(value).__mro__ and unwrap(value) is module)


def _held(owner: Any) -> Iterator[tuple[str, Any]]:
    """The attributes of a plain object, or the items of a dictionary, without running code of it."""
    if type(owner) is dict:
        items = owner
    elif isinstance(type(owner), type) and not issubclass(type(owner), (type, ModuleType)):
        items = _attributes(owner)
    else:
        return
    yield from ((name, value) for name, value in list(items.items()) if isinstance(name, str))


def _attributes(owner: Any) -> dict[str, Any]:
    try:
        found = object.__getattribute__(owner, "__dict__")
    except (AttributeError, TypeError):
        return {}
    return found if type(found) is dict else {}


def _best(names: Iterable[str]) -> str | None:
    """The first that is a name by itself; one that begins with _ only where there is no other."""
    hidden = None
    for name in names:
        if name in ("self", "cls") or name.startswith("__") or not name.isidentifier():
            continue
        if not name.startswith("_"):
            return name
        hidden = hidden or name
    return hidden


def free_name(name: str, taken: Iterable[str]) -> str:
    """`name`, or with a number where it is taken. Without dots, which separate the parts of a path."""
    wanted, used = name.replace(".", "_"), set(taken)
    number, free = 2, wanted
    while free in used:
        free, number = f"{wanted}_{number}", number + 1
    return free
