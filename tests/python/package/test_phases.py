# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""An optimizer's step is a phase of its own, found without a change of the program; the phases add up."""

import json

import pytest
import torch
from torch import nn

import flopwatch

PHASES = ("forward", "backward", "recompute", "optimizer")
MACS = 4 * 8 * 8


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 8))


def loss_of(model, x):
    return ((model(x) - 1) ** 2).mean()


def train(model, x, optimizer, steps=2):
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(model, x).backward()
        optimizer.step()


def watched(model, run):
    with flopwatch.watch(model) as w:
        run()
    return w.result


def by_phase(result):
    """phase -> operator names, but for views and copies."""
    names = {}
    for o in result.data["operators"]:
        if o["operator_macs"] or o["operator_other_flops"]:
            names.setdefault(o["phase"], set()).add(o["name"].partition(".")[0])
    return names


def check_sums(result):
    whole = result.total.operator
    assert tuple(whole.macs_by_phase) == PHASES == tuple(whole.other_flops_by_phase)
    assert sum(whole.macs_by_phase.values()) == whole.macs
    assert sum(whole.other_flops_by_phase.values()) == whole.other_flops
    for row in result.rows:
        assert sum(row.operator_macs_by_phase.values()) == row.operator_macs
        assert sum(row.operator_other_flops_by_phase.values()) == row.operator_other_flops
    listed = dict.fromkeys(PHASES, 0)
    for o in result.data["operators"]:
        listed[o["phase"]] += o["operator_other_flops"]
    assert listed == whole.other_flops_by_phase


@pytest.mark.parametrize("foreach", [False, True])
def test_a_step_is_a_phase_with_a_row_of_its_own(foreach):
    model, x = net(), torch.randn(4, 8)
    optimizer = torch.optim.Adam(model.parameters(), foreach=foreach)
    result = watched(model, lambda: train(model, x, optimizer))
    check_sums(result)
    assert result.total.operator.macs_by_phase == {
        "forward": 4 * MACS, "backward": 6 * MACS, "recompute": 0, "optimizer": 0,
    }  # fmt: skip
    (row,) = [row for row in result.rows if row.path == "Adam.step"]
    assert (row.type, row.calls) == ("Optimizer", 2)
    optimizer_flops = result.total.operator.other_flops_by_phase["optimizer"]
    assert row.operator_other_flops == row.operator_other_flops_by_phase["optimizer"] == optimizer_flops
    assert optimizer_flops > 2 * sum(p.numel() for p in model.parameters())
    assert not by_phase(result)["forward"] & {"aten::addcdiv_", "aten::_foreach_addcdiv_", "aten::lerp_"}
    assert result.losses == []


def test_results_are_the_same_bits():
    x = torch.randn(4, 8)

    def stepped(model):
        optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3)

        def closure():
            optimizer.zero_grad()
            loss = loss_of(model, x)
            loss.backward()
            return loss

        optimizer.step(closure)
        return list(model.parameters())

    plain, model = stepped(net()), net()
    watched(model, lambda: stepped(model))
    assert all(torch.equal(a, b) for a, b in zip(plain, model.parameters()))


@pytest.mark.parametrize("keyword", [False, True])
def test_what_a_closure_runs_is_forward_and_backward(keyword):
    model, x = net(), torch.randn(4, 8)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3, history_size=2)
    calls = []

    def closure():
        """of the user"""
        calls.append(1)
        optimizer.zero_grad()
        loss = loss_of(model, x)
        loss.backward()
        return loss

    result = watched(model, lambda: optimizer.step(closure=closure) if keyword else optimizer.step(closure))
    n = len(calls)
    assert n > 1
    check_sums(result)
    assert result.total.operator.macs_by_phase["forward"] == 2 * n * MACS
    assert result.total.operator.macs_by_phase["backward"] == 3 * n * MACS
    assert {"aten::pow", "aten::mean"} <= by_phase(result)["forward"], "the loss, which is in no module"
    assert "aten::mean" not in by_phase(result)["optimizer"]
    assert {"aten::abs", "aten::dot"} & by_phase(result)["optimizer"]
    assert "aten::dot" not in by_phase(result)["forward"]


def test_products_of_an_optimizer():
    class Orthogonal(torch.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

        @torch.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    if p.ndim == 2:
                        p.sub_(p.grad @ p.grad.T @ p.grad, alpha=0.01)

    model, x = net(), torch.randn(4, 8)
    result = watched(model, lambda: train(model, x, Orthogonal(model.parameters()), steps=1))
    check_sums(result)
    assert result.total.operator.macs_by_phase["optimizer"] == 2 * 2 * 8 * 8 * 8
    root = result.rows[0]
    (verdict,) = [v for v in root.verdicts if v.kind == "backward_not_in_formula"]
    assert verdict.amount == -(3 * MACS + 4 * 8 * 8 * 8) and "the backward pass and the optimizer" in verdict.cause


def test_clipping_and_scaling_outside_of_the_step_are_forward():
    model, x = net(), torch.randn(4, 8)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def run():
        loss_of(model, x).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    result = watched(model, run)
    check_sums(result)
    assert {"aten::linalg_vector_norm", "aten::_foreach_norm"} & by_phase(result)["forward"]
    assert by_phase(result)["optimizer"] <= {"aten::add_", "aten::_foreach_add_"}


def test_a_step_that_raises_ends_its_phase():
    class Broken(torch.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

        def step(self, closure=None):
            torch.ones(3) + 1
            raise ValueError("no step today")

    model = net()
    optimizer = Broken(model.parameters())

    def run():
        with pytest.raises(ValueError, match="no step today"):
            optimizer.step()
        torch.zeros(5) * 2

    result = watched(model, run)
    assert by_phase(result) == {"optimizer": {"aten::add"}, "forward": {"aten::mul"}}
    assert result.losses == []


def test_a_step_inside_backward_is_still_one():
    model, x = net(), torch.randn(4, 8)
    for p in model.parameters():
        one = torch.optim.SGD([p], lr=0.1)
        p.register_post_accumulate_grad_hook(lambda _, one=one: one.step())
    result = watched(model, lambda: loss_of(model, x).backward())
    check_sums(result)
    assert by_phase(result)["optimizer"] <= {"aten::add_", "aten::_foreach_add_"}
    assert result.total.operator.macs_by_phase["backward"] == 3 * MACS
    assert result.total.operator.macs_by_phase["recompute"] == 0


def test_one_phase_alone_in_the_report():
    model, x = net(), torch.randn(4, 8)
    result = watched(model, lambda: train(model, x, torch.optim.AdamW(model.parameters()), steps=1))
    for phase in PHASES:
        totals = json.loads(result.json(phase=phase))["totals"]
        assert totals["operator_macs"] == result.total.operator.macs_by_phase[phase]
        assert totals["operator_other_flops"] == result.total.operator.other_flops_by_phase[phase]
        assert f"phase: {phase} alone" in result.report(phase=phase)
    backward = result.report(phase="backward")
    assert f"{3 * MACS:,}" in backward and f"{5 * MACS:,}" not in backward
    with pytest.raises(flopwatch.UsageError, match="not 'sideways'"):
        result.report(phase="sideways")


def test_phases_are_columns_of_the_frame():
    pandas = pytest.importorskip("pandas")
    model, x = net(), torch.randn(4, 8)
    result = watched(model, lambda: train(model, x, torch.optim.SGD(model.parameters(), lr=0.1), steps=1))
    frame = result.modules
    assert isinstance(frame, pandas.DataFrame)
    assert frame["backward_macs"].iloc[0] == 3 * MACS and frame["forward_macs"].iloc[0] == 2 * MACS
    total = sum(frame[f"{phase}_other_flops"].iloc[0] for phase in PHASES)
    assert total == frame["operator_other_flops"].iloc[0]
