# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Backward belongs to the module whose forward made it; recomputation is a phase; gradients are the same bits."""

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

import flopwatch

MACS = 4 * 8 * 8


class Net(nn.Module):
    def __init__(self, checkpointed=None):
        super().__init__()
        self.first, self.second, self.checkpointed = nn.Linear(8, 8), nn.Linear(8, 8), checkpointed

    def forward(self, x):
        x = self.first(x)
        if self.checkpointed is None:
            return self.second(x)
        return checkpoint(self.second, x, use_reentrant=self.checkpointed)


def train(model, x):
    model.zero_grad()
    model(x).sum().backward()
    return [p.grad.clone() for p in model.parameters()]


def phases(result, path):
    index = next(i for i, row in enumerate(result.data["rows"]) if row["path"] == path and not row["outside"])
    sums = {}
    for o in result.data["operators"]:
        if o["row"] == index and o["operator_macs"]:
            sums[o["phase"]] = sums.get(o["phase"], 0) + o["operator_macs"]
    return sums


def test_backward_goes_to_the_module_whose_forward_it_is():
    model, x = Net(), torch.randn(4, 8, requires_grad=True)
    expected = train(model, x)
    with flopwatch.watch(model) as w:
        gradients = train(model, x)
    assert all(torch.equal(a, b) for a, b in zip(gradients, expected))
    for path in ("first", "second"):
        assert phases(w.result, path) == {"forward": MACS, "backward": 2 * MACS}
    assert ("backward_not_in_formula", -4 * MACS) in {(v.kind, v.amount) for v in merged(w.result.rows[0].verdicts)}
    assert w.result.losses == []


@pytest.mark.parametrize("reentrant", [True, False])
def test_what_a_checkpoint_computes_again_is_told_apart(reentrant):
    model, x = Net(checkpointed=reentrant), torch.randn(4, 8, requires_grad=True)
    expected = train(model, x)
    with flopwatch.watch(model) as w:
        gradients = train(model, x)
    assert all(torch.equal(a, b) for a, b in zip(gradients, expected))
    assert phases(w.result, "first") == {"forward": MACS, "backward": 2 * MACS}
    # The other kind saves the operands of `second` again, and stops before its product runs.
    again = {"recompute": MACS} if reentrant else {}
    assert phases(w.result, "second") == {"forward": MACS, "backward": 2 * MACS} | again
    second = next(row for row in w.result.rows if row.path == "second")
    assert second.formula_macs == MACS and second.calls == 1
    assert ("recompute" in {v.kind for v in second.verdicts}) == reentrant
    assert w.result.unsupported == [], "checkpointing has autograd functions of its own, which compute nothing"


def test_a_training_loop_does_not_grow_and_steps_add_up():
    model, x = Net(), torch.randn(4, 8)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    results = []
    for steps in (1, 20):
        with flopwatch.watch(model) as w:
            for _ in range(steps):
                optimizer.zero_grad()
                model(x).sum().backward()
                optimizer.step()
                w.step()
        results.append(w.result)
    one, twenty = results
    assert twenty.total.operator.macs == 20 * one.total.operator.macs
    assert len(twenty.data["operators"]) == len(one.data["operators"])


def merged(verdicts):
    """Verdicts of one kind as one."""
    sums = {}
    for v in verdicts:
        sums[v.kind] = sums.get(v.kind, 0) + v.amount
    return [type("Sum", (), {"kind": kind, "amount": amount}) for kind, amount in sums.items()]


def test_what_a_view_was_written_with_belongs_to_its_module():
    """Writing into a view makes three autograd nodes, and one call is seen."""

    class Halved(nn.Module):
        def forward(self, x):
            x = x * 1.0
            x[:, :4] *= 2.0
            return x

    model = nn.Sequential(Halved())
    with flopwatch.watch(model) as w:
        model(torch.randn(3, 8, requires_grad=True)).backward(torch.ones(3, 8))
    assert w.result.losses == []
    assert [row.operator_other_flops for row in w.result.rows if row.outside] == [0]
