# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Many captures into one, and two next to each other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from . import _arguments as arguments
from ._errors import UsageError
from ._load import native
from ._result import Result, open_capture
from ._terminal import terminal_wants_colour, terminal_width

Path = str | os.PathLike[str]


def merge(captures: Iterable[Path], to: Path, overwrite: bool = True) -> Result:
    """Writes one capture to `to` with all that is in `captures`, those of the ranks of a job, say, and reads it.

    Its figures are the sums over all processes; `Result.ranks` and the report have those of each, and why some differ.
    Time is in proportion to the size of the files; memory holds names and no rows. A capture at `to` is replaced once
    the new one is whole, or with `overwrite=False` refused. Raises CaptureError for a file that is no capture, or a
    recording that is given twice; then nothing is at `to`.
    """
    if isinstance(captures, (str, bytes, os.PathLike)):
        raise UsageError(f"captures is a list of paths, not {captures!r}: put the one path in a list")
    paths = [arguments.path("captures", one) for one in captures]
    native.merge(paths, arguments.path("to", to), bool(overwrite))
    return open_capture(to)


@dataclass(frozen=True)
class Figure:
    """A figure in both captures; None: not collected, which is never 0."""

    a: int | None
    b: int | None

    @property
    def change(self) -> int | None:
        """b - a."""
        return None if self.a is None or self.b is None else self.b - self.a


@dataclass(frozen=True)
class DiffRow:
    """A module by its path and type; all figures include the modules below it."""

    path: str
    """"attn.qkv"; "" for the root."""
    name: str
    """`path`, or "(root)", "(outside modules)"."""
    type: str
    whole: bool
    """The row of everything."""
    in_a: bool
    in_b: bool
    changed: bool
    calls_a: int
    calls_b: int
    operator_macs: Figure
    operator_other_flops: Figure
    measured_flops: Figure
    """All launches."""
    formula_macs: Figure


@dataclass(frozen=True)
class Increase:
    """A figure that rose by more than was allowed."""

    row: DiffRow
    figure: str
    """"operator_macs", "measured_flops", ..."""
    a: int
    b: int


_FIGURES = ("operator_macs", "operator_other_flops", "measured_flops", "formula_macs")


def _row(entry: dict[str, Any]) -> DiffRow:
    values = dict(entry)
    for name in _FIGURES:
        values[name] = Figure(entry[name]["a"], entry[name]["b"])
    return DiffRow(**values)


class Diff:
    """What changed from capture A to capture B. Immutable."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    @cached_property
    def data(self) -> dict[str, Any]:
        """The comparison by the schema docs/diff.schema.json."""
        data: dict[str, Any] = json.loads(self._compiled.json())
        return data

    @cached_property
    def rows(self) -> list[DiffRow]:
        """Every module of both captures, the largest change first."""
        return [_row(entry) for entry in self.data["rows"]]

    @property
    def whole(self) -> DiffRow:
        """Everything that ran."""
        return next(row for row in self.rows if row.whole)

    @property
    def exact(self) -> bool:
        """False where one of the captures is not."""
        return bool(self.data["exact"])

    @property
    def unlike(self) -> list[str]:
        """What makes the figures hard to compare (other GPUs, metrics, frameworks), a sentence each."""
        sentences: list[str] = self.data["unlike"]
        return sentences

    def increases(self, share: float) -> list[Increase]:
        """Figures of any module that rose by more than this share of the one in A; 0.02 is 2 %."""
        found = self._compiled.increases(arguments.number("share", share))
        out = []
        for place, figure in found:
            pair: Figure = getattr(self.rows[place], figure)
            assert pair.a is not None and pair.b is not None
            out.append(Increase(self.rows[place], figure, pair.a, pair.b))
        return out

    def exceeds(self, share: float) -> bool:
        """Whether a figure of any module rose by more than this share."""
        return bool(self.increases(share))

    def report(
        self, *, width: int | None = None, color: Literal["auto", "always", "never"] = "never", all: bool = False
    ) -> str:
        """The comparison as text for a terminal; `width` and `color` as in `Result.report`, `all` shows every module
        that changed, not the 40 largest changes."""
        arguments.choice("color", color, ("auto", "always", "never"))
        text = self._compiled.text(
            width=terminal_width() if width is None else arguments.whole_number("width", width, "a number of columns"),
            colour=color == "always" or (color == "auto" and terminal_wants_colour()),
            all=bool(all),
        )
        return str(text)

    @property
    def text(self) -> str:
        """`report()`."""
        return self.report()

    def __str__(self) -> str:
        return self.report()

    def __repr__(self) -> str:
        changed = sum(row.changed for row in self.rows)
        return f"<flopwatch.Diff: {changed} of {len(self.rows)} rows changed>"


def _named(given: Result | Path, name: str) -> tuple[Result, bytes]:
    if isinstance(given, Result):
        return given, b"a result"
    return open_capture(given), arguments.path(name, given)


def diff(a: Result | Path, b: Result | Path) -> Diff:
    """What changed from `a` to `b`, results or paths of captures: modules by path and type, with everything below
    them. Raises CaptureError."""
    first, first_name = _named(a, "a")
    second, second_name = _named(b, "b")
    return Diff(native.diff(first._compiled, first_name, second._compiled, second_name))
