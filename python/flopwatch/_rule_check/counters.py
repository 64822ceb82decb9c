# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A rule compared with the GPU's counters, where they read work that no operator rule accounts for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .point import RulePoint, RuleVerdict, number_text
from .workload import sizes_text

_NEAR = 1.25
"""Kernels do more than a rule in MACs counts: they pad their tiles, and do other arithmetic as well."""
_TWICE = 1.6, 2.5


@dataclass(frozen=True)
class CounterFinding:
    verdict: RuleVerdict
    text: str
    remedy: str


@dataclass(frozen=True)
class _Reading:
    """FLOPs at one set of sizes."""

    point: RulePoint
    operators: int  # by their rules
    unseen: int  # read by the counters, in kernels that no operator rule accounts for
    rule: Any  # by the rule

    @property
    def ran(self) -> int:
        return self.operators + self.unseen

    @property
    def excess(self) -> Any:
        """What the rule counts beyond the operators."""
        return self.rule - self.operators

    @property
    def text(self) -> str:
        times = f", {float(self.rule / self.ran):.2f} times their sum" if self.ran else ""
        return (
            f"At {sizes_text(self.point.sizes)} the operators did {self.operators:,} FLOPs, and by the GPU's counters "
            f"kernels that no operator rule accounts for {self.unseen:,} more; the rule says {number_text(self.rule)}"
            f"{times}."
        )


def compare_with_counters(points: Sequence[RulePoint]) -> CounterFinding | None:
    """None where the operators decide: nothing else was read, or little that the rule leaves out or goes far beyond.

    The points are those of a rule that gave a number at each. Counters refute a rule that counts more than they read;
    less than they read can be right, so only a rule that is near at all sizes fits.
    """
    if any(p.unseen_flops is None for p in points) or not any(p.unseen_flops for p in points):
        return None
    all_read = [_Reading(p, 2 * p.operator_macs, p.unseen_flops or 0, 2 * (p.profile_macs or 0)) for p in points]
    if any(r.excess < 0 for r in all_read):
        return None
    largest = max(all_read, key=lambda r: (r.rule, r.ran))
    little = all(r.ran <= _NEAR * r.operators for r in all_read)
    if all(r.excess == 0 for r in all_read):
        return None if little else _left_out(largest)
    worst = max(all_read, key=lambda r: r.excess - _NEAR * r.unseen)
    if worst.excess > _NEAR * worst.unseen:
        return None if little else _refuted(largest, worst)
    if all(r.excess >= r.unseen / _NEAR for r in all_read):
        return CounterFinding(RuleVerdict.FITS_COUNTERS, largest.text, "")
    return CounterFinding(
        RuleVerdict.INCONCLUSIVE,
        f"{largest.text} It says less at some sizes, which padding and other arithmetic can explain.",
        "try larger sizes= that fill the kernels' tiles, or compare it with a count by hand.",
    )


def _left_out(largest: _Reading) -> CounterFinding:
    text = f"{largest.text} The counters do not say whether those are products."
    return CounterFinding(RuleVerdict.INCONCLUSIVE, text, "add what those kernels do, where it is products.")


def _refuted(largest: _Reading, worst: _Reading) -> CounterFinding:
    if _TWICE[0] <= largest.rule / largest.ran <= _TWICE[1]:
        return CounterFinding(
            RuleVerdict.WRONG_FACTOR, largest.text, "leave out the 2, if the rule counts FLOPs for MACs."
        )
    return CounterFinding(
        RuleVerdict.WRONG, f"{worst.text} That is more than ran.", "count no more than those kernels do."
    )
