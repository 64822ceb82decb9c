# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What was counted: a closed capture and what follows from it."""

from __future__ import annotations

import json
import os
import tempfile
from functools import cached_property
from typing import Any, Literal

from . import _arguments as arguments
from ._errors import UsageError
from ._figures import Column, Executed, ModuleRow, Totals, executed_of, measured_column, operator_column, row_of
from ._frame import frame_of
from ._load import native
from ._terminal import terminal_wants_colour, terminal_width

Phase = Literal["forward", "backward", "recompute", "optimizer"]
Flat = Literal["kernel", "operator", "precision"]
Sort = Literal["name", "calls", "formula", "operator", "measured", "other"]
Units = Literal["both", "macs", "flops"]
_NO_COLUMN = ("verdicts", "operator_macs_by_phase", "operator_other_flops_by_phase", "executed")


def _phase(given: Any) -> Any:
    return arguments.choice("phase", given, (None, "forward", "backward", "recompute", "optimizer"))


def _rows(
    flat: Any, units: Any, depth: Any, fold: Any, sort: Any, filter: Any, top: Any, min_share: Any, phase: Any
) -> dict[str, Any]:
    """Which rows a table has, as the compiled part takes them."""
    share = arguments.number("min_share", min_share)
    if not 0 <= share <= 1:
        raise UsageError(f"min_share is a part of the whole from 0 to 1, not {min_share!r}")
    return {
        "flat": _flat(flat),
        "units": arguments.choice("units", units, ("both", "macs", "flops")),
        "depth": arguments.whole_number("depth", depth, "a number of levels"),
        "fold": arguments.choice("fold", fold, (True, False)),
        "sort": arguments.choice("sort", sort, (None, "name", "calls", "formula", "operator", "measured", "other")),
        "filter": arguments.text("filter", filter),
        "top": arguments.whole_number("top", top, "a number of rows"),
        "least_share": share,
        "phase": _phase(phase),
    }


def _flat(given: Any) -> Any:
    return arguments.choice("flat", given, (None, "kernel", "operator", "precision"))


class Result:
    """A capture with its attribution and comparison. Immutable; can be used from any thread."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    def report(
        self,
        *,
        flat: Flat | None = None,
        units: Units = "both",
        width: int | None = None,
        depth: int = 0,
        fold: bool = True,
        sort: Sort | None = None,
        filter: str = "",
        top: int = 0,
        min_share: float = 0.0,
        color: Literal["auto", "always", "never"] = "never",
        explain: bool = True,
        phase: Phase | None = None,
    ) -> str:
        """The table of modules, exact totals and why the columns differ, as text for a terminal.

        `flat`: instead of modules a row for each kernel, operator or number format. `width`: columns that no line
        exceeds, 0 for as wide as needed, None for those of the terminal that the program writes to. `depth`: levels
        of the tree, 0 for all. `fold`: numbered modules with equal figures are one row with their sums, and modules
        without work are only counted. `sort`: by which column, the largest first ("name": from A to Z). `filter`:
        only modules whose path this regular expression finds, and those above them. `top`: only so many, with the
        largest figures of their own, and those above them. `min_share`: only modules with this part of the whole,
        0.01 for 1 %. `color`: ANSI colours, as `--color` of the command line has them: "always", "never", or "auto"
        for a terminal unless NO_COLOR is set. `phase`: only what ran in it (the formula is of the forward pass).
        Raises UsageError for what is none of these.
        """
        arguments.choice("color", color, ("auto", "always", "never"))
        text = self._compiled.report(
            **_rows(flat, units, depth, fold, sort, filter, top, min_share, phase),
            width=terminal_width() if width is None else arguments.whole_number("width", width, "a number of columns"),
            colour=color == "always" or (color == "auto" and terminal_wants_colour()),
            explain=arguments.choice("explain", explain, (True, False)),
        )
        return str(text)

    def json(self, phase: Phase | None = None) -> str:
        """The whole analysis, or that of one phase, by the schema docs/report.schema.json."""
        return str(self._compiled.json(_phase(phase)))

    def to_csv(self, path: str | os.PathLike[str], *, flat: Flat | None = None, phase: Phase | None = None) -> None:
        """Writes a row for each module as CSV (RFC 4180), as `flopwatch report --csv` prints it: exact integers, the
        unit in the name of each column, an empty field where nothing was collected.

        `flat`: instead a row for each kernel, operator or number format, over the whole capture. Raises UsageError for
        what is none of these, and OSError where the file cannot be written.
        """
        text = self._compiled.csv(flat=_flat(flat), phase=_phase(phase))
        with open(arguments.path("path", path), "w", encoding="utf-8", newline="") as file:
            file.write(text)

    def to_markdown(
        self,
        *,
        flat: Flat | None = None,
        units: Units = "both",
        depth: int = 0,
        fold: bool = True,
        sort: Sort | None = None,
        filter: str = "",
        top: int = 0,
        min_share: float = 0.0,
        phase: Phase | None = None,
    ) -> str:
        """The table as GitHub renders it, with the totals below, for a pull request. The options are those of
        `report`."""
        return str(self._compiled.markdown(**_rows(flat, units, depth, fold, sort, filter, top, min_share, phase)))

    def to_html(
        self,
        *,
        units: Units = "both",
        depth: int = 0,
        fold: bool = True,
        sort: Sort | None = None,
        filter: str = "",
        top: int = 0,
        min_share: float = 0.0,
        phase: Phase | None = None,
    ) -> str:
        """The table of modules as HTML that can be part of any page; notebooks show it for a result. Names are
        escaped, and there is no script in it. The options are those of `report`."""
        return str(self._compiled.html(**_rows(None, units, depth, fold, sort, filter, top, min_share, phase)))

    def to_html_page(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        against: Result | None = None,
        against_name: str = "the other",
        phase: Phase | None = None,
    ) -> None:
        """Writes the report as one HTML page: a picture of the modules, a table to search and sort, and the evidence
        of every number (docs/html.md). It opens without a network, and sends no request.

        `name`: what the page calls this result, by default its file's name. `against`: a second result, shown side by
        side. Raises UsageError for a path with the name of a capture, and OSError where the file cannot be written.
        """
        where = arguments.path("path", path)
        if where.endswith(b".flops"):
            raise UsageError(f"path is {path!r}, the name of a capture: give a name such as report.html")
        if not (against is None or isinstance(against, Result)):
            raise UsageError(f"against is a result, not {against!r}: flopwatch.load reads one from a capture")
        text = self._compiled.html_page(
            name=os.path.splitext(os.path.basename(where))[0] if name is None else arguments.text("name", name),
            against=None if against is None else against._compiled,
            against_name=arguments.text("against_name", against_name),
            phase=_phase(phase),
        )
        with open(where, "w", encoding="utf-8", newline="") as file:
            file.write(text)

    def to_pandas(self, *, flat: Flat | None = None, phase: Phase | None = None) -> Any:
        """The rows of `to_csv` as a pandas frame. Counts are integers, with `<NA>` where nothing was collected. Raises
        ImportError without pandas."""
        return frame_of(self._compiled.csv(flat=_flat(flat), phase=_phase(phase)))

    def to_speedscope(self, path: str | os.PathLike[str]) -> None:
        """Writes a profile for https://www.speedscope.app for each column and phase, weighted with FLOPs.

        This and the next three write exact integers in FLOPs, 2 for each MAC; what each row did itself adds up to the
        totals. Raises UsageError where no column is whole, and OSError where the file cannot be written.
        """
        self._write("speedscope", path)

    def to_folded(
        self,
        path: str | os.PathLike[str],
        *,
        column: Literal["measured", "operator", "operator_other", "formula"] | None = None,
    ) -> None:
        """Writes folded stacks of one column, for flamegraph.pl, inferno and others; the phase is the first frame.
        `column`: None for measured, or operator where no counters were read. Raises as `to_speedscope` does."""
        self._write("folded", path, column)

    def to_perfetto(self, path: str | os.PathLike[str]) -> None:
        """Writes a Chrome trace for https://ui.perfetto.dev, whose axis is FLOPs, not time. Raises as `to_speedscope`
        does."""
        self._write("perfetto", path)

    def to_hatchet(self, path: str | os.PathLike[str]) -> None:
        """Writes a tree for hatchet and Triton's proton-viewer, with the metrics `flops`, `flops32`, ... and one for
        each column. Raises as `to_speedscope` does."""
        self._write("hatchet", path)

    def _write(self, format: str, path: Any, column: str | None = None) -> None:
        from ._doors.write import write

        write(self, format, path, column)

    @cached_property
    def data(self) -> dict[str, Any]:
        """`json()`, parsed."""
        data: dict[str, Any] = json.loads(self.json())
        return data

    @cached_property
    def total(self) -> Totals:
        # Not from `data`: of a large model the whole analysis takes long to write and to parse.
        measured, operator, formula = self._compiled.totals()
        return Totals(
            None if measured is None else measured_column(*measured),
            None if operator is None else operator_column(*operator),
            None if formula is None else Column(macs=formula[0], flops=2 * formula[0], other_flops=formula[1]),
        )

    @property
    def executed(self) -> Executed | None:
        """What ran as a whole, taken apart: how much of it was useful. None: there is no operator column."""
        return executed_of(self.data["totals"]["executed"])

    @cached_property
    def rows(self) -> list[ModuleRow]:
        """One for each module, in depth-first order; the first is the root."""
        return [row_of(entry) for entry in self.data["rows"]]

    @property
    def modules(self) -> Any:
        """A pandas frame with a row for each module, indexed by path; without pandas the list `rows`.

        Each phase has two columns: `backward_macs` and `backward_other_flops`, say.
        """
        try:
            import pandas
        except ModuleNotFoundError:
            return self.rows
        records = []
        for row in self.rows:
            record = {name: getattr(row, name) for name in ModuleRow.__dataclass_fields__ if name not in _NO_COLUMN}
            for phase, macs in row.operator_macs_by_phase.items():
                record[f"{phase}_macs"] = macs
                record[f"{phase}_other_flops"] = row.operator_other_flops_by_phase[phase]
            record["verdict"] = "; ".join(v.text for v in row.verdicts)
            records.append(record)
        frame = pandas.DataFrame.from_records(records, index="path")
        # Counts that can be absent stay integers: a float would round them.
        for name in ("parameters", "formula_macs", "operator_macs", "operator_other_flops", "measured_flops"):
            frame[name] = frame[name].astype("Int64")
        return frame

    @property
    def unsupported(self) -> list[dict[str, Any]]:
        """Operator calls that no rule counted, or whose inside was counted only partly."""
        return [o for o in self.data["operators"] if o["status"] in ("unsupported", "partly_counted")]

    @property
    def losses(self) -> list[dict[str, Any]]:
        """What was dropped, unmatched or unattributed: kind, severity, count and a sentence each."""
        losses: list[dict[str, Any]] = self.data["data_losses"]
        return losses

    @property
    def ranks(self) -> list[dict[str, Any]]:
        """Of a merged capture the figures of each process, its rank and host, and why it differs from most (`merge`);
        empty for any other one."""
        ranks: list[dict[str, Any]] = self.data["ranks"] or []
        return ranks

    @property
    def exact(self) -> bool:
        """False where something that ran was not looked into: with a data loss of severity error, or an operator that
        no rule counted in full (`unsupported`)."""
        return bool(self.data["exact"])

    @property
    def complete(self) -> bool:
        """False where the recording ended before what was recorded did: an exception or Ctrl-C ended the block of a
        watch, or the program ended without a close of the capture. `losses` has how."""
        cut_off = ("capture_incomplete", "recording_interrupted")
        return bool(self.data["capture"]["complete"]) and not any(loss["kind"] in cut_off for loss in self.losses)

    @property
    def lost_data(self) -> bool:
        """There is a data loss of severity error."""
        return not self.data["capture"]["complete"] or any(loss["severity"] == "error" for loss in self.losses)

    @property
    def exit_code(self) -> int:
        """How a program that counted should end: 0, 4 (counters not permitted), 5 (a data loss of severity error)."""
        return int(self._compiled.exit_code)

    def save(self, path: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Writes the capture, which `flopwatch report` and `flopwatch.open` read. A capture that is there is replaced,
        or with `overwrite=False` refused. Raises CaptureError, also for a file there that is no capture."""
        self._compiled.save(arguments.path("path", path), bool(overwrite))

    def __copy__(self) -> Result:
        return self

    def __deepcopy__(self, memo: object) -> Result:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "result.flops")
            self.save(path)
            with open(path, "rb") as file:
                return _from_bytes, (file.read(),)

    def __str__(self) -> str:
        return self.report()

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        operator = self.total.operator
        text = "not collected" if operator is None else f"{operator.macs:,} MACs"
        return f"<flopwatch.Result: operator {text}, {len(self.rows)} modules>"


def _from_bytes(content: bytes) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "result.flops")
        with open(path, "wb") as file:
            file.write(content)
        return open_capture(path)


def open_capture(path: str | os.PathLike[str]) -> Result:
    """Reads a capture (`.flops`). Raises CaptureError, which names the file, the cause and the remedy."""
    return Result(native.open_capture(arguments.path("path", path)))
