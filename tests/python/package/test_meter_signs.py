# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What signs a step: other calls, modes, gradients, layers and optimizers are another kind of step."""

import pytest
import torch
from torch import nn

from meter_models import Training, metered, run


def kinds(m):
    """Whether the count of each step was not reused."""
    return [interval.steps_reused == 0 for interval in m.history]


def linear_step(**changed):
    options = {"rows": 4, "dtype": torch.float32, "train": True, "grad": True, "strided": False, **changed}

    def call(model):
        model.to(options["dtype"]).train(options["train"])
        x = torch.randn(options["rows"], 16, dtype=options["dtype"])
        x = x.repeat_interleave(2, 1)[:, ::2] if options["strided"] else x
        with torch.set_grad_enabled(options["grad"]):
            model(x)

    return call


CHANGES = [
    {"rows": 5}, {"dtype": torch.float64}, {"train": False}, {"grad": False}, {"strided": True},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_change_of_the_call_is_another_kind_of_step(change):
    model = nn.Linear(16, 16)
    usual, other = linear_step(), linear_step(**change)
    with metered(model) as m:
        run(m, *[lambda: usual(model)] * 3, lambda: other(model), *[lambda: other(model)] * 2, lambda: usual(model))
    assert kinds(m) == [True, True, False, True, True, False, False]
    assert all(interval.multiply_add_flops for interval in m.history), "the first call showed it, in time for a count"


def test_keyword_inputs_sign_a_step():
    class Keyword(nn.Module):
        def forward(self, *, x, twice=False):
            return x @ x if not twice else x @ x @ x

    model, x = Keyword(), torch.randn(8, 8)
    with metered(model) as m:
        run(m, *[lambda: model(x=x)] * 3, *[lambda: model(x=x, twice=True)] * 3, lambda: model(x=x))
    assert [interval.multiply_add_flops // 1024 for interval in m.history] == [1, 1, 1, 2, 2, 2, 1]
    assert kinds(m) == [True, True, False, True, True, False, False]


def test_autocast_signs_a_step():
    model, x = nn.Linear(8, 8), torch.randn(4, 8)

    def cast():
        with torch.autocast("cpu", torch.bfloat16):
            model(x)

    with metered(model) as m, torch.no_grad():
        run(m, *[lambda: model(x)] * 3, *[cast] * 3)
    assert kinds(m) == [True, True, False, True, True, False]
    assert set(m.history[5].executed_flops_by_precision) == {"bf16"}
    assert m.history[3].executed_flops > 0, "the first call showed it"
    assert m.history[2].executed_flops_by_precision["fp32"] > 0


def test_backward_what_is_trained_and_optimizers_sign_a_step():
    train = Training(nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8)))
    model, x = train.model, torch.randn(4, 8)

    def backward():
        model.zero_grad()
        model(x).sum().backward()

    def frozen():
        model[0].requires_grad_(False)
        train(x)

    with metered(model) as m:
        for call in (lambda: train(x), backward, frozen):
            run(m, *[call] * 4)
    assert [interval.steps_reused for interval in m.history] == 3 * [0, 0, 1, 1]
    products = [interval.multiply_add_flops // 512 for interval in list(m.history)[3::4]]
    assert products == [2 + 3, 2 + 3, 2 + 1]
    # What is trained shows at the first call; that no optimizer steps, at the end.
    assert m.history[8].multiply_add_flops == 3 * 512 and m.history[4].multiply_add_flops == 0


def test_a_frozen_part_signs_a_step():
    model, x = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8)), torch.randn(4, 8)
    with metered(model) as m, torch.no_grad():
        run(m, *[lambda: model(x)] * 3)
        model[1].eval()
        run(m, *[lambda: model(x)] * 3)
    assert kinds(m) == [True, True, False, True, True, False]
    assert m.history[2].other_flops > m.history[5].other_flops


def test_another_layer_signs_a_step():
    model, x = nn.Sequential(nn.Linear(8, 8)), torch.randn(4, 8)
    flops = 2 * 4 * 8 * 8
    with metered(model) as m:
        run(m, *[lambda: model(x)] * 3)
        model.append(nn.Linear(8, 8, bias=False))
        run(m, *[lambda: model(x)] * 3)
        model[1] = nn.Identity()
        run(m, *[lambda: model(x)] * 3)
        del model[1]
        run(m, lambda: model(x))
    assert [interval.multiply_add_flops // flops for interval in m.history] == 3 * [1] + 3 * [2] + 3 * [1] + [1]
    assert kinds(m) == [True, True, False] * 3 + [False], "the last is as the first ones"


def test_control_flow_that_makes_other_gradients_signs_a_step():
    class Deep(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.depth = nn.Linear(8, 8), 1

        def forward(self, x):
            for _ in range(self.depth):
                x = self.layer(x)
            return x

    model, x = Deep(), torch.randn(4, 8)
    with metered(model) as m:
        run(m, *[lambda: model(x)] * 3)
        model.depth = 2
        run(m, *[lambda: model(x)] * 3)
    assert [interval.multiply_add_flops // 512 for interval in m.history] == [1, 1, 1, 0, 2, 2]
    assert [interval.complete for interval in m.history] == [True, True, True, False, True, True]
    assert m.total.multiply_add_flops == 512 * 9 and m.total.complete


def test_what_cannot_be_signed_is_counted_each_time():
    class First(nn.Module):
        def forward(self, x):
            return torch.stack([one @ one.T for one in x.unbind()])

    model = First()
    nested = torch.nested.nested_tensor([torch.randn(4, 8), torch.randn(4, 8)])
    with metered(model) as m:
        run(m, *[lambda: model(nested)] * 5)
    assert [interval.steps_read for interval in m.history] == [1] * 5 and m.total.exact
    usual = torch.randn(2, 4, 8)
    with metered(model) as m:
        run(m, *[lambda: model(usual)] * 3, lambda: model(nested), lambda: model(nested))
    assert {interval.multiply_add_flops for interval in m.history} == {512}
    assert [interval.complete for interval in m.history] == [True, True, True, False, True]
    assert "step 4 before the first call" in m.total.reasons[0] and not m.total.complete


def test_a_model_that_is_not_called_is_counted_each_time():
    model, x = nn.Sequential(nn.Linear(8, 8)), torch.randn(4, 8)
    with metered(model) as m:
        run(m, *[lambda: model[0](x)] * 2, lambda: model[0](x[:2]), lambda: model[0](x))
    assert [interval.multiply_add_flops for interval in m.history] == [512, 512, 256, 512]
    assert m.total.steps_read == 4
    with metered(model, called=[model[0]]) as m:
        run(m, *[lambda: model[0](x)] * 4)
    assert m.total.steps_read == 2
