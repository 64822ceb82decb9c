# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Sees the calls of compiled regions while a session records."""

from __future__ import annotations

import functools
import sys
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .._load import native
from .capture import not_any_more, when_imported

_RUNNERS = (
    "AOTIModelContainerRunnerCpu",
    "AOTIModelContainerRunnerCuda",
    "AOTIModelContainerRunnerXpu",
    "AOTIModelContainerRunnerMps",
    "AOTIModelPackageLoader",
)
_CUDA_GRAPH = "it runs as a CUDA graph, and what that repeats is not seen"


def _runs_as_cuda_graph(compiled: Any) -> bool:
    asked = (getattr(compiled, "fx_kwargs", None) or {}).get("cudagraphs")
    refused = getattr(compiled, "disabled_cudagraphs_reason", None)
    return bool(asked) and not refused and "cuda" in getattr(compiled, "device_types", ())


_known: dict[int, tuple[weakref.ref[Any], Any]] = {}
"""The regions that were met, by identity: compiled objects cannot be hashed."""


def _region_of(compiled: Any) -> Any:
    key = id(compiled)
    found = _known.get(key)
    if found is not None and found[0]() is compiled:
        return found[1]
    region = _read(compiled)
    if _runs_as_cuda_graph(compiled):
        region.missing.append(_CUDA_GRAPH)

    def forget(reference: weakref.ref[Any]) -> None:
        other = _known.get(key)
        if other is not None and other[0] is reference:
            del _known[key]

    _known[key] = (weakref.ref(compiled, forget), region)
    return region


def _read(compiled: Any) -> Any:
    """What was written down when it was compiled, else what it still holds of its graph."""
    from .held import read_held
    from .stored import ATTRIBUTE, from_text

    text = getattr(compiled, ATTRIBUTE, None)
    if text is not None:
        try:
            return from_text(text)
        except Exception:  # of another version of flopwatch, from the compiler's cache
            pass
    return read_held(compiled)


def _run_of(compiled: Any, inputs: Any) -> Any:
    """What the call does; None, and a loss, where that fails. Never raises."""
    try:
        return _region_of(compiled).run(inputs)
    except Exception as error:
        native.region_lost("region", f"a region ({type(error).__name__}: {error})")
        return None


def _seen(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def __call__(self: Any, inputs: Any) -> Any:
        run = _run_of(self, inputs)
        before = 0 if run is None else run.begin()
        output = call(self, inputs)
        if run is not None:
            run.count(before)
        return output

    return __call__


def _named(run: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(run)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        output = run(self, *args, **kwargs)
        native.region_lost("region", f"a model that AOTInductor compiled ({type(self).__name__})")
        return output

    return call


_wrappers: dict[tuple[type, str], tuple[Any, Any]] = {}
"""The original and its wrapper, made once: a session of one small forward notices the making."""


class RegionWatch:
    """While installed, calls of compiled regions are recorded, on every thread. One at a time in a process."""

    def __init__(self) -> None:
        self._replaced: list[tuple[type, str, Any, Any]] = []

    def install(self) -> None:
        """Call `remove` also when this raises."""
        when_imported(self._see_regions)
        runners = getattr(sys.modules.get("torch._C"), "_aoti", None)
        for name in _RUNNERS:
            runner = getattr(runners, name, None)
            for method in ("run", "boxed_run"):
                if runner is not None and hasattr(runner, method):
                    self._replace(runner, method, _named)

    def remove(self) -> None:
        """Idempotent; can be ended anywhere and called again."""
        not_any_more(self._see_regions)
        for owner, name, original, wrapper in reversed(self._replaced):
            if getattr(owner, name) is wrapper:  # else somebody wrapped it meanwhile
                setattr(owner, name, original)
        self._replaced.clear()

    def _see_regions(self, module: ModuleType) -> None:
        self._replace(module.CompiledFxGraph, "__call__", _seen)

    def _replace(self, owner: type, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        original = getattr(owner, name)
        known = _wrappers.get((owner, name))
        if known is None or known[0] is not original:
            known = _wrappers[owner, name] = (original, wrap(original))
        wrapper = known[1]
        self._replaced.append((owner, name, original, wrapper))
        setattr(owner, name, wrapper)
