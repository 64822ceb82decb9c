# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""How a rule differs from what ran at all sizes: the verdict, in a sentence, and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from torch import nn

from .counters import compare_with_counters
from .point import RulePoint, RuleVerdict, number_text
from .polynomial import Polynomial
from .result import RuleCheck
from .workload import sizes_text


@dataclass(frozen=True)
class Comparison:
    rule_name: str
    kind: type[nn.Module]
    as_root: bool
    points: tuple[RulePoint, ...]

    @property
    def all_measured(self) -> bool:
        """Whether the counters say, at all sizes, what ran besides the operators."""
        return all(point.unseen_flops is not None for point in self.points)

    def check(self, difference: Callable[[], Polynomial | None], uncounted: tuple[str, ...]) -> RuleCheck:
        points = self.points
        without_work = self.all_measured and not any(point.unseen_flops for point in points)
        so = "and by the GPU's counters without FLOPs" if without_work else "so the operator count is too small"
        notes = tuple(f"not counted, {so}: {text}" for text in uncounted)
        broken = [point for point in points if point.error is not None]
        if broken:
            where = "" if len(broken) == len(points) else f" at {len(broken)} of {len(points)} sizes"
            return self._result(RuleVerdict.RULE_ERROR, f"The rule {broken[0].error}{where}.", "fix the rule.", notes)
        agrees = all(point.agrees for point in points)
        if not agrees and all(point.rule_macs == point.operator_macs for point in points):
            return self._children_twice(notes + self._measured_notes())
        counters = compare_with_counters(points)
        if counters is not None:
            return self._result(counters.verdict, counters.text, counters.remedy, notes)
        notes += self._measured_notes()
        if agrees and uncounted and not without_work:
            text = f"The rule gives what was counted at all {len(points)} sizes, but some of what ran has no count."
            remedy = "give that a rule, or check on a GPU (device=), whose counters see all kernels."
            return self._result(RuleVerdict.INCONCLUSIVE, text, remedy, notes + self._root_notes())
        if agrees:
            text = f"The rule gives what ran at all {len(points)} sizes that were tried."
            return self._result(RuleVerdict.AGREES, text, "", notes + self._root_notes())
        if uncounted and not self.all_measured and self._counts_more():
            return self._inconclusive(difference(), notes)
        factor = self._factor()
        if factor is not None:
            return self._wrong_factor(factor, notes)
        return self._wrong_term(difference(), notes)

    def _result(self, verdict: RuleVerdict, text: str, remedy: str, notes: tuple[str, ...], **more: Any) -> RuleCheck:
        return RuleCheck(self.rule_name, self.kind.__name__, verdict, text, remedy, self.points, notes=notes, **more)

    def _counts_more(self) -> bool:
        """At no size less than the operators did."""
        return all((point.profile_macs or 0) >= point.operator_macs for point in self.points)

    def _factor(self) -> Fraction | None:
        """rule / operator count, where that is one number at all sizes."""
        factors = {
            Fraction(point.rule_macs) / point.operator_macs
            for point in self.points
            if point.operator_macs and point.rule_macs is not None
        }
        nothing_ran_nothing_counted = all(point.operator_macs or not point.rule_macs for point in self.points)
        factor = factors.pop() if len(factors) == 1 else None
        return factor if factor and nothing_ran_nothing_counted else None

    def _children_twice(self, notes: tuple[str, ...]) -> RuleCheck:
        if self.as_root:
            why = "thop adds the children of the root to the root's rule"
            remedy = "profile a module that holds it, or count in the rule only what no child with a rule counts."
        else:  # thop adds the children of no other module
            base = "Sequential" if issubclass(self.kind, nn.Sequential) else "ModuleList"
            why = f"{self.kind.__name__} is a {base}, whose children thop adds to its rule"
            remedy = f"put the rule on a module that is no {base}, or count in it only what no child counts."
        text = f"The rule equals the whole block, but {why}: its total is larger than what ran."
        return self._result(RuleVerdict.CHILDREN_TWICE, text, remedy, notes)

    def _wrong_factor(self, factor: Fraction, notes: tuple[str, ...]) -> RuleCheck:
        if factor == 2:
            text = "The rule gives exactly twice what ran: it counts FLOPs for MACs (1 MAC = 2 FLOPs)."
            remedy = "leave out the 2."
        elif factor == Fraction(1, 2):
            text = "The rule gives exactly half of what ran: the MACs were halved once too often."
            remedy = "do not halve."
        else:
            text = f"The rule gives {factor} of what ran, at all sizes."
            remedy = f"multiply by {1 / factor}; look for the batch, heads or groups."
        return self._result(RuleVerdict.WRONG_FACTOR, text, remedy, notes, factor=factor)

    def _inconclusive(self, difference: Polynomial | None, notes: tuple[str, ...]) -> RuleCheck:
        missing, surplus = _parts(difference)
        surplus = None if missing else surplus
        amount = f"{surplus} " if surplus else ""
        text = f"The rule counts {amount}more than the operators, and some operators have no count."
        remedy = "give those operators a rule, or check on a GPU (device=), whose counters see all kernels."
        if any(point.measured_total_flops is not None for point in self.points):
            remedy = "fix what the notes name."
        return self._result(RuleVerdict.INCONCLUSIVE, text, remedy, notes, surplus=surplus and str(surplus))

    def _wrong_term(self, difference: Polynomial | None, notes: tuple[str, ...]) -> RuleCheck:
        if difference is None or not difference.terms:
            text = "The rule differs from what ran, but not by a polynomial in these sizes."
            return self._result(RuleVerdict.WRONG, text, "compare it with what infer_rule finds.", notes)
        missing, surplus = _parts(difference)
        more = {"missing": missing and str(missing), "surplus": surplus and str(surplus)}
        if surplus is None:
            assert missing is not None
            text = f"The rule lacks {missing}, MACs that ran."
            return self._result(RuleVerdict.MISSING_TERM, text, f"add {missing.python()}.", notes, **more)
        take_off = f"take off {surplus.python()}"
        if missing is not None:
            text = f"The rule counts {surplus} too much and lacks {missing}."
            return self._result(RuleVerdict.WRONG, text, f"{take_off} and add {missing.python()}.", notes, **more)
        if self.all_measured:
            text = f"The rule counts {surplus} too much: those MACs did not run, and the counters did not read them."
            return self._result(RuleVerdict.WRONG, text, f"{take_off}.", notes, **more)
        text = f"The rule counts {surplus} too much: those MACs did not run in any operator that was dispatched."
        extension = "if the module calls an extension past the dispatcher, check on a GPU (device=)"
        return self._result(
            RuleVerdict.WRONG, text, f"{take_off}; {extension}, whose counters see all kernels.", notes, **more
        )

    def _root_notes(self) -> tuple[str, ...]:
        differing = [point for point in self.points if point.root_macs != point.operator_macs]
        if self.as_root or not differing:
            return ()
        point = differing[0]
        return (
            f"with {self.kind.__name__} as the root that profile() is given, thop adds its children to the rule: "
            f"{number_text(point.root_macs)} MACs for {number_text(point.operator_macs)} at {sizes_text(point.sizes)}."
            " There, profile a module that holds it.",
        )

    def _measured_notes(self) -> tuple[str, ...]:
        measured = [point for point in self.points if point.measured_total_flops is not None]
        if not measured:
            return ()
        point = measured[-1]
        products = (
            "in products an unknown part" if point.measured_flops is None else f"{point.measured_flops:,} in products"
        )
        by_rule = number_text(None if point.rule_macs is None else 2 * point.rule_macs)
        return (
            f"measured at {sizes_text(point.sizes)}: {point.measured_total_flops:,} FLOPs in all, {products}, where "
            f"the operators are {2 * point.operator_macs:,} and the rule says {by_rule}.",
        )


def _parts(difference: Polynomial | None) -> tuple[Polynomial | None, Polynomial | None]:
    """What the rule lacks and what it has too much; None where that is nothing, or not known."""
    if difference is None:
        return None, None
    missing, surplus = difference.part(positive=True), difference.part(positive=False).times(-1)
    return (missing if missing.terms else None), (surplus if surplus.terms else None)
