# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A rule against the GPU's counters, where they read work that no operator rule accounts for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ._rule_point import RulePoint, RuleVerdict
from ._workload import sizes_text

_NEAR = 1.25
"""Kernels pad their tiles, and their other arithmetic is read with their products."""
_TWICE = 1.6, 2.5


@dataclass(frozen=True)
class CounterFinding:
    verdict: RuleVerdict
    text: str
    remedy: str


def held_against_counters(points: Sequence[RulePoint]) -> CounterFinding | None:
    """What the largest sizes say, where padding weighs least.

    None where the counters decide nothing: what operator rules do not account for is little or nothing, or the rule
    lacks what they do account for. The points are those of a rule that gave a number at each.
    """
    read = [(2 * p.operator_macs + p.unseen_flops, p.unseen_flops, p) for p in points if p.unseen_flops]
    if not read:
        return None
    flops, unseen, point = max(read, key=lambda entry: entry[0])
    says = 2 * (point.profile_macs or 0)
    beyond = says - 2 * point.operator_macs
    as_operators = all(p.profile_macs == p.operator_macs for p in points)
    if beyond < 0 or (as_operators and flops <= _NEAR * says):
        return None
    times = float(says / flops)
    text = (
        f"At {sizes_text(point.sizes)} the operators did {2 * point.operator_macs:,} FLOPs, and by the GPU's counters "
        f"kernels that no operator rule accounts for {unseen:,} more; the rule says {says:,}, {times:.2f} times their "
        "sum."
    )
    if 1 / _NEAR <= beyond / unseen <= _NEAR:
        return CounterFinding("fits the counters", text, "")
    if as_operators:
        return CounterFinding("misses a term", text, "add what those kernels do.")
    if _TWICE[0] <= times <= _TWICE[1]:
        return CounterFinding("off by a factor", text, "leave out the 2, if the rule counts FLOPs for MACs.")
    return CounterFinding("wrong", text, "compare it with what those kernels do.")
