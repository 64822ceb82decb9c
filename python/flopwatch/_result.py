# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What was counted: a closed capture and what follows from it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from . import _arguments as arguments
from ._load import native

Phase = Literal["forward", "backward", "recompute", "optimizer"]
_NO_COLUMN = ("verdicts", "operator_macs_by_phase", "operator_other_flops_by_phase")


@dataclass(frozen=True)
class Column:
    """One of the three numbers of a whole model. Exact integers."""

    macs: int | None
    """Multiply-add class: 1 MAC = 1 multiply and 1 add. None where the counters do not distinguish it."""
    flops: int | None
    """The same class in FLOPs, 2 for each MAC; of the measured column what the counters read."""
    other_flops: int | None
    """Other arithmetic in FLOPs (softmax, norms, bias...); of the formula column thop's single operations."""
    by_precision: dict[str, int] = field(default_factory=dict)
    """Parts of `macs` by number format, "fp32"...; empty in the formula column, which knows no formats. The measured
    column has the formats of the instructions, rounded down to whole MACs."""
    flops_by_precision: dict[str, int] = field(default_factory=dict)
    """Parts of `flops`, exact."""
    total_flops: int | None = None
    """All that the counters read; only of the measured column."""
    macs_by_phase: dict[str, int] = field(default_factory=dict)
    """Parts of `macs` by phase, all four: "forward", "backward", "recompute" (forward work that ran again in the
    backward pass) and "optimizer"; empty but in the operator column. Their sum is `macs`."""
    other_flops_by_phase: dict[str, int] = field(default_factory=dict)
    """Parts of `other_flops`, likewise."""


@dataclass(frozen=True)
class Totals:
    """The three columns; None: absent, which is never 0."""

    measured: Column | None
    operator: Column | None
    """None only in a capture that observed no framework, for example one of a program without PyTorch."""
    formula: Column | None


@dataclass(frozen=True)
class Verdict:
    """Why two columns differ. The amounts of a difference add up to it exactly."""

    kind: str
    """From a closed list: "functional_missed", "agrees", ..."""
    text: str
    between: Literal["formula_operator", "measured_operator"]
    amount: int
    """Signed: MACs between formula and operator, FLOPs between measured and operator."""
    path: str
    """Of the module that causes it."""
    cause: str
    remedy: str


@dataclass(frozen=True)
class ModuleRow:
    """One module by its call path; all numbers include the rows below it."""

    path: str
    """"attn.qkv"; "" for the root."""
    type: str
    calls: int
    state: str
    """"called", "not_called", "not_called_fused" (its work ran inside a fused operator of a module above it), ..."""
    parameters: int | None
    formula_macs: int | None
    operator_macs: int | None
    """None: the operator column was not collected."""
    operator_other_flops: int | None
    measured_flops: int | None
    """Launches of multiply-add operators."""
    verdicts: tuple[Verdict, ...]
    outside: bool = False
    """The row of what ran outside all modules."""
    operator_macs_by_phase: dict[str, int] = field(default_factory=dict)
    """Parts of `operator_macs`, as `Column.macs_by_phase` has them."""
    operator_other_flops_by_phase: dict[str, int] = field(default_factory=dict)


def _verdict(entry: dict[str, Any]) -> Verdict:
    in_macs = entry["between"] == "formula_operator"
    return Verdict(
        kind=entry["kind"],
        text=entry["text"],
        between=entry["between"],
        amount=entry["amount_macs"] if in_macs else entry["amount_flops"],
        path=entry["path"],
        cause=entry["cause"],
        remedy=entry["remedy"],
    )


def _row(entry: dict[str, Any]) -> ModuleRow:
    return ModuleRow(
        path=entry["path"],
        type=entry["type"],
        calls=entry["calls"],
        state=entry["state"],
        parameters=entry["parameters"],
        formula_macs=entry["formula_macs"],
        operator_macs=entry["operator_macs"],
        operator_other_flops=entry["operator_other_flops"],
        measured_flops=entry["measured_multiply_add_flops"],
        verdicts=tuple(_verdict(v) for v in entry["verdicts"]),
        outside=entry["outside"],
        operator_macs_by_phase={part["phase"]: part["operator_macs"] for part in entry["operator_by_phase"] or ()},
        operator_other_flops_by_phase={
            part["phase"]: part["operator_other_flops"] for part in entry["operator_by_phase"] or ()
        },
    )


def _terminal_wants_colour() -> bool:
    """As the command line program asks it (https://no-color.org)."""
    try:
        terminal = sys.stdout.isatty()
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def _phase(given: Any) -> Any:
    return arguments.choice("phase", given, (None, "forward", "backward", "recompute", "optimizer"))


def _measured(flops: int | None, other_flops: int | None, total_flops: int | None, parts: dict[str, int]) -> Column:
    return Column(
        macs=None if flops is None else flops // 2,
        flops=flops,
        other_flops=other_flops,
        by_precision={name: part // 2 for name, part in parts.items() if part > 1},
        flops_by_precision=parts,
        total_flops=total_flops,
    )


def _operator(macs: int, other_flops: int, parts: dict[str, int], phases: dict[str, tuple[int, int]]) -> Column:
    return Column(
        macs=macs,
        flops=2 * macs,
        other_flops=other_flops,
        by_precision=parts,
        flops_by_precision={name: 2 * part for name, part in parts.items()},
        macs_by_phase={name: macs for name, (macs, _) in phases.items()},
        other_flops_by_phase={name: other for name, (_, other) in phases.items()},
    )


class Result:
    """A capture with its attribution and comparison. Immutable; can be used from any thread."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    def report(
        self,
        *,
        units: Literal["both", "macs", "flops"] = "both",
        width: int = 0,
        depth: int = 0,
        color: Literal["auto", "always", "never"] = "never",
        explain: bool = True,
        phase: Phase | None = None,
    ) -> str:
        """The table of modules, exact totals and why the columns differ, as text for a terminal.

        `width`: columns that no line exceeds, 0 for as wide as needed; `depth`: levels of the tree, 0 for all;
        `color`: ANSI colours, as `--color` of the command line has them: "always", "never", or "auto" for a terminal
        unless NO_COLOR is set; `phase`: only what ran in it (the formula is of the forward pass). Raises UsageError
        for unknown units, phases and colours, and for widths and depths that are no numbers from 0 on.
        """
        arguments.choice("color", color, ("auto", "always", "never"))
        text = self._compiled.report(
            units=arguments.choice("units", units, ("both", "macs", "flops")),
            width=arguments.whole_number("width", width, "a number of columns"),
            depth=arguments.whole_number("depth", depth, "a number of levels"),
            colour=color == "always" or (color == "auto" and _terminal_wants_colour()),
            explain=arguments.choice("explain", explain, (True, False)),
            phase=_phase(phase),
        )
        return str(text)

    def json(self, phase: Phase | None = None) -> str:
        """The whole analysis, or that of one phase, by the schema docs/report.schema.json."""
        return str(self._compiled.json(_phase(phase)))

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
            None if measured is None else _measured(*measured),
            None if operator is None else _operator(*operator),
            None if formula is None else Column(macs=formula[0], flops=2 * formula[0], other_flops=formula[1]),
        )

    @cached_property
    def rows(self) -> list[ModuleRow]:
        """One for each module, in depth-first order; the first is the root."""
        return [_row(entry) for entry in self.data["rows"]]

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
