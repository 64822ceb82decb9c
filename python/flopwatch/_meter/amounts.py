# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Exact counts of a step, by phase and number format, and what is added up of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

PHASES = ("forward", "backward", "recompute", "optimizer")
PRECISIONS = ("fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "fp4", "int8", "integer", "unknown")
"""As the operator column names them."""


class Cell(NamedTuple):
    """Where a part of the work belongs."""

    phase: str
    precision: str
    """Of the operands, as the operator column has it."""
    peak_format: str
    """Whose peak bounds it: "tf32" for products in fp32 that PyTorch may run in TF32, else `precision`."""


class Amount(NamedTuple):
    """Of one cell. `useful_macs` is less than `macs` where a mask leaves products unused."""

    macs: int
    useful_macs: int
    other_flops: int


Amounts = dict[Cell, Amount]
_NOTHING = Amount(0, 0, 0)


def add(into: Amounts, amounts: Mapping[Cell, Amount], times: int = 1) -> None:
    for cell, (macs, useful_macs, other_flops) in amounts.items():
        old = into.get(cell, _NOTHING)
        into[cell] = Amount(
            old.macs + times * macs, old.useful_macs + times * useful_macs, old.other_flops + times * other_flops
        )


def mean(of: Mapping[Cell, Amount], readings: int) -> Amounts:
    """Of a sum of `readings` counts, rounded to whole numbers."""

    def rounded(value: int) -> int:
        return (2 * value + readings) // (2 * readings)

    return {cell: Amount(*map(rounded, amount)) for cell, amount in of.items()}


def summed(parts: Iterable[tuple[Mapping[Cell, Amount], int]]) -> Amounts:
    """Each part as often as its number says."""
    total: Amounts = {}
    for amounts, times in parts:
        add(total, amounts, times)
    return total


def executed_by_format(amounts: Mapping[Cell, Amount]) -> dict[str, int]:
    """FLOPs of all products that ran, by the format whose peak bounds them."""
    found: dict[str, int] = {}
    for cell, amount in amounts.items():
        found[cell.peak_format] = found.get(cell.peak_format, 0) + 2 * amount.macs
    return found


def useful_by_format(amounts: Mapping[Cell, Amount]) -> dict[str, int]:
    """Likewise, without recomputation and without what a mask leaves unused."""
    found: dict[str, int] = {}
    for cell, amount in amounts.items():
        if cell.phase != "recompute":
            found[cell.peak_format] = found.get(cell.peak_format, 0) + 2 * amount.useful_macs
    return found
