# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps a reading of every graph that is compiled from the import of flopwatch on, so that regions that were compiled
before a session can be counted in it.

The class of the compiler's objects is met once the compiler is imported, which a program that does not compile never
does. The reading is a short text in an attribute of the object, and goes into the compiler's cache with it.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

_MODULE = "torch._inductor.output_code"
_CLASS = "CompiledFxGraph"
_FRONT_END = "torch._dynamo.output_graph"

_waiting: list[Callable[[ModuleType], None]] = []


def _read_when_made(module: ModuleType) -> None:
    compiled_graph = getattr(module, _CLASS, None)
    if compiled_graph is None or hasattr(compiled_graph.__init__, "_flopwatch"):
        return
    made = compiled_graph.__init__

    @functools.wraps(made)
    def init(self: Any, current_callable: Any, graph: Any, gm: Any, *args: Any, **kwargs: Any) -> None:
        made(self, current_callable, graph, gm, *args, **kwargs)
        try:
            from .graph import read_region
            from .source import region_name
            from .stored import ATTRIBUTE, to_text

            region = read_region(region_name(getattr(self, "source_code", None) or ""), graph, gm)
            setattr(self, ATTRIBUTE, to_text(region))
        except Exception:  # of another version of the compiler: what the object holds is read when it is called
            pass

    init._flopwatch = True  # type: ignore[attr-defined]
    compiled_graph.__init__ = init


def _met(module: ModuleType) -> None:
    """One of the modules has been imported."""
    if module.__name__ == _FRONT_END:
        from .backends import note_other_backends

        note_other_backends(module)
        return
    _read_when_made(module)
    for listener in list(_waiting):
        listener(module)


class _WhenImported(importlib.abc.MetaPathFinder):
    """Lets the others find a module, and acts when it has been executed."""

    def __init__(self) -> None:
        self._names = {_MODULE, _FRONT_END} - set(sys.modules)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._names:
            return None
        self._names.discard(fullname)
        if not self._names and self in sys.meta_path:
            sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            _met(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def begin() -> None:
    """At the import of flopwatch. Idempotent."""
    for name in (_MODULE, _FRONT_END):
        if name in sys.modules:
            _met(sys.modules[name])
    missing = not {_MODULE, _FRONT_END} <= set(sys.modules)
    if missing and not any(isinstance(finder, _WhenImported) for finder in sys.meta_path):
        sys.meta_path.insert(0, _WhenImported())


def when_imported(listener: Callable[[ModuleType], None]) -> None:
    """Calls it with the compiler's module: now, or when that is imported unless `not_any_more` comes first."""
    module = sys.modules.get(_MODULE)
    if module is not None and hasattr(module, _CLASS):
        listener(module)
    else:
        _waiting.append(listener)


def not_any_more(listener: Callable[[ModuleType], None]) -> None:
    """Idempotent."""
    if listener in _waiting:
        _waiting.remove(listener)
