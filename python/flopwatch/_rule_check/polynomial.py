# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Polynomials in named sizes with exact rational coefficients, and their exact fit to samples.

Pure arithmetic on `fractions.Fraction`: no torch, no rounding, safe from any thread.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

Exponents = tuple[int, ...]
Number = int | Fraction


@dataclass(frozen=True)
class Polynomial:
    """`terms` maps the exponents of `names`, in their order, to a coefficient; none of them is zero."""

    names: tuple[str, ...]
    terms: Mapping[Exponents, Fraction]

    def __post_init__(self) -> None:
        kept = {exponents: Fraction(c) for exponents, c in self.terms.items() if c != 0}
        if any(len(exponents) != len(self.names) for exponents in kept):
            raise ValueError(f"each term needs {len(self.names)} exponents")
        object.__setattr__(self, "terms", dict(sorted(kept.items(), key=_term_order)))

    def at(self, point: Sequence[int]) -> Fraction:
        """The value where the sizes are `point`, in the order of `names`."""
        return sum((c * monomial(point, exponents) for exponents, c in self.terms.items()), Fraction(0))

    def used_names(self) -> tuple[str, ...]:
        """The names that some term holds."""
        return tuple(name for i, name in enumerate(self.names) if any(e[i] for e in self.terms))

    def denominator(self) -> int:
        """The smallest whole number that makes every coefficient whole."""
        return math.lcm(*(c.denominator for c in self.terms.values())) if self.terms else 1

    def times(self, factor: Number) -> Polynomial:
        return Polynomial(self.names, {exponents: c * factor for exponents, c in self.terms.items()})

    def part(self, *, positive: bool) -> Polynomial:
        """The terms with coefficients above zero, or those below."""
        return Polynomial(self.names, {e: c for e, c in self.terms.items() if (c > 0) == positive})

    def __str__(self) -> str:
        """As people write it: `4*B*N*C^2 + 2*B*C*N^2`."""
        return self._text(self.names, "*", "^")

    def python(self, names: Mapping[str, str] | None = None) -> str:
        """A Python expression of whole numbers: `4 * B * N * C**2`, `(9 * H) // 2`. `names` renames sizes."""
        renamed = [(names or {}).get(name, name) for name in self.names]
        below = self.denominator()
        whole = self.times(below)._text(renamed, " * ", "**")
        return whole if below == 1 else f"({whole}) // {below}"

    def _text(self, names: Sequence[str], times: str, power: str) -> str:
        text = ""
        for exponents, coefficient in self.terms.items():
            # Low powers first: B*N*C^2.
            factors = sorted((e, i) for i, e in enumerate(exponents) if e)
            parts = [names[i] + (f"{power}{e}" if e > 1 else "") for e, i in factors]
            size = abs(coefficient)
            if size != 1 or not parts:
                parts.insert(0, str(size) if size.denominator == 1 else f"({size})")
            sign = "-" if coefficient < 0 else "+"
            text += f" {sign} " if text else ("-" if coefficient < 0 else "")
            text += times.join(parts)
        return text or "0"


def _term_order(term: tuple[Exponents, Fraction]) -> tuple[int, Fraction, Exponents]:
    exponents, coefficient = term
    return -sum(exponents), -coefficient, exponents


def monomial(point: Sequence[int], exponents: Exponents) -> int:
    return math.prod(size**e for size, e in zip(point, exponents, strict=True))


class Elimination:
    """A system of linear equations, solved exactly while it grows.

    Only independent equations are kept, so that no right side has to be counted for nothing:
    ask `is_independent` with the left side, then `add` both sides.
    """

    def __init__(self, unknowns: int) -> None:
        self.unknowns = unknowns
        # By leading column: a row with a 1 there, 0 before it, and its right side at the end.
        self._rows: dict[int, list[Fraction]] = {}

    @property
    def solved(self) -> bool:
        return len(self._rows) == self.unknowns

    def is_independent(self, left: Sequence[Number]) -> bool:
        return any(self._reduced([*left, 0])[:-1])

    def add(self, left: Sequence[Number], right: Number) -> bool:
        """Whether the equation was kept."""
        row = self._reduced([*left, right])
        lead = next((i for i, c in enumerate(row[:-1]) if c), None)
        if lead is None:
            return False
        self._rows[lead] = [c / row[lead] for c in row]
        return True

    def solution(self) -> list[Fraction]:
        """The unknowns in their order. Raises ValueError while there are too few equations."""
        if not self.solved:
            raise ValueError(f"{len(self._rows)} equations for {self.unknowns} unknowns")
        values = [Fraction(0)] * self.unknowns
        for lead in reversed(range(self.unknowns)):
            row = self._rows[lead]
            known = (row[i] * values[i] for i in range(lead + 1, self.unknowns))
            values[lead] = row[-1] - sum(known, Fraction(0))
        return values

    def _reduced(self, row: Sequence[Number]) -> list[Fraction]:
        left = [Fraction(c) for c in row]
        for lead in range(self.unknowns):
            if left[lead] and lead in self._rows:
                factor = left[lead]
                left = [a - factor * b for a, b in zip(left, self._rows[lead], strict=True)]
        return left


def through(values: Sequence[int], counts: Sequence[Number]) -> list[Fraction]:
    """The coefficients, lowest power first, of the one polynomial of degree `len(values) - 1` through all samples."""
    system = Elimination(len(values))
    for value, count in zip(values, counts, strict=True):
        system.add([value**e for e in range(len(values))], count)
    return system.solution()


def one_variable(coefficients: Iterable[Number], value: int) -> Fraction:
    return sum((Fraction(c) * value**e for e, c in enumerate(coefficients)), Fraction(0))


def lowest_degree(
    values: Sequence[int], counts: Sequence[Number], *, max_degree: int, checks: int
) -> list[Fraction] | None:
    """The coefficients of the lowest degree that fits every sample and leaves `checks` of them over to check it.

    None where no degree up to `max_degree` does.
    """
    for degree in range(min(max_degree, len(values) - 1 - checks) + 1):
        coefficients = through(values[: degree + 1], counts[: degree + 1])
        if all(one_variable(coefficients, v) == c for v, c in zip(values, counts, strict=True)):
            return coefficients
    return None
