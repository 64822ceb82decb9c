# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Which values each size takes, and what a module answered at each combination of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from .._errors import FlopwatchError, UsageError
from .workload import Sizes, sizes_text

Point = tuple[int, ...]
Answer = TypeVar("Answer")

# Distinct smallest values, so that sizes are distinguished; near and far ones, so that a rounded division shows.
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19)
_OFFSETS = (0, 1, 5, 2, 12, 3, 8)
_HELD_OUT_OFFSETS = (4, 7, 10, 15)
# (step, start): a plain size; a larger one; then multiples, for a width that heads or windows must divide.
_VARIANTS = ((1, 0), (1, 16), *((step, 0) for step in (2, 3, 4, 5, 6, 7, 8, 12, 14, 16, 24, 32, 64)))
# All sizes made larger at once must not make tensors that fill the memory.
_LARGEST_PRODUCT = 2**24
MOST_POINTS = 250


class NoRunningSizes(Exception):
    """The module runs at none of the sizes that were tried."""


@dataclass(frozen=True)
class Axis:
    """The values of one size, the base first. Held-out ones are kept for checking."""

    name: str
    values: tuple[int, ...]
    held_out: tuple[int, ...] = ()
    given: bool = True  # by the user
    prime: int = 2
    step: int = 1
    start: int = 0

    @property
    def base(self) -> int:
        return self.values[0]

    @property
    def fixed(self) -> bool:
        return len(self.values) == 1


class Sampler(Generic[Answer]):
    """Asks `evaluate` once for each point and remembers what it raised.

    flopwatch's own errors pass through: they are no matter of sizes.
    """

    def __init__(self, names: Sequence[str], evaluate: Callable[[Sizes], Answer]) -> None:
        self.names = tuple(names)
        self.answers: dict[Point, Answer] = {}
        self.errors: dict[Point, Exception] = {}
        self._evaluate = evaluate

    def sizes(self, point: Point) -> Sizes:
        return dict(zip(self.names, point, strict=True))

    def __call__(self, point: Point) -> Answer | None:
        """None where the module does not run."""
        if point not in self.answers and point not in self.errors:
            if len(self.answers) + len(self.errors) >= MOST_POINTS:
                raise NoRunningSizes(f"{MOST_POINTS} combinations of sizes were tried, which is too many; give sizes=")
            try:
                self.answers[point] = self._evaluate(self.sizes(point))
            except FlopwatchError:
                raise
            except Exception as error:  # the user's code can raise anything where sizes do not fit
                self.errors[point] = error
        return self.answers.get(point)

    def runs(self, point: Point) -> bool:
        return self(point) is not None

    def error_text(self, point: Point) -> str:
        error = self.errors[point]
        lines = str(error).strip().splitlines() or [""]
        return f"at {sizes_text(self.sizes(point))}: {type(error).__name__}: {lines[0]}"


def default_axis(name: str, prime: int, variant: tuple[int, int] = _VARIANTS[0]) -> Axis:
    step, start = variant
    base = start + prime
    values, held_out = (
        tuple(step * (base + offset) for offset in offsets) for offsets in (_OFFSETS, _HELD_OUT_OFFSETS)
    )
    return Axis(name, values, held_out, False, prime, step, start)


def given_axis(name: str, values: Sequence[int]) -> Axis:
    """Raises UsageError unless there are whole numbers: one (the size is fixed then), or at least three."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise UsageError(f"sizes[{name!r}] is a list of whole numbers, not {values!r}")
    unique = tuple(dict.fromkeys(values))
    if any(isinstance(value, bool) or not isinstance(value, int) or value < 0 for value in unique):
        raise UsageError(f"sizes[{name!r}] must hold whole numbers: {list(values)}")
    if len(unique) in (0, 2):
        raise UsageError(
            f"sizes[{name!r}] needs one value, which fixes it, or at least three (two to fit, one to check): "
            f"{list(values)}"
        )
    return Axis(name, unique)


def coarser(axis: Axis) -> Iterator[Axis]:
    """The same axis in multiples of 2, 4 and 8: for strides, which divide and round."""
    if not axis.given:
        for factor in (2, 4, 8):
            yield default_axis(axis.name, axis.prime, (axis.step * factor, axis.start))


def base_point(axes: Sequence[Axis]) -> Point:
    return tuple(axis.base for axis in axes)


def along(axes: Sequence[Axis], place: int, value: int) -> Point:
    """The base point, but for one size."""
    return tuple(value if i == place else axis.base for i, axis in enumerate(axes))


def running_axes(
    sampler: Sampler[Answer], given: Mapping[str, Sequence[int]], smallest: Sequence[str] = ()
) -> list[Axis]:
    """Values for every size at which the module runs, the simplest that do; smallest those of the sizes in `smallest`.

    Raises NoRunningSizes with the first error.
    """
    order = [*smallest, *(name for name in sampler.names if name not in smallest)]
    primes = dict(zip(order, itertools.cycle(_PRIMES), strict=False))
    axes = [given_axis(n, given[n]) if n in given else default_axis(n, primes[n]) for n in sampler.names]
    for candidate in _candidates(axes):
        if sampler.runs(base_point(candidate)):
            axes = candidate
            break
    else:
        first = next(iter(sampler.errors))
        raise NoRunningSizes(f"the module runs at none of the sizes tried; {sampler.error_text(first)}")
    for place, axis in enumerate(axes):
        if not axis.given:
            axes[place] = _running_axis(axes, place, sampler)
    return axes


def _candidates(axes: list[Axis]) -> Iterator[list[Axis]]:
    yield axes
    free = [place for place, axis in enumerate(axes) if not axis.given]
    for places in [(place,) for place in free] + ([tuple(free)] if len(free) > 1 else []):
        for variant in _VARIANTS[1:]:
            changed = list(axes)
            for place in places:
                changed[place] = default_axis(axes[place].name, axes[place].prime, variant)
            if len(places) == 1 or math.prod(base_point(changed)) <= _LARGEST_PRODUCT:
                yield changed


def _running_axis(axes: list[Axis], place: int, sampler: Sampler[Answer]) -> Axis:
    """The simplest values of this size, while the others stay at their base: its first three must run."""
    tried: list[Point] = []
    for variant in _VARIANTS:
        axis = default_axis(axes[place].name, axes[place].prime, variant)
        points = [along([*axes[:place], axis, *axes[place + 1 :]], place, value) for value in axis.values[:3]]
        if all(map(sampler.runs, points)):
            return axis
        tried += [point for point in points if point in sampler.errors]
    raise NoRunningSizes(f"the module does not run when {axes[place].name} is varied; {sampler.error_text(tried[0])}")


def combinations(axes: Sequence[Axis], depths: Sequence[int]) -> list[Point]:
    """Combinations of the first `depths` values of each axis, those nearest to the base first."""
    places = itertools.product(*(range(min(d, len(a.values))) for a, d in zip(axes, depths, strict=True)))
    return [tuple(a.values[i] for a, i in zip(axes, p, strict=True)) for p in sorted(places, key=sum)]


def held_out_points(axes: Sequence[Axis]) -> Iterator[Point]:
    """Combinations away from the base: of held-out values, where an axis has them, else of all that were given."""
    pools = [axis.held_out or axis.values for axis in axes]
    longest = max(map(len, pools))
    for k in range(2 * longest):
        # Different strides, so that sizes do not rise together.
        yield tuple(pool[(k * (i + 1) + i) % len(pool)] for i, pool in enumerate(pools))
    if any(axis.given for axis in axes):
        yield from itertools.islice(itertools.product(*(reversed(pool) for pool in pools)), MOST_POINTS)
