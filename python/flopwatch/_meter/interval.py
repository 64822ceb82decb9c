# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What a meter says of some steps: exact counts, how sure they are, and the part of the peak that they are."""

from __future__ import annotations

from dataclasses import dataclass, field

from .amounts import PHASES, Amounts
from .measured import Measured

_SHOWN = 3
"""Reasons in a report."""


@dataclass(frozen=True)
class Interval:
    """Some steps that followed each other. FLOPs are whole numbers; "executed" is all that ran: products (2 FLOPs for
    each MAC) and other arithmetic, as the operators say, or the counters of the GPU where they are read (`source`).
    executed = useful + masked + recompute + padding + other, exactly."""

    first_step: int
    """From 1 on."""
    steps: int
    seconds: float | None
    """Of all steps; None where the clock went back in one. Steps that were counted took longer than others."""
    amounts: Amounts = field(repr=False)
    """By phase and number format, of the operators."""
    steps_read: int
    """Counted in full; where counters are read: all of whose launches have counts."""
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
    measured: Measured | None = field(default=None, repr=False)
    """What the counters say; None where the figures are of the operators alone."""
    padding_flops: int | None = None
    """FLOPs that kernels of products did beyond the operators' products: tiles that are not full, other algorithms
    (below 0 for one that does less), what is fused with them. None where the counters or the operators lack something.
    """

    @property
    def source(self) -> str:
        """ "counters" or "operator": where the executed FLOPs are from."""
        return "operator" if self.measured is None else "counters"

    @property
    def executed_flops(self) -> int:
        return sum(self._executed_cells().values())

    @property
    def multiply_add_flops(self) -> int:
        """Of products, of all phases; by the counters, of the kernels that operators of products launched."""
        if self.measured is not None:
            return self.measured.multiply_add_flops
        return sum(2 * a.macs for a in self.amounts.values())

    @property
    def other_flops(self) -> int:
        """Softmax, norms, bias, activations, the optimizer's own...; of all phases. By the counters, also what ran
        outside of the operators."""
        return self.executed_flops - self.multiply_add_flops

    @property
    def launches(self) -> int | None:
        """Of kernels; None where no counters are read."""
        return None if self.measured is None else self.measured.launches

    @property
    def launches_not_counted(self) -> int | None:
        """Of kernels whose FLOPs are in no figure; `reasons` says why. None where no counters are read."""
        return None if self.measured is None else self.measured.launches_not_counted

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
        return self._by(0)

    @property
    def executed_flops_by_phase(self) -> dict[str, int]:
        """All four phases; the values add up to `executed_flops`."""
        return {**dict.fromkeys(PHASES, 0), **self._by(1)}

    @property
    def executed_flops_by_precision_and_phase(self) -> dict[tuple[str, str], int]:
        """Those that are not 0."""
        return self._executed_cells()

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
        if self.measured is not None:
            parts.append("by the GPU's counters")
        if self.ranks > 1:
            parts.append(f"sum of {self.ranks} ranks")
        parts.append(self._how_sure())
        return " · ".join(parts)

    def _executed_cells(self) -> dict[tuple[str, str], int]:
        """By precision and phase."""
        found: dict[tuple[str, str], int] = {}
        if self.measured is not None:
            for (phase, precision), part in self.measured.parts.items():
                found[precision, phase] = part.flops
            return found
        for cell, amount in self.amounts.items():
            key = cell.precision, cell.phase
            found[key] = found.get(key, 0) + 2 * amount.macs + amount.other_flops
        return found

    def _by(self, place: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for key, flops in self._executed_cells().items():
            found[key[place]] = found.get(key[place], 0) + flops
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


def flops_words(flops: int) -> str:
    """ "1.23 TFLOPs": with the largest unit that is not above it."""
    for unit, size in (("EFLOPs", 1e18), ("PFLOPs", 1e15), ("TFLOPs", 1e12), ("GFLOPs", 1e9), ("MFLOPs", 1e6)):
        if flops >= size:
            return f"{flops / size:.4g} {unit}"
    return f"{flops:,} FLOPs"
