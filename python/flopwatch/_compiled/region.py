# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A compiled region, and what one run of it is recorded as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from .._load import native
from .flex import kept_pairs
from .reading import FLEX, Call, Reading, is_product, thawed
from .sizes import Source, bind, symbol_values

_MOST_BINDINGS = 4096
"""Kept of one region: more different sizes than these are bound again."""
_PAST_THE_DISPATCHER = frozenset(f"aten::{name}" for name in ("mm", "addmm", "bmm", "baddbmm"))
"""A C++ wrapper's shims call the kernels of these directly."""


class Region:
    """What is known of one compiled graph. Used by any thread that runs it."""

    def __init__(self, name: str, reading: Reading, sources: Sequence[Source] = ()) -> None:
        self.name = name
        self.reading = reading
        self.sources = sources
        self.missing = list(dict.fromkeys(reading.missing))
        self._masked = [call for call in reading.calls if call.mask is not None]
        self._bound: dict[Any, Run] = {}
        self._only: Run | None = None  # where its sizes are fixed and nothing is masked

    def run(self, inputs: Sequence[Any]) -> Run:
        """What a run with these inputs does; to be asked before the run, which can take its inputs away."""
        if self._only is not None:
            return self._only
        values = symbol_values(self.sources, inputs)
        symbols = {source.symbol: value for source, value in zip(self.sources, values)}
        kept = tuple(self._kept(call, symbols, inputs) for call in self._masked)
        key = (values, kept)
        run = self._bound.get(key)
        if run is None:
            if len(self._bound) >= _MOST_BINDINGS:
                self._bound.clear()
            run = self._bound[key] = self._bind(symbols, dict(zip(self._masked, kept)))
            if not self.sources and not self._masked:
                self._only = run
        return run

    def _kept(self, call: Call, symbols: dict[str, int], inputs: Sequence[Any]) -> int | None:
        query, key = (bind(a, symbols) for a in call.args[:2])
        return kept_pairs(call.mask, inputs, query, key)

    def _bind(self, symbols: dict[str, int], kept: dict[Call, int | None]) -> Run:
        run = Run(self.name, self.missing, self.reading.without_rule)
        run.generated = run.bound(self.reading.calls, symbols, kept)
        if self.reading.by_shims:
            past = Counter({c: n for c, n in self.reading.by_shims.items() if c.base in _PAST_THE_DISPATCHER})
            run.of_shims = self.reading.by_shims.total()
            run.handed_on = run.of_shims - past.total()
            run.all_shims = run.bound(self.reading.by_shims, symbols, {})
            run.past_the_dispatcher = run.bound(past, symbols, {})
        return run


class Run:
    """What one run with certain sizes does."""

    generated: Any
    all_shims: Any
    past_the_dispatcher: Any

    def __init__(self, name: str, missing: Sequence[str], without_rule: set[str]) -> None:
        self._name = name
        self._missing = list(missing)
        self._without_rule = set(without_rule)
        self.of_shims = 0
        self.handed_on = 0

    def bound(self, calls: Counter[Call], symbols: dict[str, int], kept: dict[Call, int | None]) -> Any:
        """The calls as the compiled part takes them. What has no sizes is missing from the run."""
        found: list[tuple[str, str, bool, tuple[Any, ...], int]] = []
        for call, times in calls.items():
            try:
                args = tuple(bind(thawed(a), symbols) for a in call.args)
            except Exception:  # a size that depends on data
                if call.decomposed or is_product(call.base, call.overload):
                    self._missing.append(f"{call.base} of a size that depends on data")
                else:
                    self._without_rule.add(call.base)
                continue
            if call.base in FLEX:
                args = (*args, kept.get(call))
            found.append((call.base, call.overload, call.decomposed, args, times))
        return native.RegionWork(found)

    def begin(self) -> int:
        """To be given to `count`."""
        return native.products_counted() if self.of_shims else 0

    def count(self, before: int) -> None:
        """It ran, on this thread; `before`: what `begin` said."""
        if self.of_shims:
            self._count_shims(native.products_counted() - before)
        self.generated.count()
        if self._missing:
            native.region_lost("region", f"{self._name} ({'; '.join(dict.fromkeys(self._missing))})")
        if self._without_rule:
            native.region_lost("other", f"{', '.join(sorted(self._without_rule))} in {self._name}")

    def _count_shims(self, seen: int) -> None:
        """`seen`: the products of the run that the dispatcher counted."""
        if seen == self.of_shims:
            return
        if seen == 0:
            self.all_shims.count()
        elif seen == self.handed_on:
            self.past_the_dispatcher.count()
        else:
            native.region_lost("region", f"{self._name} (its C++ wrapper calls libraries in ways that are not known)")
