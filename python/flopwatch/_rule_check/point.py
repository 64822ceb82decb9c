# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""One rule at one set of sizes, and what ran there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .probe import Number
from .workload import Sizes


class RuleVerdict(str, Enum):
    """Each is equal to its text."""

    AGREES = "agrees"
    FITS_COUNTERS = "fits the counters"
    WRONG_FACTOR = "off by a factor"
    MISSING_TERM = "misses a term"
    CHILDREN_TWICE = "children counted twice"
    WRONG = "wrong"
    INCONCLUSIVE = "inconclusive"
    RULE_ERROR = "rule error"

    __str__ = str.__str__


@dataclass(frozen=True)
class RulePoint:
    """The counts at one set of sizes, in MACs; None where there is no such number."""

    sizes: Sizes
    operator_macs: int  # what the dispatcher saw
    rule_macs: Number | None  # what the rule gave for one call
    profile_macs: Number | None  # what profile() totals for the module in its place, with the rule
    root_macs: Number | None  # what it totals where the module is the root
    measured_flops: int | None = None  # of the same class, read from the GPU's counters
    measured_total_flops: int | None = None  # all that they read
    unseen_flops: int | None = None  # of these, in kernels that no operator rule accounts for
    error: str | None = None  # what is wrong with how the rule answered

    @property
    def agrees(self) -> bool:
        return self.error is None and self.profile_macs == self.operator_macs


def number_text(value: Number | None) -> str:
    """An amount to be read: whole, or with one decimal."""
    if value is None:
        return "-"
    return f"{int(value):,}" if value == int(value) else f"{float(value):,.1f}"
