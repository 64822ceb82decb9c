# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C at any moment leaves no hook, no session and no changed model.

An interrupt at each instruction of the package in turn; with FLOPWATCH_ALL_TESTS=1 at all of them, else at every
so-manieth. Real signals at random moments are in test_signals.py.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import flopwatch
from flopwatch.testing import assert_flops
from interrupts import Interrupter, Net, rule, still_counts, whole_state

ALL = os.environ.get("FLOPWATCH_ALL_TESTS") == "1"
X = torch.ones(2, 4)

MODEL = Net()


def counts() -> None:
    flopwatch.count(MODEL, X, warmup=1, custom_ops={nn.Linear: rule})


def counts_with_operator_rule() -> None:
    flopwatch.count(MODEL, X, warmup=0, formula=None, operator_rules={"aten::linear": lambda call: 5})


def watches() -> None:
    with flopwatch.watch(MODEL, custom_ops={nn.Linear: rule}) as w:
        MODEL(X)
        w.step()


KEPT: list[Any] = []


def watches_and_is_kept() -> None:
    """The program keeps the watch, as a debugger keeps the frame of an exception."""
    w = flopwatch.watch(MODEL)
    KEPT[:] = [w]
    with w:
        MODEL(X)


def watches_iterations() -> None:
    with flopwatch.watch(MODEL, replay_mode="iteration") as w:
        for _ in range(2):
            MODEL(X)
            w.step()


def meters() -> None:
    with flopwatch.meter(MODEL) as m:
        for _ in range(3):
            MODEL(X)
            m.step()


def meters_and_is_kept() -> None:
    m = flopwatch.meter(MODEL)
    KEPT[:] = [m]
    with m:
        for rows in (2, 2, 1):
            MODEL(X[:rows])
            m.step()


def profiles() -> None:
    flopwatch.profile(MODEL, (X,), {nn.Linear: rule}, verbose=False)


def profiles_and_explains() -> None:
    flopwatch.profile(MODEL, (X,), {nn.Linear: rule}, verbose=False, explain=True)


def profiles_with_the_installed_thop() -> None:
    flopwatch.profile(MODEL, (X,), verbose=False, formula="installed")


def checks_a_rule() -> None:
    flopwatch.check_rule(rule, MODEL.body[0], lambda B: torch.ones(B, 4), sizes={"B": [2, 3, 4]})


def infers_a_rule() -> None:
    flopwatch.infer_rule(MODEL.body[0], lambda B: torch.ones(B, 4), sizes={"B": [2, 3, 4]})


def asserts_flops() -> None:
    assert_flops(MODEL, X, macs=48, warmup=0)


WORK = [
    counts,
    counts_with_operator_rule,
    watches,
    watches_and_is_kept,
    watches_iterations,
    meters,
    meters_and_is_kept,
    profiles,
    profiles_and_explains,
    profiles_with_the_installed_thop,
    checks_a_rule,
    infers_a_rule,
    asserts_flops,
]


@pytest.fixture(autouse=True)
def model_without_a_leftover() -> None:
    global MODEL
    MODEL = Net()


@pytest.mark.parametrize("work", WORK, ids=lambda w: w.__name__)
def test_an_interrupt_at_any_instruction_leaves_nothing(work: Callable[[], None]) -> None:
    if work is profiles_with_the_installed_thop:
        pytest.importorskip("thop")

    def state() -> dict[str, Any]:
        # In these the user's own forward counts its calls and draws.
        if work in (watches, watches_and_is_kept, watches_iterations, meters, meters_and_is_kept):
            MODEL.calls.zero_()
            torch.manual_seed(0)
        return whole_state(MODEL)

    step = 1 if ALL else 37
    n = 1 if ALL else random.randrange(1, step + 1)
    work()  # what is made once in a process
    before = state()
    while True:
        interrupter = Interrupter(n)
        reached = interrupter.run(work)
        after = state()
        assert after == before, interrupter.place
        if not reached:
            break
        if ALL or n % 7 == 0:
            still_counts(32)
        n += step
    assert n > 500
    still_counts(32)


def interrupting(error: BaseException) -> Callable[..., None]:
    def raises(*_: object) -> None:
        raise error

    return raises


@pytest.mark.parametrize("error", [KeyboardInterrupt("the user's"), SystemExit(3)], ids=["Ctrl-C", "exit"])
@pytest.mark.parametrize("entry", ["count", "count, operator", "watch", "watch, operator", "profile", "check_rule"])
def test_an_interrupt_in_a_rule_passes_through(entry: str, error: BaseException) -> None:
    raises = interrupting(error)
    before = whole_state(MODEL)
    with pytest.raises(type(error)) as caught:
        if entry == "count":
            flopwatch.count(MODEL, X, custom_ops={nn.Linear: raises})
        elif entry == "count, operator":
            flopwatch.count(MODEL, X, operator_rules={"aten::linear": raises})
        elif entry == "watch":
            with flopwatch.watch(MODEL, custom_ops={nn.Linear: raises}):
                MODEL(X)
        elif entry == "watch, operator":
            with flopwatch.watch(MODEL, operator_rules={"aten::linear": raises}):
                MODEL(X)
        elif entry == "profile":
            flopwatch.profile(MODEL, (X,), {nn.Linear: raises}, verbose=False)
        else:
            flopwatch.check_rule(raises, MODEL.body[0], lambda B: torch.ones(B, 4), sizes={"B": [2, 3, 4]})
    assert caught.value is error
    after = whole_state(MODEL)
    if entry.startswith("watch"):  # it runs the user's own forward, which counts and draws
        MODEL.calls.zero_()
        after["model"] = before["model"]
    assert after == before
    still_counts(32)


def test_a_watch_that_an_interrupt_ends_has_a_result_that_is_not_complete(tmp_path: Path) -> None:
    file = tmp_path / "cut-off.flops"
    error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt) as caught:
        with flopwatch.watch(nn.Linear(4, 4), capture=file) as w:
            nn.Linear(4, 4)(X)
            raise error
    assert caught.value is error
    for result in (w.result, flopwatch.open(file)):
        assert result.total.operator.macs == 32
        assert not result.complete and not result.exact and result.exit_code == 5
        [loss] = result.losses
        assert (loss["kind"], loss["severity"], loss["count"]) == ("recording_interrupted", "error", 1)
        assert loss["text"].endswith("It ended by KeyboardInterrupt.")
        assert "It ended by KeyboardInterrupt" in " ".join(result.report().split())
    with flopwatch.watch(nn.Linear(4, 4)) as again:
        pass
    assert again.result.complete and again.result.exact


def test_an_error_that_the_capture_cannot_be_written_does_not_replace_the_users() -> None:
    class Full(Exception):
        pass

    w = flopwatch.watch(nn.Linear(4, 4))
    with pytest.raises(Full) as caught, w:
        native_session = w._session

        class NoSpace:
            def __getattr__(self, name: str) -> object:
                return getattr(native_session, name)

            def finish(self, interrupted: str) -> None:
                native_session.abandon()
                raise flopwatch.CaptureError("no space is left")

        w._session = NoSpace()
        raise Full
    assert not hasattr(caught.value, "__notes__") or "no space is left" in caught.value.__notes__[0]
    with pytest.raises(flopwatch.SessionError):
        w.result
    still_counts(32)


def test_a_watch_that_is_dropped_inside_its_block_ends() -> None:
    before = whole_state(MODEL)
    w = flopwatch.watch(MODEL)
    w.__enter__()
    with pytest.warns(ResourceWarning, match="dropped inside its block"):
        del w
    assert whole_state(MODEL) == before
    still_counts(32)


def test_a_dropped_watch_in_a_cycle_ends_when_the_next_one_begins(tmp_path: Path) -> None:
    file = tmp_path / "dropped.flops"
    before = whole_state(MODEL)
    w = flopwatch.watch(MODEL, capture=file)
    w.itself = w
    w.__enter__()
    del w
    with pytest.warns(ResourceWarning, match="dropped inside its block"):
        still_counts(32)
    assert whole_state(MODEL) == before
    [loss] = flopwatch.open(file).losses
    assert loss["kind"] == "recording_interrupted" and "dropped" in loss["text"]


def test_a_generator_that_is_dropped_inside_a_watch_ends_it() -> None:
    def steps():
        with flopwatch.watch(MODEL) as w:
            yield w
            MODEL(X)

    generator = steps()
    w = next(generator)
    del generator
    assert not w.result.complete
    assert w.result.losses[0]["text"].endswith("It ended by GeneratorExit.")
    still_counts(32)


def test_a_watch_that_was_refused_is_dropped_without_a_word() -> None:
    with pytest.raises(flopwatch.UsageError):
        flopwatch.watch(MODEL, metrics="bogus")
    still_counts(32)
