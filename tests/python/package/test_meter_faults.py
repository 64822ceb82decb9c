# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Exceptions, clocks that go back, steps that do not end, recordings inside each other, bad options."""

import warnings

import pytest
import torch
from torch import nn

import flopwatch
from meter_models import Residual, Training, metered, run
from model_state import state_of


def test_an_exception_passes_through_and_its_step_is_named():
    train = Training(Residual())
    x = torch.randn(2, 3, 8, 8)
    before = state_of(train.model)
    with pytest.raises(ZeroDivisionError), metered(train.model) as m:
        run(m, lambda: train.model(x), lambda: train.model(x))
        train.model(x)
        raise ZeroDivisionError
    assert m.total.steps == 2 and not m.total.complete
    assert "the step after step 2 ended by ZeroDivisionError, and is not in the figures" in m.report()
    del before
    assert not torch.nn.modules.module._global_forward_pre_hooks
    with flopwatch.watch(train.model):
        pass


def test_an_interrupt_while_a_step_is_added_is_named(monkeypatch):
    from flopwatch._meter import accumulator

    def interrupt(*_):
        raise KeyboardInterrupt

    model, x = nn.Linear(8, 8), torch.randn(4, 8)
    with pytest.raises(KeyboardInterrupt), metered(model) as m:
        run(m, *[lambda: model(x)] * 2)
        monkeypatch.setattr(accumulator.Accumulator, "_give_reasons", interrupt)
        monkeypatch.setattr(accumulator, "add", interrupt)
        model(x[:2])
        m.step()
    monkeypatch.undo()
    assert not m.total.complete and "an interrupt came while a step was added" in m.total.reasons[-1]
    assert not torch.nn.modules.module._global_forward_pre_hooks


def test_a_forward_that_raises_is_caught_by_the_program():
    class Fails(nn.Module):
        def forward(self, x):
            y = x @ x
            if len(x) == 4:
                raise RuntimeError("out of memory, say")
            return y @ y

    model = Fails()

    def retried():
        try:
            model(torch.randn(4, 4))
        except RuntimeError:
            model(torch.randn(2, 2))

    with metered(model) as m:
        run(m, *[retried] * 4)
    assert [interval.multiply_add_flops for interval in m.history] == 4 * [2 * 64 + 4 * 8] and m.total.exact


def test_a_clock_that_goes_back_gives_no_time_and_no_mfu():
    now = iter([*range(0, 10**6, 1000)])
    back = [0]
    model, x = nn.Linear(8, 8), torch.randn(4, 8)
    with metered(model, clock_ns=lambda: next(now) - back[0]) as m:
        run(m, *[lambda: model(x)] * 3)
        assert m.last.seconds is not None and m.last.mfu is not None
        model(x)
        back[0] = 10**9
        m.step()
    assert m.last.seconds is None and m.last.mfu is None and m.last.exact
    assert "no MFU: the clock went back" in m.last.report()
    assert m.total.seconds is None and m.total.multiply_add_flops == 4 * 512


def test_a_step_that_never_ends_is_given_up_with_a_word(monkeypatch):
    from flopwatch._meter import tracker

    monkeypatch.setattr(tracker, "_MAX_CALLS", 50)
    model, x = nn.Linear(8, 8), torch.randn(4, 8)
    with metered(model) as m:
        with pytest.warns(RuntimeWarning, match="was called 50 times in one step .*call the meter's step\\(\\)"):
            for _ in range(60):
                model(x)
        assert not m._counter.running
    assert m.total.steps == 0 and not m.total.complete
    assert "the step after step 0 did not end" in m.total.report()


def test_one_meter_at_a_time():
    model = nn.Linear(2, 2)
    with metered(model) as m:
        with pytest.raises(flopwatch.SessionError, match="another meter is running already"), metered(model):
            pass
        with pytest.raises(flopwatch.SessionError, match="this meter is running already"), m:
            pass
        run(m, lambda: model(torch.randn(1, 2)))
    with metered(model):
        pass
    assert m.total.exact


def test_a_meter_can_be_used_again_and_begins_with_nothing():
    model, x = nn.Linear(8, 8), torch.randn(4, 8)
    m = metered(model)
    for _ in range(2):
        with m:
            run(m, *[lambda: model(x)] * 3)
        assert (m.total.steps, m.total.steps_read, len(m.history)) == (3, 2, 3)


def test_a_meter_inside_a_watch_is_refused():
    model = nn.Linear(2, 2)
    with flopwatch.watch(model) as w:
        with pytest.raises(flopwatch.SessionError, match="a watch is recording: begin the meter outside"):
            with metered(model):
                pass
        model(torch.randn(1, 2))
    assert w.result.total.operator.macs == 4


def test_a_watch_inside_a_meter_records_and_the_step_says_what_it_lacks():
    model, x = nn.Linear(8, 8), torch.randn(4, 8)
    with metered(model) as m:
        run(m, lambda: model(x))
        with flopwatch.watch(model) as w:
            model(x)
        m.step()
        assert not m.last.complete or m.last.steps_reused
        assert flopwatch.count(model, x, formula=None, warmup=0).total.operator.macs == 256
        m.step()
        run(m, *[lambda: model(x)] * 2)
    assert w.result.total.operator.macs == 256
    assert m.last.multiply_add_flops == 512 and m.last.exact


@pytest.mark.parametrize(
    "options, words",
    [
        ({"check_budget": -0.1}, "check_budget is the part .* not -0.1"),
        ({"check_budget": 1.5}, "not 1.5"),
        ({"check_budget": float("nan")}, "not nan"),
        ({"every": 0}, "every is a number of steps, 1 or more, not 0"),
        ({"history": 0}, "history is a number of intervals, 1 or more"),
        ({"steps": "epoch"}, "steps is 'auto', 'optimizer' or 'manual', not 'epoch'"),
        ({"sum_ranks": 1}, "sum_ranks is False or True"),
        ({"called": []}, "called is a list of modules of the model"),
        ({"called": [nn.ReLU()]}, "called is a list of modules of the model"),
    ],
)
def test_options_that_make_no_sense(options, words):
    with pytest.raises(flopwatch.UsageError, match=words):
        flopwatch.meter(nn.Linear(2, 2), **options)


def test_on_step_takes_functions():
    with pytest.raises(flopwatch.UsageError, match="on_step takes a function of one interval"):
        flopwatch.meter(nn.Linear(2, 2)).on_step("print")


def test_a_callback_that_raises_is_a_warning_once():
    model, x = nn.Linear(8, 8), torch.randn(4, 8)
    seen = []
    with metered(model) as m:

        @m.on_step
        def broken(interval):
            raise OSError("no network")

        m.on_step(seen.append)
        with pytest.warns(RuntimeWarning, match="broken raised OSError: no network; the run goes on") as caught:
            run(m, *[lambda: model(x)] * 3)
    assert len(caught) == 1 and seen == list(m.history)


def test_a_callback_that_raises_does_not_end_a_run_where_warnings_are_errors(capsys):
    train = Training(nn.Linear(8, 8))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with flopwatch.meter(train.model, steps="optimizer") as m:
            m.on_step(lambda interval: 1 / 0)
            for _ in range(3):
                train(torch.randn(4, 8))
    assert m.total.steps == 3 and "ZeroDivisionError" in capsys.readouterr().err
