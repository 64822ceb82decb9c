# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Rules of the user's in count and watch: what they may do wrong is named, and never harms the model."""

import pytest
import torch
from torch import nn

import flopwatch
from common_models import Outer
from model_state import state_of


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        return self.fc(x)


def count(model, x, rule):
    return flopwatch.count(model, (x,), custom_ops={Block: rule})


def watch(model, x, rule):
    with flopwatch.watch(model, custom_ops={Block: rule}) as w:
        model(x)
    return w.result


def adds(amount):
    def rule(m, x, y):
        m.total_ops += amount

    return rule


GOOD = {
    "adds a number": adds(1000),
    "adds a tensor, as thop's own do": adds(torch.DoubleTensor([1000])),
    "puts a tensor in its place": lambda m, x, y: setattr(m, "total_ops", torch.DoubleTensor([1000])),
    "returns a number": lambda m, x, y: 1000,
    "reads shapes": lambda m, x, y: x[0].shape[0] * 250,
}


@pytest.mark.parametrize("run", [count, watch])
@pytest.mark.parametrize("rule", GOOD.values(), ids=GOOD)
def test_a_rule_gives_the_formula(run, rule):
    model, x = Outer(Block()), torch.randn(4, 8)
    before = state_of(model)
    result = run(model, x, rule)
    assert result.total.formula.macs == 1000 and result.total.operator.macs == 256
    assert [(v.kind, v.amount) for v in result.rows[0].verdicts] == [("rule_wrong", 744)]
    assert result.losses == [] and state_of(model) == before


def raises(m, x, y):
    raise ZeroDivisionError("the rule's own")


BAD = {
    "raises": (raises, "rule_failed", "the rule's own"),
    "negative": (adds(-5), "rule_negative", "inner"),
    "not a number": (adds(float("nan")), "rule_failed", "nan"),
    "infinite": (adds(float("inf")), "rule_failed", "inf"),
    "half a MAC": (adds(0.5), "rule_failed", "0.5"),
    "more than 64 bits": (adds(1e30), "rule_failed", "64-bit"),
}


@pytest.mark.parametrize("run", [count, watch])
@pytest.mark.parametrize("rule, kind, text", BAD.values(), ids=BAD)
def test_a_rule_that_cannot_be_used_is_a_named_loss(run, rule, kind, text):
    model, x = Outer(Block()), torch.randn(4, 8)
    before = state_of(model)
    result = run(model, x, rule)
    assert [loss["kind"] for loss in result.losses] == [kind]
    assert text in result.losses[0]["text"] and "inner" in result.losses[0]["text"]
    assert result.total.operator.macs == 256 and not result.exact and result.exit_code == 5
    assert state_of(model) == before


def test_a_rule_that_returns_a_tensor_does_not_replace_the_output_in_a_watch():
    model, x = Outer(Block()), torch.randn(4, 8)
    bare = model(x)
    with flopwatch.watch(model, custom_ops={Block: lambda m, x, y: y * 0}) as w:
        assert torch.equal(model(x), bare)
    counted = flopwatch.count(model, (x,), custom_ops={Block: lambda m, x, y: y * 0})
    for result in (w.result, counted):
        assert [loss["kind"] for loss in result.losses] == ["rule_failed"]
        assert "tensor" in result.losses[0]["text"]


def test_a_rule_counts_on_the_cpu_wherever_tensors_are_made():
    with torch.device("meta"):
        model, x = Outer(Block()), torch.randn(4, 8)
        for result in (count(model, x, adds(1000)), watch(model, x, adds(1000))):
            assert result.total.formula.macs == 1000 and result.losses == []


def test_what_a_rule_runs_is_not_the_models_work():
    def rule(m, x, y):
        torch.mm(x[0], x[0].T)
        m.fc(x[0])
        m.total_ops += 256

    model, x = Outer(Block()), torch.randn(4, 8)
    with flopwatch.watch(model, custom_ops={Block: rule}) as w:
        model(x)
    assert w.result.total.operator.macs == 256 == w.result.total.formula.macs
    assert [row.calls for row in w.result.rows if row.path == "inner.fc"] == [1]


def test_keyboard_interrupt_in_a_rule_passes_through():
    def rule(m, x, y):
        raise KeyboardInterrupt

    model, x = Outer(Block()), torch.randn(4, 8)
    before = state_of(model)
    for run in (count, watch):
        with pytest.raises(KeyboardInterrupt):
            run(model, x, rule)
        assert state_of(model) == before


def test_keyword_only_calls_have_no_input_for_a_rule_to_read():
    class Keywords(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.LayerNorm(8)

        def forward(self, x):
            return self.norm(input=x)

    with flopwatch.watch(Keywords()) as w:
        Keywords()
    model = Keywords()
    with flopwatch.watch(model) as w:
        model(torch.randn(4, 8))
    assert [loss["kind"] for loss in w.result.losses] == ["rule_failed"]
    assert "norm" in w.result.losses[0]["text"]


@pytest.mark.parametrize("key", ["Linear", nn.Linear(1, 1), int, None])
def test_keys_that_are_no_modules_are_refused(key):
    with pytest.raises(flopwatch.UsageError, match="custom_ops"):
        flopwatch.count(nn.Linear(8, 8), (torch.randn(4, 8),), custom_ops={key: adds(1)})


def test_a_rule_that_cannot_be_called_is_refused():
    with pytest.raises(flopwatch.UsageError, match="Linear"):
        flopwatch.watch(nn.Linear(8, 8), custom_ops={nn.Linear: 1000})


def test_none_takes_thops_own_rule_away():
    model, x = Outer(nn.Linear(8, 8)), torch.randn(4, 8)
    with flopwatch.watch(model, custom_ops={nn.Linear: None}) as w:
        model(x)
    assert w.result.total.formula.macs == 0
    assert [v.kind for v in w.result.rows[0].verdicts] == ["no_rule"]
