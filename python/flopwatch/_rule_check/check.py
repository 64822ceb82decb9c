# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""check_rule: a rule written for `custom_ops` compared with what its module runs, over many sizes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from torch import nn

from .._errors import UsageError
from . import module_count
from .counters import compare_with_counters
from .fit import NoFit, fit
from .point import RulePoint, RuleVerdict, number_text
from .polynomial import Polynomial
from .probe import RuleAnswer, ask_rule
from .sampling import Axis, NoRunningSizes, Point, Sampler, along, base_point, held_out_points, running_axes
from .workload import ModuleOrFactory, Sizes, Workload, sizes_text

_VALUES_OF_AN_AXIS = 3
_COMBINATIONS = 3
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


def check_rule(
    rule: Callable[..., Any],
    module: ModuleOrFactory,
    inputs_for_sizes: Callable[..., Any],
    *,
    sizes: Mapping[str, Sequence[int]] | None = None,
    device: Any = None,
    as_root: bool = False,
) -> RuleCheck:
    """Compares `rule(m, x, y)` with what the module runs, over many sizes, and says what is wrong with it.

    The rule adds MACs to `m.total_ops`, or returns a number. `module`, `inputs_for_sizes` and `sizes` are as for
    infer_rule. The module is looked at inside another one, where a rule hides what is below it; with `as_root` as the
    root that profile() is given, where thop adds the children to the rule. (Of a Sequential or ModuleList it always
    does.) `device` is where the session counts. On a GPU the measured count is shown too, and decides where kernels
    ran that no operator rule accounts for (an extension's, launched past the dispatcher, say): counters read padding
    and other arithmetic too, so a rule that "fits the counters" is within a quarter of them.

    What the rule raises, or answers wrongly, is in the result. Raises UsageError for arguments that make no sense, and
    where the module runs at no sizes. One thread at a time for one module.
    """
    if not callable(rule):
        raise UsageError(f"a rule is a function of (m, x, y), not a {type(rule).__name__}")
    given = dict(sizes or {})
    workload = Workload(module, inputs_for_sizes, given)
    types: list[type[nn.Module]] = []
    uncounted: dict[str, None] = {}

    def evaluate(at: Sizes) -> RulePoint:
        case = workload.at(at)
        counted = module_count.operator_count(case.module, case.args, case.kwargs, device=device)
        answer = ask_rule(rule, case)
        types.append(type(case.module))
        uncounted.update(dict.fromkeys(counted.uncounted))
        if answer.silent and counted.macs:
            answer = RuleAnswer(error="adds nothing to m.total_ops and returns nothing")
        profiled = answer.root_macs if as_root else answer.inside_macs
        measured = counted.measured_flops, counted.measured_total_flops, counted.unseen_flops
        return RulePoint(at, counted.macs, answer.macs, profiled, answer.root_macs, *measured, answer.error)

    sampler: Sampler[RulePoint] = Sampler(workload.names, evaluate)
    with module_count.random_state_kept():
        try:
            axes = running_axes(sampler, given, workload.module_only_names)
        except NoRunningSizes as error:
            raise UsageError(str(error)) from None
        swept = _sweep(axes, sampler)
        comparison = _Comparison(_name(rule), types[0], as_root, tuple(swept))
        return comparison.check(lambda: _difference(axes, sampler), tuple(uncounted))


def _sweep(axes: Sequence[Axis], sampler: Sampler[RulePoint]) -> list[RulePoint]:
    wanted = [base_point(axes)]
    for place, axis in enumerate(axes):
        wanted += [along(axes, place, value) for value in axis.values[:_VALUES_OF_AN_AXIS]]
    wanted += itertools.islice(held_out_points(axes), _COMBINATIONS)
    answers = [sampler(point) for point in dict.fromkeys(wanted)]
    return sorted((a for a in answers if a is not None), key=lambda a: (a.operator_macs, tuple(a.sizes.values())))


def _difference(axes: Sequence[Axis], sampler: Sampler[RulePoint]) -> Polynomial | None:
    """Operator count - rule as a polynomial, or None where there is none."""

    def difference(point: Point) -> Fraction | None:
        answer = sampler(point)
        if answer is None or answer.rule_macs is None:
            return None
        return answer.operator_macs - Fraction(answer.rule_macs)

    try:
        return fit(axes, difference).polynomial
    except (NoFit, NoRunningSizes):
        return None


@dataclass(frozen=True)
class _Comparison:
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


def _name(rule: Callable[..., Any]) -> str:
    return str(getattr(rule, "__name__", None) or type(rule).__name__)


def _table(points: Sequence[RulePoint]) -> list[str]:
    rows: list[tuple[str, ...]] = [("sizes", "rule MACs", "profile() MACs", "operator MACs", "measured FLOPs")]
    for p in points:
        macs = p.rule_macs, p.profile_macs, p.operator_macs
        rows.append((sizes_text(p.sizes), *map(number_text, (*macs, p.measured_total_flops))))
    if all(p.measured_total_flops is None for p in points):
        rows = [row[:-1] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
