# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What changed between a recorded count and a new one, and which modules did it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .file import ROOT, FlopsRow, Section

_SHOWN = 12
_Key = tuple[str, int]
_NO_WORK = (0, 0)


@dataclass(frozen=True)
class ModuleChange:
    """A module whose own work changed: that in its own forward, without the modules below it."""

    before: FlopsRow | None
    """None: the module is new."""
    after: FlopsRow | None
    """None: it is gone."""
    macs: tuple[int, int]
    """Its own, recorded and new."""
    other_flops: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        return abs(self.macs[1] - self.macs[0]), abs(self.other_flops[1] - self.other_flops[0])

    def __str__(self) -> str:
        row = self.after or self.before
        assert row is not None
        notes = []
        if self.before is None:
            notes.append("a new module")
        elif self.after is None:
            notes.append("a module that is gone")
        else:
            if self.before.type != self.after.type:
                notes.append(f"it was a {self.before.type}")
            if self.before.calls != self.after.calls:
                notes.append(f"called {self.after.calls} times, recorded {self.before.calls}")
        for unit, (before, after) in (("MACs", self.macs), ("other FLOPs", self.other_flops)):
            if before != after:
                notes.append(f"{after - before:+,} {unit} ({before:,} recorded, {after:,} now)")
        return f"{row.shown}: {', '.join(notes)}"


@dataclass(frozen=True)
class Change:
    """The difference of two sections; empty where they are the same, or within the tolerance."""

    macs: tuple[int, int]
    """Of the whole model: recorded, new."""
    other_flops: tuple[int, int]
    modules: tuple[ModuleChange, ...]
    """Those that did it, largest first."""
    not_counted: tuple[str, ...]
    """Sentences on operators that could not be counted, and were not recorded so; and the reverse."""

    def __bool__(self) -> bool:
        return bool(self.modules or self.not_counted)

    @property
    def headline(self) -> str:
        """ "the model costs more than recorded", say."""
        if not self.modules:
            return "operators without a count are not those recorded"
        macs, other = (after - before for before, after in (self.macs, self.other_flops))
        if macs or other:
            return f"the model costs {'more' if (macs or other) > 0 else 'less'} than recorded"
        return "the model costs what is recorded, but its modules are not those recorded"

    def lines(self) -> Iterator[str]:
        """The totals, then the modules, deepest ones only."""
        for unit, (before, after) in (("MACs", self.macs), ("other FLOPs", self.other_flops)):
            yield f"  {unit:<12} {before:,} recorded, {after:,} now{_percent(before, after)}"
        if self.modules:
            yield "  by the modules' own work, without the modules below them:"
        for change in self.modules[:_SHOWN]:
            yield f"    {change}"
        if len(self.modules) > _SHOWN:
            yield f"    and {len(self.modules) - _SHOWN} more modules"
        for sentence in self.not_counted:
            yield f"  {sentence}"


def compare(recorded: Section, counted: Section, tolerance: float = 0.0) -> Change:
    """`tolerance`: the change allowed for the count of a module, as a part of the model's recorded total; 0.01 is 1 %.

    With 0 every line must be as it was recorded. An operator that could not be counted has no size, so none is
    tolerated that was not recorded.
    """
    before, after = _by_key(recorded), _by_key(counted)
    totals = [_total(recorded), _total(counted)]
    not_counted = tuple(_not_counted(recorded, counted))
    allowed = [int(tolerance * total) for total in totals[0]]
    keys = list(dict.fromkeys([*before, *after]))
    if tolerance:
        moved = any(
            abs(b - a) > limit
            for key in keys
            for a, b, limit in zip(_work(before.get(key)), _work(after.get(key)), allowed, strict=True)
        )
    else:
        moved = before != after
    modules: list[ModuleChange] = []
    if moved:
        own_before, own_after = _own_work(before), _own_work(after)
        for key in keys:
            old, new = before.get(key), after.get(key)
            macs, other = zip(own_before.get(key, _NO_WORK), own_after.get(key, _NO_WORK), strict=True)
            if macs[0] != macs[1] or other[0] != other[1] or (not tolerance and _changed_itself(old, new)):
                modules.append(ModuleChange(old, new, macs, other))
    modules.sort(key=lambda change: change.size, reverse=True)
    return Change(
        macs=(totals[0][0], totals[1][0]),
        other_flops=(totals[0][1], totals[1][1]),
        modules=tuple(modules),
        not_counted=not_counted,
    )


def _changed_itself(old: FlopsRow | None, new: FlopsRow | None) -> bool:
    """Not just by what is below it."""
    return old is None or new is None or (old.type, old.calls) != (new.type, new.calls)


def _by_key(section: Section) -> dict[_Key, FlopsRow]:
    """The modules by path. Two rows, a module and a scope of its name, can have one path: they get different keys."""
    rows: dict[_Key, FlopsRow] = {}
    times: dict[str, int] = {}
    for row in section:
        if row.macs is not None:
            nth = times[row.path] = times.get(row.path, 0) + 1
            rows[row.path, nth] = row
    return rows


def _work(row: FlopsRow | None) -> tuple[int, int]:
    return _NO_WORK if row is None else (row.macs or 0, row.other_flops or 0)


def _total(section: Section) -> tuple[int, int]:
    """The first line is the root, which includes everything."""
    return _work(section[0]) if section else _NO_WORK


def _own_work(rows: dict[_Key, FlopsRow]) -> dict[_Key, tuple[int, int]]:
    own = {key: _work(row) for key, row in rows.items()}
    for (path, _), row in rows.items():
        above = _row_above(path, own)
        if above is not None:
            own[above] = (own[above][0] - (row.macs or 0), own[above][1] - (row.other_flops or 0))
    return own


def _row_above(path: str, keys: dict[_Key, tuple[int, int]]) -> _Key | None:
    """The row of the longest path before a dot, else the root; a name of a scope can have dots."""
    if path == ROOT:
        return None
    above = path
    while "." in above:
        above = above.rpartition(".")[0]
        if (above, 1) in keys:
            return above, 1
    return (ROOT, 1) if (ROOT, 1) in keys else None


def _not_counted(recorded: Section, counted: Section) -> Iterator[str]:
    old, new = ({(r.type, r.path): r.calls for r in s if r.macs is None} for s in (recorded, counted))
    for key in dict.fromkeys([*new, *old]):
        operator, path = key
        if key not in old:
            yield f"not counted, so the numbers lack its work: {operator} in {path}; it is new"
        elif key not in new:
            yield f"no longer there, or counted now: {operator} in {path}, which was recorded as not counted"
        elif old[key] != new[key]:
            yield f"not counted: {operator} in {path} has {new[key]} calls, {old[key]} were recorded"


def _percent(before: int, after: int) -> str:
    if before == after:
        return ""
    return f": {after - before:+,}" + (f" ({(after - before) / before:+.2%})" if before else "")
