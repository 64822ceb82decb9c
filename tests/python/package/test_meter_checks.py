# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Checks stay within their part of the run's time, and what they show is kept for each kind of step."""

import random
import subprocess
import sys

import pytest

from flopwatch._meter.amounts import Amount, Cell, add, mean
from flopwatch._meter.checks import Checks
from flopwatch._meter.counter import Counted
from flopwatch._meter.known import Known

CELL = Cell("forward", "fp32", "fp32")


def counted(macs, *reasons):
    return Counted({CELL: Amount(macs, macs, 0)}, reasons)


@pytest.mark.parametrize("budget, around_ns", [(0.01, 30), (0.01, 300), (0.1, 30), (1.0, 30)])
def test_checks_add_at_most_their_part(budget, around_ns):
    """Steps of 100 ns; counting makes one 20 ns longer, and takes `around_ns` in addition."""
    checks = Checks(budget, seed=0)
    checks.counted(around_ns, 120, check=False)
    checks.uncounted(100)
    at = []
    for step in range(20_000):
        if checks.due():
            checks.counted(around_ns, 120, check=True)
            at.append(step)
        else:
            checks.uncounted(100)
        assert checks.added_ns <= budget * checks.run_ns
    spent = len(at) * (around_ns + 20)
    assert spent == checks.added_ns
    assert spent > 0.3 * min(budget, 0.5) * checks.run_ns, "the budget is used"
    assert len({b - a for a, b in zip(at, at[1:])}) > 1, "in no rhythm"


def test_a_budget_of_0_has_no_checks_even_where_they_cost_nothing():
    checks = Checks(0.0, seed=0)
    checks.counted(0, 0, check=False)
    assert not any(checks.due() for _ in range(100))


def test_nothing_is_checked_before_the_first_count():
    assert not any(Checks(1.0, seed=0).due() for _ in range(100))


def test_the_programs_random_numbers_stay_its_own():
    random.seed(3)
    expected = random.Random(3).random()
    checks = Checks(1.0)
    checks.counted(0, 1, check=False)
    checks.uncounted(10)
    assert {checks.due() for _ in range(64)} == {True, False}
    assert random.random() == expected


def test_a_count_stands_for_its_kind():
    known = Known("step 3")
    assert known.amounts is None and known.reasons == ()
    known.read(counted(5, "an operator without a rule"))
    assert known.amounts == counted(5).amounts and known.reasons == ("an operator without a rule",)
    known.read(counted(5))
    assert known.reasons == () and not known.unsettled and not known.variable


def test_two_counts_that_differ_want_a_third():
    known = Known("step 1")
    known.read(counted(9))
    known.read(counted(5))
    assert known.unsettled and known.amounts == counted(5).amounts
    assert "a third is still to come" in known.reasons[0] and "step 1" in known.reasons[0]
    known.read(counted(5))
    assert not known.unsettled and known.reasons == () and not known.variable


@pytest.mark.parametrize("counts", [[5, 6, 7], [5, 6, 5], [5, 5, 6], [5, 5, 5, 5, 6, 5]])
def test_counts_that_go_on_differing_are_a_mean(counts):
    known = Known("step 1")
    for macs in counts:
        known.read(counted(macs))
    assert known.variable
    assert known.amounts[CELL].macs == round(sum(counts) / len(counts))
    assert f"the mean of {len(counts)} counts" in known.reasons[0]


def test_means_are_rounded_to_whole_numbers():
    total = {}
    for macs in (1, 2, 2):
        add(total, counted(macs).amounts)
    assert mean(total, 3)[CELL] == Amount(2, 2, 0)
    large = 10**30 + 1
    assert mean({CELL: Amount(3 * large, 0, 0)}, 3)[CELL].macs == large, "exact, however large"


def test_flopwatch_is_imported_without_any_of_it():
    code = (
        "import sys, torch; before = set(sys.modules); import flopwatch; "
        "print(sorted({m.partition('.')[0] for m in set(sys.modules) - before} "
        "| {m for m in sys.modules if m.startswith('flopwatch._meter')}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    loaded = set(eval(done.stdout))
    assert not any(name.startswith("flopwatch._meter") for name in loaded)
    packages = {"tensorboard", "wandb", "mlflow", "prometheus_client", "opentelemetry", "transformers", "lightning"}
    assert not loaded & packages
