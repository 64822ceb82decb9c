# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The rows of a result and what each did itself, by column and phase: what every format is written from.

Pure: it reads the JSON report of a result, and gives the same figures every time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .._errors import CaptureError, UsageError
from .._result import Result

MOST_FRAMES = 10**7
"""Of all stacks of one profile together: some hundred MB of folded text."""

COLUMNS = ("measured", "operator", "operator_other", "formula")
PHASES = ("forward", "backward", "recompute", "optimizer")
ALL_PHASES = "all phases"

WIDTHS = {
    "fp64": 64,
    "fp32": 32,
    "tf32": 32,
    "fp16": 16,
    "bf16": 16,
    "fp8": 8,
    "int8": 8,
}
"""Bits of the number formats that other tools tell apart."""

TEXTS = {
    "measured": "all FLOPs that the counters read",
    "operator": "multiply-add FLOPs of the operators",
    "operator_other": "other FLOPs of the operators",
    "formula": "multiply-add FLOPs by thop's rules",
}
_TOTALS = {
    "measured": "measured_total_flops",
    "operator": "operator_flops",
    "operator_other": "operator_other_flops",
    "formula": "formula_flops",
}


@dataclass(frozen=True)
class Row:
    """A module or scope. `name` has no control characters, and no other row of the same parent has it."""

    name: str
    path: str
    type: str
    parent: int | None
    """The index of the row above; parents come first."""
    calls: int


@dataclass(frozen=True)
class Profile:
    """One column in one phase: by row the FLOPs that it did itself. They add up to `total_flops`."""

    column: str
    phase: str
    self_flops: tuple[int, ...]
    total_flops: int


@dataclass(frozen=True)
class Figures:
    rows: tuple[Row, ...]
    profiles: tuple[Profile, ...]
    """Of each column all phases in which it has FLOPs; one of 0 FLOPs where it has none at all."""
    operator_by_width: dict[int, tuple[int, ...]]
    """By bits of the numbers, and row: parts of the operator column. Empty where precisions are not known."""
    notes: tuple[str, ...]
    """What a reader of the figures must know: why they are not exact, which column is absent."""
    program: str
    doubts: tuple[str, ...] = ()
    """Those of the notes that say why the figures are not what ran, to the last FLOP."""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(profile.column for profile in self.profiles))

    def of_column(self, column: str) -> list[int]:
        """By row, over all phases."""
        parts = [profile.self_flops for profile in self.profiles if profile.column == column]
        return [sum(figures) for figures in zip(*parts, strict=True)]

    def chain(self, row: int) -> list[int]:
        """The rows from the root down to this one."""
        out = [row]
        while (above := self.rows[out[-1]].parent) is not None:
            out.append(above)
        return out[::-1]

    def stacks(self, indexes: Sequence[int], most: int) -> list[list[int]]:
        """The chain of each of these rows. Raises UsageError where they would have more than `most` frames together:
        a file of whole stacks grows with the square of the depth."""
        levels = self.levels()
        frames = sum(levels[index] for index in indexes)
        if frames > most:
            raise UsageError(
                f"the stacks of this capture have {frames:,} frames, up to {max(levels):,} levels deep, and a file of "
                f"stacks holds {most:,}: use report --csv, which has every module at any depth"
            )
        return [self.chain(index) for index in indexes]

    def children(self) -> list[list[int]]:
        out: list[list[int]] = [[] for _ in self.rows]
        for index, row in enumerate(self.rows):
            if row.parent is not None:
                out[row.parent].append(index)
        return out

    def check_depth(self, depth: int, most: int, reader: str) -> None:
        if depth > most:
            raise UsageError(
                f"the modules of this capture are {depth:,} levels deep, and {reader} takes {most:,}: use report "
                "--csv, which has every module at any depth"
            )

    def levels(self) -> list[int]:
        """By row: 1 for the root, 2 for the rows below it."""
        out: list[int] = []
        for row in self.rows:
            out.append(1 if row.parent is None else out[row.parent] + 1)
        return out

    def inclusive(self, self_flops: Sequence[int]) -> list[int]:
        """By row: its own FLOPs and those of all rows below."""
        out = list(self_flops)
        for index in range(len(self.rows) - 1, 0, -1):
            above = self.rows[index].parent
            if above is not None:
                out[above] += out[index]
        return out


def figures_of(result: Result) -> Figures:
    """Raises UsageError where no column was collected whole, and CaptureError where rows do not add up."""
    whole = result.data
    by_phase = {phase: json.loads(result.json(phase)) for phase in PHASES}  # type: ignore[arg-type]
    profiles: list[Profile] = []
    doubts = [*whole["not_exact_because"]]
    if whole["capture"]["synthetic"]:
        doubts.append("The figures are synthetic: nothing of them was measured.")
    notes = [*doubts]
    for column in COLUMNS:
        found = _profiles(column, whole, by_phase)
        profiles += found
        if not found and column != "operator_other":  # which is there where operator is
            notes.append(f"The column '{column}' was not collected, or not for all that ran: it is not in this file.")
    if not profiles:
        raise UsageError(
            "no column of this capture is whole, so no file can have its sums; flopwatch report shows why"
        )
    program = printable(str(whole["capture"]["program"] or "")) or "program"
    rows = whole["rows"]
    by_width = _by_width(rows)
    lacking = sum(p.total_flops for p in profiles if p.column == "operator") - sum(map(sum, by_width.values()))
    if lacking > 0 and all(row["operator_by_precision"] is not None for row in rows):
        notes.append(
            f"{lacking:,} FLOPs of the operator column are in no number format of 64, 32, 16 or 8 bits, so flops64 to "
            "flops8 of --hatchet lack them."
        )
    return Figures(_rows(rows, program), tuple(profiles), by_width, tuple(notes), program, tuple(doubts))


def _profiles(column: str, whole: dict[str, Any], by_phase: dict[str, dict[str, Any]]) -> list[Profile]:
    total = whole["totals"][_TOTALS[column]]
    if total is None:
        return []
    rows = whole["rows"]
    if column == "formula":
        return [_profile(column, "forward", [2 * (row["formula_counted_macs"] or 0) for row in rows], total)]
    amounts = [report["totals"][_TOTALS[column]] for report in by_phase.values()]
    if None in amounts or sum(amounts) != total:  # launches of several phases were counted together
        return [_profile(column, ALL_PHASES, _own(column, rows), total)]
    known: dict[_Key, int] = {}
    places = {key: place for place, key in enumerate(_keys(rows, known))}
    parts = []
    for (phase, report), amount in zip(by_phase.items(), amounts, strict=True):
        own = [0] * len(rows)
        # The report of a phase has the rows of that phase alone.
        for key, flops in zip(_keys(report["rows"], known), _own(column, report["rows"]), strict=True):
            if flops:
                own[places[key]] += flops
        if amount:
            parts.append(_profile(column, phase, own, amount))
    return parts or [_profile(column, ALL_PHASES, [0] * len(rows), total)]


_Key = tuple[int | None, str, str, bool]


def _keys(rows: list[dict[str, Any]], known: dict[_Key, int]) -> list[int]:
    """A number for what a row is called from the root down: the same in every report that shares `known`. It stands
    for the key of the row above and the own name, so that a deep tree costs no more than a flat one."""
    keys: list[int] = []
    for row in rows:
        above = None if row["parent_row"] is None else keys[row["parent_row"]]
        keys.append(known.setdefault((above, row["path"], row["type"], row["outside"]), len(known)))
    return keys


def _profile(column: str, phase: str, own: list[int], total: int) -> Profile:
    if sum(own) != total or min(own) < 0:
        raise CaptureError(
            f"the rows of the column '{column}' do not add up to its total of {total} FLOPs, so that no file can have "
            "both; report this capture as a fault of flopwatch"
        )
    return Profile(column, phase, tuple(own), total)


def _own(column: str, rows: list[dict[str, Any]]) -> list[int]:
    return _without_below([row[_TOTALS[column]] for row in rows], rows)


def _by_width(rows: list[dict[str, Any]]) -> dict[int, tuple[int, ...]]:
    if any(row["operator_by_precision"] is None for row in rows):
        return {}
    found: dict[int, list[int | None]] = {}
    for index, row in enumerate(rows):
        for part in row["operator_by_precision"]:
            width = WIDTHS.get(part["precision"])
            if width is not None and part["operator_flops"]:
                amounts = found.setdefault(width, [0] * len(rows))
                amounts[index] = (amounts[index] or 0) + part["operator_flops"]
    return {width: tuple(_without_below(amounts, rows)) for width, amounts in sorted(found.items(), reverse=True)}


def _without_below(amounts: Sequence[int | None], rows: list[dict[str, Any]]) -> list[int]:
    """What a row includes, without what the rows below it include. A scope around calls of a root includes work of
    other rows, too: what it did itself stays in the row above."""
    out = [0] * len(rows)
    # By row: itself, or the nearest row above that has an amount of its own. Parents come first.
    holders: list[int | None] = []
    for index, (row, amount) in enumerate(zip(rows, amounts, strict=True)):
        above = None if row["parent_row"] is None else holders[row["parent_row"]]
        if row["around_root"] or amount is None:
            holders.append(above)
            continue
        holders.append(index)
        out[index] += amount
        if above is not None:
            out[above] -= amount
    return out


def _rows(entries: list[dict[str, Any]], program: str) -> tuple[Row, ...]:
    out: list[Row] = []
    taken: set[tuple[int | None, str]] = set()
    numbers: dict[tuple[int | None, str], int] = {}
    for entry in entries:
        path, type_, above = printable(entry["path"]), printable(entry["type"]), entry["parent_row"]
        if entry["outside"]:
            plain = "outside every module"
        elif path:
            plain = f"{path} ({type_})" if type_ else path
        else:
            plain = type_ or program
        name, number = plain, numbers.get((above, plain), 2)
        while (above, name) in taken:
            name, number = f"{plain} #{number}", number + 1
        numbers[above, plain] = number
        taken.add((above, name))
        out.append(Row(name, path, type_, above, entry["calls"]))
    return tuple(out)


def printable(text: str) -> str:
    """Control and format characters as \\x1b or \\u202e, a backslash as two: no two texts become the same one."""
    return "".join(one if one.isprintable() and one != "\\" else _escaped(one) for one in text)


def _escaped(one: str) -> str:
    code = ord(one)
    if one == "\\":
        return "\\\\"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
