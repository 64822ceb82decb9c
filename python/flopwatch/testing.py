# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Guards for tests: a model that changed its cost fails, and the modules that did it are named.

`assert_flops` compares a model with a number in the test. `record_flops` and `check_flops` compare a count with a
text file, module by module; with pytest the fixture `flops` does that (flopwatch_pytest).
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Mapping
from numbers import Real
from pathlib import Path
from typing import Any, Literal

from torch import nn

from . import _arguments as arguments
from ._count import count
from ._errors import UsageError
from ._figures import Column
from ._guard.diff import Change, compare
from ._guard.file import read, section_name, section_of, write
from ._result import Result

ColumnName = Literal["operator", "formula", "measured"]
_SHOWN = 8

__all__ = ["Change", "assert_flops", "check_flops", "record_flops"]


def assert_flops(
    model: nn.Module,
    args: Any = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    macs: int | None = None,
    flops: int | None = None,
    tolerance: float = 0.0,
    column: ColumnName = "operator",
    allow_unsupported: Collection[str] = (),
    **options: Any,
) -> Result:
    """Counts `model(*args, **kwargs)`, and raises AssertionError unless its multiply-add class is what is expected.

    Give `macs` or `flops` (1 MAC = 2 FLOPs; both are of the multiply-add class alone, without softmax, norms, bias).
    `tolerance` is a part of the expected number: 0.01 allows 1 % more or less. `column`: "operator" (what ran, needs
    no GPU), "formula" (thop's rules) or "measured" (needs a GPU). The other options are those of `flopwatch.count`.

    An operator that has no rule makes the operator column too small, so it fails as well, unless it is named in
    `allow_unsupported`. So do an absent column and a data loss of severity error.

    Returns the Result. Raises UsageError for arguments that make no sense.
    """
    __tracebackhide__ = True
    if (macs is None) == (flops is None):
        raise UsageError("assert_flops wants one number: macs=... or flops=... (1 MAC = 2 FLOPs)")
    arguments.whole_number("macs" if flops is None else "flops", macs if flops is None else flops)
    if column not in ("operator", "formula", "measured"):
        raise UsageError(f"column is 'operator', 'formula' or 'measured', not {column!r}")
    check_tolerance(tolerance)
    if isinstance(allow_unsupported, str):
        allow_unsupported = (allow_unsupported,)
    result = count(model, args, kwargs, **{"formula": "thop" if column == "formula" else None, **options})
    unit, expected = ("MACs", macs) if macs is not None else ("FLOPs", flops)
    assert expected is not None
    complaint = _complaint(result, column, unit, expected, tolerance, allow_unsupported)
    if complaint:
        raise AssertionError(f"{type(model).__name__}: {complaint}")
    return result


def record_flops(path: str | os.PathLike[str], name: str, result: Result) -> None:
    """Writes the count of each module into the section `name` of a text file; other sections stay.

    Raises UsageError when the file is another one, cannot be written, or data was lost while counting.
    """
    write(Path(path), {section_name(name): section_of(result)})


def check_flops(path: str | os.PathLike[str], name: str, result: Result, *, tolerance: float = 0.0) -> None:
    """Raises AssertionError, naming the modules, unless the count is the one recorded as `name` in the file.

    `tolerance`: the change allowed for the count of each module, as a part of the recorded total of the model.
    Raises UsageError when the file is another one, or data was lost while counting.
    """
    __tracebackhide__ = True
    check_tolerance(tolerance)
    recorded = read(Path(path)).get(section_name(name))
    if recorded is None:
        raise AssertionError(f"{path} has no counts of {name}: record them with flopwatch.testing.record_flops")
    change = compare(recorded, section_of(result), tolerance)
    if change:
        raise AssertionError("\n".join([f"{name}: {change.headline} in {path}", *change.lines()]))


def check_tolerance(tolerance: float) -> None:
    """Raises UsageError unless it is a number from 0 on."""
    if isinstance(tolerance, bool) or not isinstance(tolerance, Real) or not 0 <= float(tolerance) < math.inf:
        raise UsageError(f"a tolerance is a part of the expected number, 0 or more (0.01 is 1 %), not {tolerance!r}")


def _complaint(
    result: Result, column: ColumnName, unit: str, expected: int, tolerance: float, allowed: Collection[str]
) -> str:
    """What is wrong, in lines; empty when nothing is."""
    totals: Column | None = getattr(result.total, column)
    got = None if totals is None else totals.macs if unit == "MACs" else totals.flops
    if got is None:
        return f"expected {expected:,} {unit}, and the {column} column has none: {_why_absent(result, column)}"
    lacking = [o for o in result.unsupported if column == "operator" and o["name"] not in allowed]
    wrong = abs(got - expected) > tolerance * expected
    if not wrong and not lacking and not result.lost_data:
        return ""
    lines = []
    if wrong:
        lines += [
            f"{got:,} {unit} in the {column} column, expected {expected:,}: {_distance(got, expected, tolerance)}",
            *_modules(result, column, unit),
        ]
    else:
        lines.append(f"{got:,} {unit} in the {column} column, as expected, but that is not all of its work")
    lines += _not_counted(lacking, result.data["rows"])
    if lacking and not wrong:
        lines.append("  give them a rule (operator_rules), or name them in allow_unsupported")
    if result.lost_data:
        lines += [f"  not exact: {loss['text']}" for loss in result.losses if loss["severity"] == "error"]
    return "\n".join(lines)


def _why_absent(result: Result, column: ColumnName) -> str:
    if column == "formula":
        return "formula=None asks for no formula"
    # The report says it in one line of its head: no driver, no permission, nothing asked for.
    heads = [line for line in result.report(explain=False).splitlines() if line.strip().startswith(f"{column}:")]
    return heads[0].partition(f"{column}:")[2].strip() if heads else "not collected"


def _distance(got: int, expected: int, tolerance: float) -> str:
    text = f"{abs(got - expected):,} {'more' if got > expected else 'fewer'}"
    if expected:
        text += f", {(got - expected) / expected:+.2%}"
    return f"{text}; {tolerance:.2%} is allowed" if tolerance else text


def _modules(result: Result, column: ColumnName, unit: str) -> list[str]:
    """The largest modules by their own work, without that of the modules below them."""
    own = _own_macs(result.data["rows"], column)
    rows = [(macs, row) for macs, row in zip(own, result.data["rows"], strict=True) if macs]
    rows.sort(key=lambda entry: -abs(entry[0]))
    if not rows:
        return ["  no module did any"]
    factor = 2 if unit == "FLOPs" else 1
    lines = ["  made up of, by the modules' own work"]
    width = len(f"{abs(rows[0][0]) * factor:,}") + 1
    for macs, row in rows[:_SHOWN]:
        name = "outside every module" if row["outside"] else f"{row['path'] or '(root)'} ({row['type']})"
        if row["calls"] > 1:
            name += f", {row['calls']} calls"
        operators = "" if column == "formula" else _operators(result, row["row"])
        lines.append(f"    {macs * factor:>{width},}  {name}{operators}")
    if len(rows) > _SHOWN:
        rest = sum(macs for macs, _ in rows[_SHOWN:]) * factor
        lines.append(f"    {rest:>{width},}  {len(rows) - _SHOWN} more modules")
    return lines


def _own_macs(rows: list[dict[str, Any]], column: ColumnName) -> list[int]:
    if column == "operator":
        return [row["self"]["operator_macs"] for row in rows]
    if column == "formula":
        return [row["formula_counted_macs"] or 0 for row in rows]
    own = [(row["measured_multiply_add_flops"] or 0) // 2 for row in rows]
    for row, macs in zip(rows, list(own), strict=True):
        if row["parent_row"] is not None:
            own[row["parent_row"]] -= macs
    return own


def _operators(result: Result, row: int) -> str:
    """Which operators of the row multiply and add, without their overloads."""
    names = {o["name"].partition(".")[0] for o in result.data["operators"] if o["row"] == row and o["operator_macs"]}
    return f": {', '.join(sorted(names))}" if names else ""


def _not_counted(lacking: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[str]:
    calls: dict[tuple[str, str, str], int] = {}
    for o in lacking:
        row = rows[o["row"]]
        where = "outside every module" if row["outside"] else f"in {row['path'] or '(root)'}"
        how = "not counted" if o["status"] == "unsupported" else "counted in part"
        calls[how, o["name"], where] = calls.get((how, o["name"], where), 0) + o["calls"]
    return [
        f"  {how}: {name}, {n} call{'s' if n > 1 else ''} {where}: the operator column lacks its work"
        for (how, name, where), n in calls.items()
    ]
