# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Rules that no call asked are named at the end, with what ran instead."""

import pytest
import torch
from torch import nn

import flopwatch

X = torch.randn(4, 8)


def named(result, kind):
    found = [loss for loss in result.losses if loss["kind"] == kind]
    assert all(loss["severity"] == "warning" for loss in found)
    return found[0]["text"].rpartition("leave it out. ")[2] if found else None


def of_operators(result):
    return named(result, "operator_rule_never_asked")


def of_modules(result):
    return named(result, "module_rule_never_asked")


def macs(call):
    return 1


def test_a_misspelled_operator_is_named_with_the_nearest():
    result = flopwatch.count(nn.Linear(8, 8), X, operator_rules={"aten::lineer": macs})
    assert of_operators(result) == "aten::lineer (nearest that ran: aten::linear)."
    assert "aten::lineer" in result.report()
    assert result.exact and result.exit_code == 0, "the count lacks nothing"


def test_a_rule_below_one_that_counts_is_named_with_that_one():
    result = flopwatch.count(nn.Linear(8, 8), X, operator_rules={"aten::addmm": macs})
    assert of_operators(result) == "aten::addmm (it ran only inside aten::linear, which counts as a whole)."


def test_handles_and_watch_and_several():
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
    with flopwatch.watch(
        model, operator_handles={"aten::rellu": lambda i, o: 1}, operator_rules={"aten::linear": macs, "a::b": macs}
    ) as w:
        model(X)
    assert of_operators(w.result) == "a::b, aten::rellu (nearest that ran: aten::relu)."
    assert w.result.total.operator.macs == 1


def test_nothing_is_said_of_rules_that_were_asked_or_that_a_library_registered(monkeypatch):
    from torch.utils import flop_counter

    monkeypatch.setattr(flop_counter, "flop_registry", dict(flop_counter.flop_registry))

    @torch.library.custom_op("never_asked::op", mutates_args=())
    def op(x: torch.Tensor) -> torch.Tensor:
        return x.clone()

    flop_counter.register_flop_formula(torch.ops.never_asked.op)(lambda *a, **k: 2)
    assert torch.ops.never_asked.op in flop_counter.flop_registry
    result = flopwatch.count(nn.Linear(8, 8), X, operator_rules={"aten::linear": macs})
    assert of_operators(result) is None and result.losses == []


def test_a_rule_of_a_training_step_is_asked_in_any_phase():
    model = nn.Linear(8, 8)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, foreach=False)
    with flopwatch.watch(model, operator_rules={"aten::add_": macs}) as w:
        model(X).sum().backward()
        optimizer.step()
    assert of_operators(w.result) is None
    assert w.result.total.operator.macs_by_phase["optimizer"] == 2


class Mine(nn.Linear):
    pass


def rule(m, x, y):
    m.total_ops += 1


@pytest.mark.parametrize(
    "types, text",
    [
        ([nn.Linear], None),
        ([nn.Bilinear], "Bilinear (nearest in the model: Linear)."),
        ([nn.Conv2d], "Conv2d."),
        ([type("Linear", (nn.Module,), {})], "Linear (the model has another class of that name)."),
    ],
)
def test_custom_ops_of_types_that_are_not_there(types, text):
    result = flopwatch.count(nn.Sequential(nn.Linear(8, 8)), X, custom_ops=dict.fromkeys(types, rule))
    assert of_modules(result) == text


def test_a_rule_for_a_base_class_is_named_with_the_derived_one():
    model = nn.Sequential(Mine(8, 8))
    with flopwatch.watch(model, custom_ops={nn.Linear: rule}) as w:
        model(X)
    assert of_modules(w.result) == "Linear (derived from it: Mine)."
