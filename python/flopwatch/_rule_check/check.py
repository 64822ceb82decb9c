# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""check_rule: a rule written for `custom_ops` compared with what its module runs, over many sizes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from torch import nn

from .. import _arguments as arguments
from .._errors import UsageError
from . import module_count
from .comparison import Comparison
from .fit import NoFit, fit
from .point import RulePoint
from .polynomial import Polynomial
from .probe import RuleAnswer, ask_rule
from .result import RuleCheck
from .sampling import Axis, NoRunningSizes, Point, Sampler, along, base_point, held_out_points, running_axes
from .workload import ModuleOrFactory, Sizes, Workload

_VALUES_OF_AN_AXIS = 3
_COMBINATIONS = 3


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
    given = arguments.mapping("sizes", sizes, "{'B': [2, 3, 4]}")
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

    def compared() -> RuleCheck:
        try:
            axes = running_axes(sampler, given, workload.module_only_names)
        except NoRunningSizes as error:
            raise UsageError(str(error)) from None
        swept = _sweep(axes, sampler)
        comparison = Comparison(_name(rule), types[0], as_root, tuple(swept))
        return comparison.check(lambda: _difference(axes, sampler), tuple(uncounted))

    return module_count.with_random_state_kept(compared)


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


def _name(rule: Callable[..., Any]) -> str:
    return str(getattr(rule, "__name__", None) or type(rule).__name__)
