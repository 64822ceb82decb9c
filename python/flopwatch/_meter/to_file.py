# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Intervals as lines of a file: CSV or JSON, exact whole numbers."""

from __future__ import annotations

import csv
import json
import os
from typing import Any, TextIO

from .. import _arguments as arguments
from .amounts import PHASES, PRECISIONS
from .interval import Interval

_FIELDS = (
    "first_step", "steps", "seconds", "executed_flops", "multiply_add_flops", "other_flops", "useful_flops",
    "recompute_flops", "masked_flops", "padding_flops", "mfu", "hfu", "steps_read", "steps_reused", "steps_missing",
    "complete", "exact", "source", "launches", "launches_not_counted", "rank", "ranks",
)  # fmt: skip


class _Lines:
    """A file of lines that grows; each line is written out at once, so that a killed run leaves whole lines."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.fsdecode(arguments.path("path", path))
        with open(self._path, "w", encoding="utf-8", newline=""):
            pass  # a file that cannot be written is refused now, not after a step
        self._file: TextIO | None = None

    def _open(self) -> TextIO:
        if self._file is None:
            self._file = open(self._path, "a", encoding="utf-8", newline="")
        return self._file

    def close(self) -> None:
        """The next interval opens it again."""
        file, self._file = self._file, None
        if file is not None:
            file.close()


class csv_file(_Lines):  # noqa: N801  (a function to its users)
    """`m.on_step(flopwatch.meters.csv_file("steps.csv"))`: a row for each interval; one that is there is replaced.

    Columns: the fields of an interval, `executed_flops_<precision>` and `executed_flops_<phase>` for all of them, and
    `reasons`. An unknown number (MFU without a peak) is an empty field, never 0. Raises OSError for a file that cannot
    be written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        self._has_head = False

    def __call__(self, interval: Interval) -> None:
        file = self._open()
        rows = csv.writer(file)
        if not self._has_head:
            parts = [f"executed_flops_{part}" for part in (*PRECISIONS, *PHASES)]
            rows.writerow([*_FIELDS, *parts, "reasons"])
            self._has_head = True
        by_part = {**interval.executed_flops_by_precision, **interval.executed_flops_by_phase}
        values = [getattr(interval, name) for name in _FIELDS]
        rows.writerow(
            [*values, *[by_part.get(part, 0) for part in (*PRECISIONS, *PHASES)], "; ".join(interval.reasons)]
        )
        file.flush()


class json_lines(_Lines):  # noqa: N801  (a function to its users)
    """`m.on_step(flopwatch.meters.json_lines("steps.jsonl"))`: an object for each interval; one that is there is
    replaced. What is unknown is null. Raises OSError for a file that cannot be written."""

    def __call__(self, interval: Interval) -> None:
        file = self._open()
        file.write(json.dumps(as_dictionary(interval)) + "\n")
        file.flush()


def as_dictionary(interval: Interval) -> dict[str, Any]:
    """What JSON can hold of an interval."""
    return {
        **{name: getattr(interval, name) for name in _FIELDS},
        "executed_flops_by_precision": interval.executed_flops_by_precision,
        "executed_flops_by_phase": interval.executed_flops_by_phase,
        "no_utilization": interval.no_utilization,
        "reasons": list(interval.reasons),
    }
