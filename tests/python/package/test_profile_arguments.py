# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The signature of profile, what it refuses, and what it hands to explained() and to an observer."""

import inspect
import sys
import types

import pytest
import thop
import torch
from torch import nn

import flopwatch
from common_models import Block, SubLinear
from flopwatch._errors import FlopwatchError
from flopwatch._thop.run import ThopRun

X = torch.zeros(4, 8)


@pytest.mark.parametrize(
    "ours,reference", [(flopwatch.profile, thop.profile), (flopwatch.clever_format, thop.clever_format)]
)
def test_signature_is_thops_and_ours_is_by_keyword_only(ours, reference):
    ours = list(inspect.signature(ours).parameters.values())
    shared = [p for p in ours if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    theirs = inspect.signature(reference).parameters.values()
    assert [(p.name, p.default) for p in shared] == [(p.name, p.default) for p in theirs]
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in ours[len(shared) :])


@pytest.mark.parametrize(
    "model,options,message",
    [
        (nn.Linear(8, 8), {"formula": "thop-2"}, "'thop' .* or 'installed' .*, not 'thop-2'"),
        (nn.Linear(8, 8), {"device": "cuda:1"}, "device says where explain=True measures"),
        (lambda x: x, {}, "only a torch.nn.Module can be profiled, and this is of type function"),
        (lambda x: x, {"formula": "installed"}, "only a torch.nn.Module can be profiled"),
    ],
)
def test_refused(model, options, message):
    with pytest.raises(ValueError, match=message) as caught:
        flopwatch.profile(model, (X,), **options)
    assert isinstance(caught.value, FlopwatchError)


def test_explain_hands_over_everything(monkeypatch):
    taken = []
    stand_in = types.ModuleType("flopwatch._thop.explain")
    stand_in.explained = lambda *args, **kwargs: taken.append((args, kwargs)) or ("macs", "params", "result")
    monkeypatch.setitem(sys.modules, "flopwatch._thop.explain", stand_in)
    model, rules = nn.Linear(8, 8), {nn.Linear: print}
    ours = {"explain": True, "formula": "installed", "device": "cpu"}
    returned = flopwatch.profile(model, (X,), rules, False, True, True, **ours)
    assert returned == ("macs", "params", "result")
    assert taken == [
        (
            (model, (X,), rules),
            {
                "run": {"verbose": False, "report_missing": True},
                "formula": "installed",
                "device": "cpu",
                "ret_layer_info": True,
            },
        )
    ]


class Notes:
    """An observer that records its calls."""

    def __init__(self):
        self.answers, self.failures = [], []

    def rule_answered(self, module, x, y, amount):
        self.answers.append((module, tuple(x[0].shape), tuple(y.shape), amount))

    def rule_failed(self, module, x, y, error):
        self.failures.append((module, tuple(y.shape), error))


def test_observer_is_told_of_each_call():
    model = Block(calls=["a", "b", "a", "c", "d", "b"], a=nn.Linear(8, 8), b=SubLinear(8, 8), c=nn.ReLU(), d=nn.GELU())
    amounts = iter([2.5, 3.0])
    notes = Notes()
    run = ThopRun(model, {SubLinear: lambda m, x, y: m.total_ops.add_(next(amounts)) and None}, observer=notes)
    run.run((X,))
    shape = (4, 8)
    expected = [(model.a, 256), (model.b, 2.5), (model.a, 256), (model.c, 0), (model.b, 3)]
    assert notes.answers == [(module, shape, shape, amount) for module, amount in expected]
    assert [type(amount) for *_, amount in notes.answers] == [int, float, int, int, int]
    assert not notes.failures
    assert run.total() == (517.5, 144)


def test_observer_hears_of_a_shared_module_once_for_each_hook():
    shared = nn.Linear(8, 8)
    notes = Notes()
    run = ThopRun(nn.Sequential(Block(a=shared), Block(a=shared)), observer=notes)
    run.run((X,))
    amounts = [amount for module, _, _, amount in notes.answers if module is shared]
    assert amounts == [256] * 4
    assert run.total()[0] == 2048  # thop adds the four once for each parent


def test_rule_that_fails_before_an_observer_counts_nothing_and_the_run_goes_on():
    def fails_halfway(module, x, y):
        module.total_ops += 1000
        module.total_ops = module.total_ops * 2
        raise ZeroDivisionError("in a rule")

    model = Block(a=nn.Linear(8, 8), b=SubLinear(8, 8), c=nn.Linear(8, 8))
    notes = Notes()
    run = ThopRun(model, {SubLinear: fails_halfway}, observer=notes)
    run.run((X,))
    ((module, shape, error),) = notes.failures
    assert module is model.b and shape == (4, 8) and str(error) == "in a rule"
    assert run.total() == (512, 216)
    with pytest.raises(ZeroDivisionError):
        ThopRun(model, {SubLinear: fails_halfway}).run((X,))


def test_keyword_arguments_reach_the_model_and_not_the_rule():
    class Scaled(nn.Module):
        def forward(self, x, *, by):
            return x * by

    seen = []
    run = ThopRun(Scaled(), {Scaled: lambda m, x, y: seen.append((len(x), y[0, 0].item()))})
    run.run((X + 1,), {"by": 3})
    assert seen == [(1, 3)]


def test_no_answer_before_a_run_or_after_one_that_failed():
    run = ThopRun(nn.Linear(8, 8))
    with pytest.raises(ValueError, match="call run"):
        run.total()
    run.run((X,))
    assert run.total() == (256, 0) and run.layers() == {}
    with pytest.raises(RuntimeError):
        run.run((torch.zeros(4, 7),))
    with pytest.raises(ValueError, match="call run"):
        run.layers()
