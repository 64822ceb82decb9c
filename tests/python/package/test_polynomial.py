# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Polynomials in sizes: their text, and their exact fit to counts of plain functions."""

from fractions import Fraction

import pytest

from flopwatch._rule_check.fit import NoFit, fit
from flopwatch._rule_check.polynomial import Elimination, Polynomial, lowest_degree
from flopwatch._rule_check.sampling import default_axis, given_axis

ATTENTION = Polynomial(("B", "N", "C"), {(1, 2, 1): 2, (1, 1, 2): 4, (3, 0, 0): 0})


class Counting:
    """A function of sizes that notes where it was asked."""

    def __init__(self, function):
        self.function, self.asked = function, {}

    def __call__(self, point):
        if point not in self.asked:
            self.asked[point] = self.function(*point)
        return self.asked[point]


def default_axes(*names):
    return [default_axis(name, prime) for name, prime in zip(names, (2, 3, 5, 7, 11), strict=False)]


def fitted(function, *names, axes=None):
    count = Counting(function)
    return fit(axes or default_axes(*names), count), count


def test_text_and_value():
    assert str(ATTENTION) == "4*B*N*C^2 + 2*B*C*N^2"
    assert ATTENTION.python() == "4 * B * N * C**2 + 2 * B * C * N**2"
    assert ATTENTION.at((1, 640, 768)) == 2_139_095_040
    assert ATTENTION.used_names() == ("B", "N", "C")
    assert ATTENTION.times(0).used_names() == ()


@pytest.mark.parametrize(
    ("terms", "text", "python"),
    [
        ({}, "0", "0"),
        ({(0,): 7}, "7", "7"),
        ({(0,): -1}, "-1", "-1"),
        ({(2,): -1, (1,): 1, (0,): -3}, "-N^2 + N - 3", "-N**2 + N - 3"),
        ({(2,): Fraction(9, 4), (1,): Fraction(-1, 6)}, "(9/4)*N^2 - (1/6)*N", "(27 * N**2 - 2 * N) // 12"),
    ],
)
def test_text_of_odd_terms(terms, text, python):
    polynomial = Polynomial(("N",), terms)
    assert str(polynomial) == text
    assert polynomial.python() == python
    assert eval(python, {"N": 12}) == polynomial.at((12,))  # 12 makes every fraction whole


def test_parts():
    polynomial = Polynomial(("N",), {(2,): 3, (1,): -5})
    assert str(polynomial.part(positive=True)) == "3*N^2"
    assert str(polynomial.part(positive=False).times(-1)) == "5*N"


def test_elimination_is_exact_and_keeps_what_is_new():
    system = Elimination(3)
    assert system.add([0, 3, 1], 7)
    assert not system.is_independent([0, 6, 2])
    assert not system.add([0, 6, 2], 14)
    with pytest.raises(ValueError, match="1 equations for 3 unknowns"):
        system.solution()
    assert system.add([7, 1, 1], 1)
    assert system.add([1, 1, 10**15], 0)
    a, b, c = system.solution()
    assert (3 * b + c, 7 * a + b + c, a + b + 10**15 * c) == (7, 1, 0)


def test_lowest_degree_leaves_values_to_check():
    squares = [2, 3, 7], [4, 9, 49]
    assert lowest_degree(*squares, max_degree=4, checks=1) is None
    assert lowest_degree(*squares, max_degree=4, checks=0) == [0, 0, 1]
    assert lowest_degree([2, 3, 7, 4], [4, 9, 49, 16], max_degree=4, checks=1) == [0, 0, 1]
    assert lowest_degree([2, 3, 7, 4], [4, 9, 49, 17], max_degree=4, checks=1) is None
    assert lowest_degree([2, 3, 7, 4, 9, 10], [v**3 for v in (2, 3, 7, 4, 9, 10)], max_degree=2, checks=1) is None


@pytest.mark.parametrize(
    ("function", "names", "text"),
    [
        (lambda b, n, c: 4 * b * n * c**2 + 2 * b * n**2 * c, "BNC", "4*B*N*C^2 + 2*B*C*N^2"),
        (lambda n: 0, "N", "0"),
        (lambda b, n: 12, "BN", "12"),
        (lambda b, n: b * n * (n + 1) // 2, "BN", "(1/2)*B*N^2 + (1/2)*B*N"),
        (lambda b, h, k: b * k * k * (h - k + 1), "BHK", "B*H*K^2 - B*K^3 + B*K^2"),
        (lambda a, b, c, d, e: a * b * c * d * e**4, "ABCDE", "A*B*C*D*E^4"),
    ],
)
def test_fit(function, names, text):
    found, count = fitted(function, *names)
    assert str(found.polynomial) == text
    assert len(count.asked) <= 45
    assert len(found.checked) >= 4
    assert not set(found.checked) & set(found.fitted)
    assert all(found.polynomial.at(point) == count(point) for point in count.asked)
    fresh = [
        point
        for point in found.checked
        if all(size != axis.base for size, axis in zip(point, found.axes, strict=True))
    ]
    assert fresh  # at least one where no size is at its base


def test_a_stride_is_found_in_multiples():
    found, _ = fitted(lambda b, h: 9 * b * ((h - 1) // 2 + 1), "B", "H")
    assert str(found.polynomial) == "(9/2)*B*H"
    assert {point[1] % 2 for point in found.checked + found.fitted} == {0}
    assert {point[0] % 2 for point in found.checked} == {0, 1}


@pytest.mark.parametrize(
    ("function", "text"),
    [
        # At the base B=2, N=3 the term in N is gone, and with it a power;
        (lambda b, n: n**3 + (b - 2) * n, "N^3 + B*N - 2*N"),
        # here the square of B as well, and with it a degree.
        (lambda b, n: n**3 + (b - 2) * n + (n - 3) * b**2, "N^3 + N*B^2 + B*N - 3*B^2 - 2*N"),
    ],
)
def test_terms_that_cancel_at_the_base(function, text):
    found, _ = fitted(function, "B", "N")
    assert str(found.polynomial) == text


def test_sizes_that_do_not_run_are_left_out():
    found, count = fitted(lambda b, n: None if n % 5 == 4 or b * n > 150 else 7 * b * n, "B", "N")
    assert str(found.polynomial) == "7*B*N"
    assert None in count.asked.values()
    assert all(count(point) is not None for point in found.checked)


def test_no_polynomial():
    with pytest.raises(NoFit) as failure:
        fitted(lambda b, n: b * 2**n, "B", "N")
    assert "no polynomial in N" in str(failure.value)
    b, n = failure.value.point
    assert failure.value.counted == b * 2**n != failure.value.guess.at((b, n))


def test_a_kink_far_from_the_base_is_seen():
    # Linear along both axes: only a combination of held-out sizes shows it.
    with pytest.raises(NoFit, match="fails at others") as failure:
        fitted(lambda b, n: b * n + max(0, b * n - 60), "B", "N")
    b, n = failure.value.point
    assert b * n > 60
    assert failure.value.guess.at((b, n)) != failure.value.counted


def test_given_values():
    axes = [given_axis("C", [12, 24, 36, 48]), given_axis("N", [5])]
    found, count = fitted(lambda c, n: c * c * n, axes=axes)
    assert str(found.polynomial) == "5*C^2"
    assert set(count.asked) == {(12, 5), (24, 5), (36, 5), (48, 5)}
    assert len(found.fitted) + len(found.checked) == 4
    assert len(found.checked) >= 1


def test_too_few_given_values_for_the_degree():
    with pytest.raises(NoFit, match="more values of C"):
        fitted(lambda c: c**3, axes=[given_axis("C", [2, 4, 7, 9])])


def test_nothing_left_to_check():
    with pytest.raises(NoFit, match="no sizes are left"):
        fitted(lambda n: n, axes=[given_axis("N", [5])])


@pytest.mark.parametrize("values", [[], [3, 5], [3, 3, 5], [1, 2, 2.5], [True, 2, 3], [-1, 2, 3]])
def test_given_values_that_make_no_sense(values):
    with pytest.raises(ValueError, match="sizes\\['N'\\]"):
        given_axis("N", values)
