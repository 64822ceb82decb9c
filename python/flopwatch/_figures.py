# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The figures of a result: three columns, what was executed, verdicts and modules, as the JSON report has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


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
class Executed:
    """What ran, taken apart, in FLOPs. The parts add up to `flops` exactly."""

    flops: int
    source: Literal["operator", "measured"]
    """What `flops` is: what the shapes need, or what the counters read."""
    useful: int
    """Products whose results are used."""
    masked: int
    """Products whose results a mask throws away."""
    recompute: int
    """Forward work that ran again in the backward pass."""
    other: int
    """Other arithmetic: softmax, norms, activations, the optimizer."""
    padding: int
    """Counters only: more than the shapes need, such as tiles that are not full."""
    outside: int
    """Counters only: launches outside every operator."""
    not_read: int
    """Counters only, 0 or less: work by the shapes that the counters did not read."""
    unexplained: int
    by_precision: dict[str, dict[str, int]] | None = None
    """The four parts that the operator column has, by number format; None where they are not known."""


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
    executed: Executed | None = None
    """None: there is no operator column."""


def executed_of(entry: dict[str, Any] | None) -> Executed | None:
    if entry is None:
        return None
    formats = entry["by_precision"]
    parts = ("useful", "masked", "recompute", "other", "padding", "outside", "not_read", "unexplained")
    return Executed(
        flops=entry["flops"],
        source=entry["source"],
        **{name: entry[f"{name}_flops"] for name in parts},
        by_precision=None
        if formats is None
        else {one["precision"]: {name: one[f"{name}_flops"] for name in parts[:4]} for one in formats},
    )


def verdict_of(entry: dict[str, Any]) -> Verdict:
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


def row_of(entry: dict[str, Any]) -> ModuleRow:
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
        verdicts=tuple(verdict_of(v) for v in entry["verdicts"]),
        outside=entry["outside"],
        operator_macs_by_phase={part["phase"]: part["operator_macs"] for part in entry["operator_by_phase"] or ()},
        operator_other_flops_by_phase={
            part["phase"]: part["operator_other_flops"] for part in entry["operator_by_phase"] or ()
        },
        executed=executed_of(entry["executed"]),
    )


def measured_column(
    flops: int | None, other_flops: int | None, total_flops: int | None, parts: dict[str, int]
) -> Column:
    return Column(
        macs=None if flops is None else flops // 2,
        flops=flops,
        other_flops=other_flops,
        by_precision={name: part // 2 for name, part in parts.items() if part > 1},
        flops_by_precision=parts,
        total_flops=total_flops,
    )


def operator_column(macs: int, other_flops: int, parts: dict[str, int], phases: dict[str, tuple[int, int]]) -> Column:
    return Column(
        macs=macs,
        flops=2 * macs,
        other_flops=other_flops,
        by_precision=parts,
        flops_by_precision={name: 2 * part for name, part in parts.items()},
        macs_by_phase={name: macs for name, (macs, _) in phases.items()},
        other_flops_by_phase={name: other for name, (_, other) in phases.items()},
    )
