# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A metered program computes the same, and nothing of the meter stays behind."""

import contextlib
import copy
import gc
import pickle
import random
import warnings

import pytest
import torch
from torch import nn
from torch._dynamo.testing import CompileCounter
from torch.optim import optimizer as torch_optimizer

import flopwatch
from meter_models import Residual, Training, metered, run
from model_state import state_of


def test_results_are_the_same_bits_and_nothing_stays_behind():
    def trained(meter):
        torch.manual_seed(0)
        random.seed(0)
        train = Training(Residual())
        with meter(train.model):
            for n in (8, 8, 8, 12, 8, 12, 8, 8):
                train(torch.randn(2, 3, n, n))
        return [*train.model.state_dict().values(), torch.get_rng_state(), torch.tensor(random.random())]

    plain = trained(contextlib.nullcontext)
    metered_ones = trained(lambda model: flopwatch.meter(model, check_budget=1.0))
    assert all(torch.equal(a, b) for a, b in zip(plain, metered_ones, strict=True))


def test_a_model_can_be_copied_and_pickled_inside():
    train = Training(Residual())
    before = state_of(train.model)
    with metered(train.model) as m:
        run(m, *[lambda: None] * 2)
        assert state_of(train.model) == before
        pickle.loads(pickle.dumps(train.model)), copy.deepcopy(train.model)
    assert not torch.nn.modules.module._global_forward_pre_hooks
    assert not torch_optimizer._global_optimizer_post_hooks


def test_a_meter_that_is_dropped_ends():
    model = nn.Linear(2, 2)
    with pytest.warns(ResourceWarning, match="a flopwatch.meter was dropped inside its block"):
        metered(model).__enter__()
        gc.collect()
    assert not torch.nn.modules.module._global_forward_pre_hooks
    with metered(model):
        pass


@pytest.mark.parametrize("how", ["torch.compile(m)", "m.compile()"])
def test_compiled_models_are_signed_and_do_not_recompile(how):
    torch._dynamo.reset()
    model, x = nn.Sequential(nn.Linear(8, 8), nn.ReLU()), torch.randn(4, 8)
    backend = CompileCounter()
    call = model
    if how == "m.compile()":
        model.compile(backend=backend)
    else:
        call = torch.compile(model, backend=backend)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with torch.no_grad(), flopwatch.meter(call, steps="manual", check_budget=1.0, seed=1) as m:
            run(m, *[lambda: call(x)] * 24)
    assert {interval.multiply_add_flops for interval in m.history} == {512}
    assert m.total.steps_reused > 3 and m.total.steps_read > 3 and m.total.exact
    assert backend.frame_count <= 2
    torch._dynamo.reset()
