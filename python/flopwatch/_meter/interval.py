# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What a meter says of some steps: exact counts, how sure they are, and the part of the peak that they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .amounts import PHASES, Amount, Amounts, Cell

_SHOWN = 3
"""Reasons in a report."""


@dataclass(frozen=True)
class Interval:
    """Some steps that followed each other. FLOPs are whole numbers; "executed" is all that ran: products (2 FLOPs for
    each MAC) and other arithmetic. executed = useful + masked + recompute + other, exactly."""

    first_step: int
    """From 1 on."""
    steps: int
    seconds: float | None
    """Of all steps; None where the clock went back in one. Steps that were counted took longer than others."""
    amounts: Amounts = field(repr=False)
    """By phase and number format; what the properties add up."""
    steps_read: int
    """Counted in full."""
    steps_reused: int
    """For which the count of an equal step stands."""
    steps_missing: int
    """Not counted, or not from their beginning: `complete` is False then, and `reasons` says why."""
    complete: bool
    exact: bool
    """Complete, and every operator was counted by a rule, and no step stands for a mean of different ones."""
    reasons: tuple[str, ...]
    """Why it is not exact or not complete."""
    mfu: float | None
    """Time that the useful products would take at the peak of their formats, as a part of the time that they took;
    of the steps that were not counted, whose time is not changed by counting. None without a peak or such a step."""
    hfu: float | None
    """Likewise with all products that ran, recomputation and masked ones too."""
    no_utilization: str = ""
    """Why `mfu` and `hfu` are None."""
    rank: int = 0
    ranks: int = 1
    """Above 1: the sum over so many ranks; `seconds` is that of the slowest, `mfu` and `hfu` are of all together."""

    @property
    def executed_flops(self) -> int:
        return sum(2 * a.macs + a.other_flops for a in self.amounts.values())

    @property
    def multiply_add_flops(self) -> int:
        """Of products, of all phases."""
        return sum(2 * a.macs for a in self.amounts.values())

    @property
    def other_flops(self) -> int:
        """Softmax, norms, bias, activations, the optimizer's own...; of all phases."""
        return sum(a.other_flops for a in self.amounts.values())

    @property
    def useful_flops(self) -> int:
        """Of products, without recomputation and without what masks leave unused."""
        return sum(2 * a.useful_macs for cell, a in self.amounts.items() if cell.phase != "recompute")

    @property
    def recompute_flops(self) -> int:
        """Of products that a backward pass ran again."""
        return sum(2 * a.macs for cell, a in self.amounts.items() if cell.phase == "recompute")

    @property
    def masked_flops(self) -> int:
        """Of products that ran and whose results a mask leaves unused, without recomputation."""
        return sum(2 * (a.macs - a.useful_macs) for cell, a in self.amounts.items() if cell.phase != "recompute")

    @property
    def executed_flops_by_precision(self) -> dict[str, int]:
        """Its values add up to `executed_flops`."""
        return self._by(lambda cell: cell.precision)

    @property
    def executed_flops_by_phase(self) -> dict[str, int]:
        """All four phases; the values add up to `executed_flops`."""
        return {**dict.fromkeys(PHASES, 0), **self._by(lambda cell: cell.phase)}

    @property
    def executed_flops_by_precision_and_phase(self) -> dict[tuple[str, str], int]:
        """Those that are not 0."""
        found: dict[tuple[str, str], int] = {}
        for cell, amount in self.amounts.items():
            key = cell.precision, cell.phase
            found[key] = found.get(key, 0) + _executed(amount)
        return found

    @property
    def share_read(self) -> float:
        """The part of the steps that was counted in full; the others' counts are reused, or missing."""
        return self.steps_read / self.steps if self.steps else 0.0

    def report(self) -> str:
        """One line: what ran, in which time, and how sure it is."""
        last = self.first_step + self.steps - 1
        name = f"step {last}" if self.steps == 1 else f"steps {self.first_step} to {last}"
        parts = [f"{name}: {flops_words(self.executed_flops)} executed{self._precisions()}"]
        if self.seconds is not None:
            parts[0] += f" in {self.seconds:.3g} s"
        if self.mfu is not None and self.hfu is not None:
            parts.append(f"MFU {self.mfu:.2%}, HFU {self.hfu:.2%}")
        else:
            parts.append(f"no MFU: {self.no_utilization}")
        if self.ranks > 1:
            parts.append(f"sum of {self.ranks} ranks")
        parts.append(self._how_sure())
        return " · ".join(parts)

    def _by(self, key: Callable[[Cell], str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for cell, amount in self.amounts.items():
            found[key(cell)] = found.get(key(cell), 0) + _executed(amount)
        return found

    def _precisions(self) -> str:
        parts = sorted(self.executed_flops_by_precision.items(), key=lambda part: -part[1])
        return f" ({', '.join(f'{name} {flops_words(flops)}' for name, flops in parts)})" if len(parts) > 1 else ""

    def _how_sure(self) -> str:
        words = f"{self.steps_read} read, {self.steps_reused} reused"
        if self.steps_missing:
            words += f", {self.steps_missing} missing"
        if self.exact:
            return f"{words}, exact"
        state = "not exact" if self.complete else "not complete"
        more = f" (and {len(self.reasons) - _SHOWN} reasons more)" if len(self.reasons) > _SHOWN else ""
        return f"{words}, {state}: {'; '.join(self.reasons[:_SHOWN])}{more}"


def _executed(amount: Amount) -> int:
    return 2 * amount.macs + amount.other_flops


def flops_words(flops: int) -> str:
    """ "1.23 TFLOPs": with the largest unit that is not above it."""
    for unit, size in (("EFLOPs", 1e18), ("PFLOPs", 1e15), ("TFLOPs", 1e12), ("GFLOPs", 1e9), ("MFLOPs", 1e6)):
        if flops >= size:
            return f"{flops / size:.4g} {unit}"
    return f"{flops:,} FLOPs"
