# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Modules that run past their hooks: the verdict names them, not the module around them."""

import pytest
import torch
from torch import nn

import flopwatch

FC_MACS = 4 * 8 * 8


def by_path(result):
    return {row.path: row for row in result.rows if not row.outside}


class Direct(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        return self.fc.forward(x) @ x.T


@pytest.mark.parametrize("record", ["watch", "count"])
def test_a_layer_called_by_its_forward(record):
    model, x = Direct(), torch.randn(4, 8)
    if record == "watch":
        with flopwatch.watch(model) as w:
            model(x)
        result = w.result
    else:
        result = flopwatch.count(model, x)
    rows = by_path(result)
    assert [(v.kind, v.amount, v.path) for v in rows[""].verdicts] == [
        ("called_unseen", -FC_MACS, "fc"),
        ("functional_missed", -4 * 8 * 4, ""),
    ]
    assert "it seems" in rows[""].verdicts[0].cause
    assert rows["fc"].state == "not_seen"
    assert [v.kind for v in rows["fc"].verdicts] == ["called_unseen"]
    assert "not called" not in result.report(explain=False)


def test_a_layer_that_is_not_called_is_still_not_called():
    class Unused(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.unused = nn.Linear(8, 8), nn.Linear(8, 8)
            self.w = nn.Parameter(torch.randn(8, 9))

        def forward(self, x):
            return self.fc(x) @ self.w

    model = Unused()
    with flopwatch.watch(model) as w:
        model(torch.randn(4, 8))
    rows = by_path(w.result)
    assert rows["unused"].state == "not_called"
    assert [v.kind for v in rows[""].verdicts] == ["functional_missed"]


def test_a_block_called_by_its_forward():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)

        def forward(self, x):
            return self.fc(x) @ x.T

    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = Block()

        def forward(self, x):
            return self.block.forward(x)

    model = Outer()
    with flopwatch.watch(model) as w:
        model(torch.randn(4, 8))
    rows = by_path(w.result)
    assert [(v.kind, v.amount, v.path) for v in rows[""].verdicts] == [("called_unseen", -4 * 8 * 4, "block")]
    assert rows["block.fc"].operator_macs == FC_MACS


def test_the_root_called_by_another_of_its_methods():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)

        def generate(self, x):
            return self.fc(x) @ x.T

    model = Net()
    with flopwatch.watch(model) as w:
        model.generate(torch.randn(4, 8))
    (verdict,) = by_path(w.result)[""].verdicts
    assert (verdict.kind, verdict.amount) == ("called_unseen", -4 * 8 * 4)
    assert "a method of it was called directly" in verdict.cause
