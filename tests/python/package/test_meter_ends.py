# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Where steps end: at the optimizer, at step(), and intervals of several."""

import threading

import pytest
import torch
from torch import nn

import flopwatch
from meter_models import Residual, Training, executed_flops, metered, run


def test_the_optimizer_ends_steps_and_gradients_accumulate():
    train = Training(Residual())
    x = torch.randn(2, 3, 8, 8)

    def accumulate():
        train.optimizer.zero_grad()
        for _ in range(3):
            train.model(x).sum().backward()
        train.optimizer.step()

    expected = executed_flops(train.model, accumulate)
    with flopwatch.meter(train.model, check_budget=0) as m:
        for _ in range(4):
            accumulate()
    assert [interval.executed_flops for interval in m.history] == 4 * [expected] and m.total.exact


def test_work_after_the_optimizer_belongs_to_a_step_that_step_ends():
    train, average = Training(nn.Linear(8, 8), torch.optim.SGD), torch.zeros(8, 8)
    x = torch.randn(4, 8)

    def run_step():
        train(x)
        average.mul_(0.9).add_(train.model.weight.detach(), alpha=0.1)

    expected = executed_flops(train.model, run_step)
    with flopwatch.meter(train.model, check_budget=0) as m:
        for _ in range(4):
            run_step()
            m.step()
            assert m.last.executed_flops == expected
    assert [interval.steps_read for interval in m.history] == [1, 1, 0, 0] and m.total.steps == 4
    with flopwatch.meter(train.model, check_budget=0) as m:
        for _ in range(4):
            run_step()
    ema = 3 * 64
    assert [interval.executed_flops for interval in m.history] == [expected - ema] + 3 * [expected]
    assert m.total.executed_flops == 4 * expected - ema and m.total.exact


def test_two_optimizers_make_one_step():
    generator, judge = nn.Linear(8, 8), nn.Linear(8, 1)
    both = [Training(generator), Training(judge)]
    x = torch.randn(4, 8)
    with flopwatch.meter({"generator": generator, "judge": judge}, check_budget=0) as m:
        for _ in range(6):
            for one in both:
                one(x)
    assert 5 <= m.total.steps <= 6
    assert len({interval.executed_flops for interval in list(m.history)[1:]}) == 1


def test_intervals_of_several_steps():
    model, x = nn.Linear(8, 8), torch.randn(4, 8)
    with metered(model, every=3, history=2) as m:
        run(m, *[lambda: model(x)] * 10)
        assert (m.last.first_step, m.last.steps) == (7, 3)
    assert [(i.first_step, i.steps) for i in m.history] == [(7, 3), (10, 1)], "bounded, and the rest at the end"
    assert m.history[0].multiply_add_flops == 3 * 512 and m.history[0].mfu > 0
    assert m.total.steps == 10


def test_step_marks_that_do_not_fit():
    model = nn.Linear(2, 2)
    m = flopwatch.meter(model, steps="optimizer")
    with pytest.raises(flopwatch.SessionError, match="inside the block of a meter"):
        m.step()
    with m, pytest.raises(flopwatch.SessionError, match="leave step\\(\\) out"):
        m.step()


def test_step_on_another_thread_is_refused():
    raised = []

    def step(m):
        try:
            m.step()
        except flopwatch.SessionError as error:
            raised.append(str(error))

    with metered(nn.Linear(2, 2)) as m:
        thread = threading.Thread(target=step, args=[m])
        thread.start()
        thread.join()
    assert "on the thread that began the meter" in raised[0]


def test_calls_on_other_threads_sign_the_step():
    model, x = nn.Linear(8, 8), torch.randn(4, 8)

    def elsewhere(rows):
        thread = threading.Thread(target=lambda: model(x[:rows]))
        thread.start()
        thread.join()
        model(x)

    with metered(model) as m:
        run(m, *[lambda: elsewhere(4)] * 3, *[lambda: elsewhere(2)] * 3)
    assert [interval.multiply_add_flops for interval in m.history] == [1024, 1024, 1024, 0, 768, 768]
    assert m.total.complete
