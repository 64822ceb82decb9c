# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The meter's counts are those of a full watch, step by step, and it says how it obtained each."""

import pytest
import torch
from torch import nn

import flopwatch
from meter_models import Checkpointed, Chosen, Residual, Training, encoder, executed_flops

IMAGE, TOKENS = (2, 3, 8, 8), (2, 5, 16)


def metered(model, **options):
    return flopwatch.meter(model, **{"peak_flops": 1e12, "check_budget": 0, **options})


@pytest.mark.parametrize("model, shape", [(Residual, IMAGE), (encoder, TOKENS)], ids=["resnet", "encoder"])
@pytest.mark.parametrize("manual", [True, False], ids=["step", "optimizer"])
def test_a_training_step_counts_as_a_watch_counts_it(model, shape, manual):
    train = Training(model())
    x = torch.randn(shape)
    train(x)
    expected = executed_flops(train.model, lambda: train(x))
    with metered(train.model) as m:
        for _ in range(5):
            train(x)
            if manual:
                m.step()
    assert [interval.executed_flops for interval in m.history] == 5 * [expected]
    assert [interval.steps_read for interval in m.history] == [1, 1, 0, 0, 0]
    assert all(interval.exact and interval.complete for interval in m.history)
    assert m.total.executed_flops == 5 * expected and m.total.steps == 5 and m.total.exact
    assert (m.total.steps_read, m.total.steps_reused, m.total.steps_missing) == (2, 3, 0)


def test_parts_of_a_step_add_up():
    train = Training(Checkpointed())
    x = torch.randn(4, 8)
    with metered(train.model) as m:
        for _ in range(3):
            train(x)
            m.step()
    macs = 4 * 8 * 8
    last = m.last
    assert last.recompute_flops == 2 * macs
    # Forward twice, weights twice, and the input of the second layer.
    assert last.useful_flops == 2 * 5 * macs and last.masked_flops == 0
    assert last.executed_flops == last.useful_flops + last.recompute_flops + last.other_flops
    assert set(last.executed_flops_by_phase) == {"forward", "backward", "recompute", "optimizer"}
    for parts in (last.executed_flops_by_phase, last.executed_flops_by_precision):
        assert sum(parts.values()) == last.executed_flops
    assert last.executed_flops_by_phase["optimizer"] > 0
    assert last.hfu / last.mfu == pytest.approx(6 / 5)


def test_what_a_causal_mask_leaves_unused_is_not_in_mfu():
    class Causal(nn.Module):
        def forward(self, q):
            return nn.functional.scaled_dot_product_attention(q, q, q, is_causal=True)

    model, q = Causal(), torch.randn(1, 2, 8, 4)
    with metered(model) as m:
        for _ in range(3):
            model(q)
            m.step()
    pairs = 2 * 8 * 8
    assert m.last.useful_flops == 2 * 2 * 4 * 2 * (8 * 9 // 2)
    assert m.last.masked_flops == 2 * 2 * 4 * pairs - m.last.useful_flops
    assert m.last.hfu / m.last.mfu == pytest.approx(64 / 36)


def test_changed_shapes_are_counted_and_their_return_is_reused():
    train = Training(Residual())
    sizes = [8, 8, 8, 12, 12, 12, 8, 12]
    expected = {n: executed_flops(train.model, lambda n=n: train(torch.randn(2, 3, n, n))) for n in {8, 12}}
    with metered(train.model) as m:
        for n in sizes:
            train(torch.randn(2, 3, n, n))
            m.step()
    steps = list(m.history)
    assert [step.executed_flops for step in steps] == [expected[n] for n in sizes]
    # The first of the new size began before it was known to be new.
    assert [step.complete for step in steps] == [True, True, True, False, True, True, True, True]
    assert "before the first call of the model" in steps[3].reasons[0]
    assert [step.steps_read for step in steps] == [1, 1, 0, 0, 1, 0, 0, 0]
    assert m.total.executed_flops == sum(expected[n] for n in sizes) and m.total.exact


def test_other_work_in_front_of_a_new_step_is_missing_until_it_is_counted():
    train, extra = Training(Residual()), torch.randn(32, 32)

    def run(n):
        extra @ extra
        train(torch.randn(2, 3, n, n))

    expected = executed_flops(train.model, lambda: run(12))
    with metered(train.model) as m:
        for n in (8, 8, 12):
            run(n)
            m.step()
        assert m.last.executed_flops == expected - 2 * 32**3 and not m.last.complete
        whole = m.total
        run(12)
        m.step()
        assert m.last.executed_flops == expected and m.last.exact
    assert not whole.complete and m.total.complete
    assert m.total.executed_flops - whole.executed_flops == expected + 2 * 32**3


def test_a_new_kind_of_step_that_shows_in_the_middle_is_missing_until_it_is_counted():
    train = Training(Residual())
    x = torch.randn(IMAGE)

    def evaluated():
        with torch.no_grad():
            train.model(torch.randn(4, 3, 8, 8))
        train.optimizer.step()

    one = executed_flops(train.model, lambda: train(x))
    with metered(train.model, steps="manual") as m:
        for _ in range(3):
            train(x)
            m.step()
        for seen in range(2):
            train(x)
            evaluated()
            m.step()
            if seen == 0:
                assert m.last.executed_flops == 0 and m.last.steps_missing == 1
                assert "call 2 of the model in step 4" in m.last.reasons[0] and m.last.mfu is None
                assert not m.total.complete and m.total.executed_flops == 3 * one
        assert m.last.executed_flops > one and m.last.exact
    assert m.total.exact and m.total.executed_flops == 3 * one + 2 * m.last.executed_flops


def test_work_that_depends_on_values_is_variable_and_never_exact():
    model = Chosen()
    with torch.no_grad():
        model.first.weight.copy_(torch.eye(8))
        model.first.bias.zero_()
    train = Training(model, torch.optim.SGD)
    train.optimizer.param_groups[0]["lr"] = 0.0
    with metered(model, check_budget=1.0, seed=0) as m:
        counts = []
        for step in range(40):
            x = torch.ones(8, 8)
            x[: step % 5] = -1
            train(x)
            m.step()
            counts.append(m.last.executed_flops)
    steps = list(m.history)
    variable = [step for step in steps if any("differ in their work" in reason for reason in step.reasons)]
    assert variable and not any(step.exact for step in variable)
    assert not m.total.exact and "mean of" in m.total.reasons[-1]
    truth = [2 * 8 * 8 * (8 - step % 5) for step in range(40)]
    read = [i for i, step in enumerate(steps) if step.steps_read]
    assert len({counts[i] for i in read}) == len({truth[i] for i in read}) > 1, "a step that was read is its own"


def test_the_first_step_may_do_more_than_the_others():
    class Lazy(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.table = nn.Linear(8, 8), None

        def forward(self, x):
            if self.table is None:
                self.table = torch.eye(8) @ torch.ones(8, 8)
            return self.linear(x)

    model, x = Lazy(), torch.randn(4, 8)
    with metered(model, steps="manual") as m, torch.no_grad():
        for _ in range(6):
            model(x)
            m.step()
    once, usual = 2 * 8 * 8 * 8, 2 * 4 * 8 * 8
    assert [step.multiply_add_flops for step in m.history] == [usual + once] + 5 * [usual]
    assert [step.steps_read for step in m.history] == [1, 1, 1, 0, 0, 0]
    assert [step.exact for step in m.history][3:] == 3 * [True] and m.total.exact
    assert m.total.multiply_add_flops == 6 * usual + once


def test_an_operator_without_a_rule_is_named():
    @torch.library.custom_op("meter_test::opaque", mutates_args=())
    def opaque(x: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(x.numpy() + 1)

    class Calls(nn.Module):
        def forward(self, x):
            return opaque(x)

    model, x = Calls(), torch.randn(4, 8)
    with metered(model) as m:
        for _ in range(3):
            model(x)
            m.step()
    assert m.last.steps_reused == 1 and not m.last.exact and m.last.complete
    assert "meter_test::opaque" in m.last.reasons[0] and "meter_test::opaque" in m.report()
    rule = {"meter_test::opaque": lambda call: flopwatch.Work(other_flops=32)}
    with metered(model, operator_rules=rule) as m:
        model(x)
        m.step()
    assert m.last.exact and m.last.executed_flops == 32
