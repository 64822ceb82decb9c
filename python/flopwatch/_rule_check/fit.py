# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The exact polynomial of a function of sizes.

First each size alone, the others at their base: its powers are those with a coefficient there. Then one term for each
combination of those powers, solved exactly, and checked on sizes that the solution did not use. A sum in which terms
cancel at the base hides powers; then another base is asked too, and all powers up to the highest are tried.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from .polynomial import Elimination, Exponents, Number, Polynomial, lowest_degree, monomial, one_variable, through
from .sampling import Axis, Point, along, coarser, combinations, held_out_points

Count = Callable[[Point], Number | None]  # None where the sizes do not run

MAX_DEGREE = 4  # in one size
MAX_TERMS = 40
_GUESSED_DEGREE = 2  # a higher one bends through anything
_MIN_VALUES = 4
_FRESH_CHECKS = 4


@dataclass(frozen=True)
class Fit:
    polynomial: Polynomial
    axes: tuple[Axis, ...]  # as they were used
    fitted: tuple[Point, ...]
    checked: tuple[Point, ...]  # no point of `fitted` among them


class NoFit(Exception):
    """Where the best guess fails; `point` is None where there were too few points to tell."""

    def __init__(
        self, reason: str, guess: Polynomial | None = None, point: Point | None = None, counted: Number | None = None
    ) -> None:
        super().__init__(reason)
        self.guess, self.point, self.counted = guess, point, counted


def fit(axes: Sequence[Axis], count: Count) -> Fit:
    """Raises NoFit where no polynomial fits all points. Counts some tens of points."""
    used_axes = list(axes)
    powers = [_powers(used_axes, place, count) for place in range(len(used_axes))]
    try:
        return _fit_powers(used_axes, powers, count)
    except NoFit:
        elsewhere = [
            axis if axis.fixed else replace(axis, values=axis.values[2:] + axis.values[:2]) for axis in used_axes
        ]
        try:
            more = [_powers_of_axis(elsewhere, place, count) for place in range(len(elsewhere))]
        except NoFit:
            more = powers
        every = [tuple(range(max(p + q) + 1)) for p, q in zip(powers, more, strict=True)]
        if every == powers or math.prod(map(len, every)) > MAX_TERMS:
            raise
        return _fit_powers(used_axes, every, count)


def _powers(axes: list[Axis], place: int, count: Count) -> tuple[int, ...]:
    """The powers of one size. Where its values do not fit, and are our choice, multiples are tried."""
    first_failure: NoFit | None = None
    for axis in (axes[place], *coarser(axes[place])):
        changed = [*axes[:place], axis, *axes[place + 1 :]]
        try:
            powers = _powers_of_axis(changed, place, count)
        except NoFit as failure:
            first_failure = first_failure or failure
            continue
        axes[place] = axis
        return powers
    assert first_failure is not None
    raise first_failure


def _powers_of_axis(axes: list[Axis], place: int, count: Count) -> tuple[int, ...]:
    axis = axes[place]
    if axis.fixed:
        return (0,)
    checks = 1 if axis.given else 2
    values: list[int] = []
    counts: list[Number] = []
    for value in axis.values:
        counted = count(along(axes, place, value))
        if counted is None:
            continue
        values.append(value)
        counts.append(counted)
        if len(values) < min(_MIN_VALUES, len(axis.values)):
            continue
        coefficients = lowest_degree(values, counts, max_degree=MAX_DEGREE, checks=checks)
        if coefficients is not None:
            return _powers_in(coefficients)
    # Where some values did not run, one left over must do; the whole is checked again on other sizes.
    coefficients = lowest_degree(values, counts, max_degree=MAX_DEGREE, checks=1) if len(values) > 2 else None
    if coefficients is None:
        raise _no_powers(axes, place, values, counts)
    return _powers_in(coefficients)


def _powers_in(coefficients: Sequence[Fraction]) -> tuple[int, ...]:
    # A function that is zero along the whole axis says nothing of its powers.
    return tuple(e for e, c in enumerate(coefficients) if c) or (0,)


def _no_powers(axes: list[Axis], place: int, values: list[int], counts: list[Number]) -> NoFit:
    names = tuple(axis.name for axis in axes)
    name = names[place]
    if len(values) < 3:
        return NoFit(f"only {len(values)} values of {name} run, which is too few to fit and to check; give sizes=")

    zero = Fraction(0)

    def error(degree: int) -> Fraction:
        coefficients = through(values[: degree + 1], counts[: degree + 1])
        wanted = map(Fraction, counts)
        return sum(
            (abs(one_variable(coefficients, v) / (c or 1) - 1) for v, c in zip(values, wanted, strict=True)), zero
        )

    best = min(range(min(_GUESSED_DEGREE, len(values) - 2) + 1), key=error)
    coefficients = through(values[: best + 1], counts[: best + 1])
    terms = {tuple(e if i == place else 0 for i in range(len(names))): c for e, c in enumerate(coefficients)}
    at = next(i for i, v in enumerate(values) if one_variable(coefficients, v) != counts[i])
    reason = f"no polynomial in {name}"
    if len(values) - 2 < MAX_DEGREE:
        reason += f" of degree {len(values) - 2} or less (more values of {name} allow a higher one)"
    return NoFit(reason, Polynomial(names, terms), along(axes, place, values[at]), counts[at])


def _fit_powers(axes: list[Axis], powers: Sequence[tuple[int, ...]], count: Count) -> Fit:
    names = tuple(axis.name for axis in axes)
    terms = list(itertools.product(*powers))
    if len(terms) > MAX_TERMS:
        raise NoFit(f"{len(terms)} terms are possible, which is too many; fix some sizes with sizes=")
    polynomial, fitted = _solve(names, terms, combinations(axes, [len(p) + 1 for p in powers]), count)
    sampled = [along(axes, place, value) for place, axis in enumerate(axes) for value in axis.values[:_MIN_VALUES]]
    checked = _checks(axes, dict.fromkeys(sampled), fitted, count)
    if not checked:
        raise NoFit("no sizes are left to check the fit on; give more values in sizes=", polynomial)
    wrong = [point for point in checked if count(point) != polynomial.at(point)]
    if wrong:
        point = min(wrong, key=math.prod)
        raise NoFit("what fits some sizes fails at others", polynomial, point, count(point))
    return Fit(polynomial, tuple(axes), fitted, checked)


def _solve(
    names: tuple[str, ...], terms: list[Exponents], candidates: Iterable[Point], count: Count
) -> tuple[Polynomial, tuple[Point, ...]]:
    system, fitted = Elimination(len(terms)), []
    for point in candidates:
        left = [monomial(point, exponents) for exponents in terms]
        if not system.is_independent(left):
            continue
        counted = count(point)
        if counted is None:
            continue
        system.add(left, counted)
        fitted.append(point)
        if system.solved:
            return Polynomial(names, dict(zip(terms, system.solution(), strict=True))), tuple(fitted)
    raise NoFit("too few combinations of the sizes run; give sizes=")


def _checks(axes: list[Axis], sampled: Iterable[Point], fitted: tuple[Point, ...], count: Count) -> tuple[Point, ...]:
    known = {point for point in sampled if count(point) is not None} - set(fitted)
    fresh: list[Point] = []
    for point in held_out_points(axes):
        if len(fresh) >= _FRESH_CHECKS:
            break
        if point not in fitted and point not in known and point not in fresh and count(point) is not None:
            fresh.append(point)
    return tuple(sorted(known | set(fresh), key=lambda point: (math.prod(point), point)))
