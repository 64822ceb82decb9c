# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever happens while a model is profiled, it is as before after it."""

import pytest
import torch
from torch import nn

from common_models import Outer, SmallNet
from flopwatch import profile
from flopwatch._thop.run import ThopRun
from model_state import state_of
from thop_reference import thop_profile

IMAGE = (torch.randn(2, 3, 8, 8),)


def hooked_net():
    """With hooks, leaks of an old thop, and each training flag of its own."""
    model = SmallNet()
    model.body.register_forward_hook(lambda m, x, y: None)
    model.body[0].register_forward_pre_hook(lambda m, x: None)
    model.heads[1].register_forward_hook(lambda m, x, kwargs, y: None, with_kwargs=True, always_call=True)
    model.heads[0].register_full_backward_hook(lambda m, gi, go: None)
    model.body[2].register_buffer("total_ops", torch.tensor([12.5], dtype=torch.float64))
    model.body[2].register_buffer("after_it", torch.ones(2))
    model.heads[0].register_buffer("total_params", torch.tensor([3], dtype=torch.int32), persistent=False)
    model.heads[0].register_buffer("total_ops", None)
    model.body[0].training, model.heads.training = False, False
    return model


def model_leaked_by_thop():
    model = SmallNet()
    thop_profile(model, IMAGE, verbose=False)
    assert "total_ops" in model.state_dict()
    return model


MODELS = {
    "plain": SmallNet,
    "hooked": hooked_net,
    "leaked": model_leaked_by_thop,
    "nested": lambda: Outer(hooked_net()),
}


@pytest.fixture(params=MODELS.values(), ids=MODELS.keys())
def model(request):
    return request.param()


@pytest.mark.parametrize("training", [True, False])
def test_after_success(model, training):
    model.train(training)
    next(m for m in model.modules() if isinstance(m, nn.BatchNorm2d)).eval()
    before = state_of(model)
    macs, parameters = profile(model, IMAGE, verbose=False)
    assert state_of(model) == before
    assert macs > 0 and parameters > 0


def test_scripted_module_is_left_alone_and_counts_nothing():
    """thop cannot add its counters there and raises."""
    model = Outer(nn.Sequential(nn.Linear(4, 4), torch.jit.script(nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)))))
    before = state_of(model)
    assert profile(model, (torch.ones(2, 4),), verbose=False) == (32, 20)
    assert state_of(model) == before
    kind = type(model.inner[1])
    with pytest.raises(ValueError, match="a rule cannot count in a scripted module"):
        profile(model, (torch.ones(2, 4),), {kind: print}, verbose=False)
    assert state_of(model) == before


def test_frozen_scripted_module_has_no_flag_to_restore():
    frozen = torch.jit.freeze(torch.jit.script(nn.Linear(4, 4).eval()))
    assert profile(Outer(nn.Sequential(nn.Linear(4, 4), frozen)), (torch.ones(2, 4),), verbose=False) == (32, 20)


class Stop(Exception):
    pass


@pytest.mark.parametrize("error", [Stop, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("where", ["forward", "rule", "rule_of_the_root", "eval", "observer"])
def test_after_an_exception(model, where, error):
    """From a child's forward, halfway; from a rule; from the model's own eval()."""
    raised = error("as asked")

    def fail(*_args, **_kwargs):
        raise raised

    class Failing(type(model)):
        def eval(self):
            super().eval()
            return fail() if where == "eval" else self

    model.__class__ = Failing
    if where == "forward":
        model.get_submodule("inner.heads.1" if isinstance(model, Outer) else "heads.1").register_forward_pre_hook(fail)
    kinds = {"rule": nn.Linear, "rule_of_the_root": Failing}
    custom_ops = {kinds[where]: fail} if where in kinds else {}
    before = state_of(model)
    with pytest.raises(error) as caught:
        if where == "observer":
            ThopRun(model, custom_ops, observer=Observer(fail)).run(IMAGE)
        else:
            profile(model, IMAGE, custom_ops, verbose=False)
    assert caught.value is raised
    assert state_of(model) == before


class Observer:
    def __init__(self, answered=lambda *_: None):
        self.rule_answered = answered

    def rule_failed(self, *_):
        raise AssertionError("no rule fails here")


def test_refused_model_is_left_alone():
    model = SmallNet()
    model.heads[1].total_ops = 5  # thop's rules would add to it
    before = state_of(model)
    with pytest.raises(ValueError, match="SubLinear has its own attribute 'total_ops'"):
        profile(model, IMAGE, verbose=False)
    assert state_of(model) == before
    assert model.heads[1].total_ops == 5


class Counting(nn.Module):
    """Changes its buffers in each forward, in eval mode too: in place, by assignment, past autograd's version."""

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(1))
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("hidden", torch.zeros(3))
        self.register_buffer("cache", torch.zeros(0))
        self.register_buffer("mask", None)
        self.cached = 0

    def forward(self, x):
        self.calls += 1
        self.mean = 0.5 * self.mean + x.mean(0)
        self.hidden.data.add_(1)
        if self.cached < len(x):
            self.cache, self.cached, self.mask = torch.ones(len(x)), len(x), torch.ones(len(x))
        return x


def test_buffers_that_the_forward_changes():
    model = Outer(Counting())
    buffers, versions = dict(model.inner._buffers), {n: b._version for n, b in model.inner.named_buffers()}
    profile(model, (torch.ones(2, 3),), verbose=False)
    for name in ("calls", "mean", "hidden"):
        assert model.inner._buffers[name] is buffers[name]
        assert not buffers[name].any()
    for name in ("mean", "hidden"):
        assert buffers[name]._version == versions[name]
    assert len(model.inner.cache) == model.inner.cached == 2  # a cache that grew fits what is noted of it
    assert len(model.inner.mask) == 2


def test_a_graph_of_the_users_stays_usable():
    """Batch normalisation in eval mode keeps its running statistics for the backward."""
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)).eval()
    loss = model(torch.randn(3, 4)).sum()
    profile(model, (torch.randn(3, 4),), verbose=False)
    loss.backward()
    assert model[0].weight.grad is not None


class Merging(nn.Linear):
    """Merges a correction into its weight in eval(), and takes it out in train(), as adapters of weights do."""

    def __init__(self):
        super().__init__(2, 2, bias=False)
        self.merged = False
        nn.init.ones_(self.weight)

    def train(self, mode=True):
        super().train(mode)
        if self.merged == mode:
            self.weight.data.add_(-2 if mode else 2)
            self.merged = not mode
        return self


@pytest.mark.parametrize("training", [True, False])
def test_a_train_method_that_does_more_undoes_it(training):
    model = Outer(nn.Sequential(Merging(), Merging().eval(), nn.Linear(2, 2)))
    model.training = model.inner.training = training

    def layers():
        return [(layer.training, layer.merged, layer.weight[0, 0].item()) for layer in model.inner[:2]]

    assert layers() == [(True, False, 1), (False, True, 3)]
    profile(model, (torch.ones(1, 2),), verbose=False)
    assert layers() == [(True, False, 1), (False, True, 3)]


class Noisy(nn.Module):
    def forward(self, x):
        return x + torch.rand(x.shape)


def test_random_numbers_go_on_as_if_nothing_had_run():
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    profile(Noisy(), (torch.ones(2),), verbose=False)
    assert torch.equal(torch.rand(4), expected)


def test_model_trains_on_after_it():
    """Same losses bit for bit, dropout and running statistics included."""

    def losses(profiled):
        torch.manual_seed(1)
        model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(4):
            if profiled:
                profile(model, (torch.ones(3, 4),), verbose=False)
            loss = model(torch.randn(6, 4)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield loss.item()

    assert list(losses(True)) == list(losses(False))
