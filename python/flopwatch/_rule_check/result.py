# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What check_rule found, and how it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .point import RulePoint, RuleVerdict, number_text
from .workload import sizes_text

_SHOWN = 3


@dataclass(frozen=True)
class RuleCheck:
    """What check_rule found: `verdict` in a word, `text` in a sentence, `remedy` what to change.

    The verdict "agrees": the rule gives what the operators did, to the last MAC. "fits the counters", "inconclusive":
    work ran that no operator rule accounts for; the rule is near what the GPU's counters read of it, or nothing here
    can decide. "off by a factor", "misses a term", "children counted twice" (thop adds the children too), "wrong": the
    rule does not give what ran. "rule error": the rule raised, or gave no usable number.

    `factor`: rule / operator count, where that is the same at all sizes. `missing` and `surplus`: what the rule lacks
    and what it counts too much, as polynomials in the sizes, where they could be found. `points`: smallest first.
    """

    rule_name: str
    type_name: str
    verdict: RuleVerdict
    text: str
    remedy: str
    points: tuple[RulePoint, ...]
    factor: Fraction | None = None
    missing: str | None = None
    surplus: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Exactly with the operators; or near enough with the counters, where only these saw all of the work."""
        return self.verdict in (RuleVerdict.AGREES, RuleVerdict.FITS_COUNTERS)

    @property
    def disagreements(self) -> tuple[RulePoint, ...]:
        """The points at which the rule does not give what the operators did, smallest first; none where it agrees."""
        return () if self.agrees else tuple(point for point in self.points if not point.agrees)

    def __str__(self) -> str:
        lines = [f"{self.rule_name} on {self.type_name}: {self.verdict}", f"  {self.text}"]
        if self.remedy:
            lines.append(f"  To do: {self.remedy}")
        shown = self.disagreements or self.points[-1:]
        lines += ["", *_table(shown[:_SHOWN])]
        if len(shown) > _SHOWN:
            lines.append(f"  ({len(shown) - _SHOWN} more of {len(self.points)} sizes disagree)")
        return "\n".join([*lines, *(f"  Note: {note}" for note in self.notes)]) + "\n"


def _table(points: Sequence[RulePoint]) -> list[str]:
    rows: list[tuple[str, ...]] = [("sizes", "rule MACs", "profile() MACs", "operator MACs", "measured FLOPs")]
    for p in points:
        macs = p.rule_macs, p.profile_macs, p.operator_macs
        rows.append((sizes_text(p.sizes), *map(number_text, (*macs, p.measured_total_flops))))
    if all(p.measured_total_flops is None for p in points):
        rows = [row[:-1] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
