# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A result is exact, and columns agree, only where all that ran was looked into."""

import pytest
import torch
from torch import nn

import flopwatch
from flopwatch.testing import assert_flops, check_flops, record_flops

X = torch.randn(4, 8)


@torch.library.custom_op("exact::unknown", mutates_args=())
def unknown(x: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(x.numpy() * 2)


class Layer(nn.Module):
    def __init__(self, op=None):
        super().__init__()
        self.fc, self.head, self.op = nn.Linear(8, 8, bias=False), nn.Linear(8, 8, bias=False), op

    def forward(self, x):
        return self.head(self.fc(x) if self.op is None else self.op(self.fc(x).detach()))


def kinds(result, path):
    row = next(row for row in result.rows if row.path == path)
    return [v.kind for v in row.verdicts]


def first_of_totals(result):
    """What stands between the table of modules and the totals, on one line."""
    between = result.report(width=120).partition("1 MAC = 1 multiply")[2].partition("Totals")[0]
    return " ".join(between.partition("! NOT EXACT: ")[2].split())


def test_a_whole_count_is_exact_and_agrees():
    result = flopwatch.count(Layer(), X)
    assert result.exact and not result.lost_data and result.data["not_exact_because"] == []
    assert kinds(result, "") == kinds(result, "fc") == ["agrees"]
    assert first_of_totals(result) == "" and "The columns agree" in result.report()


def test_an_operator_without_a_rule_makes_it_inexact():
    model = Layer(unknown)
    result = flopwatch.count(model, X)
    assert not result.exact and not result.lost_data
    assert result.exit_code == 0, "nothing was lost while recording"
    line = first_of_totals(result)
    assert "exact::unknown" in line and "operator column may be too low" in line
    assert kinds(result, "") == ["equal_as_counted", "unsupported_operator"]
    assert kinds(result, "fc") == ["agrees"]
    assert "agree:" not in result.report() and "Equal as far as they were counted" in result.report()
    counted = flopwatch.count(model, X, operator_rules={"exact::unknown": lambda call: flopwatch.Work(other_flops=32)})
    assert counted.exact and kinds(counted, "") == ["agrees"]


def test_a_data_loss_of_severity_error_does_too():
    def broken(m, x, y):
        raise ValueError("no")

    result = flopwatch.count(Layer(), X, custom_ops={nn.Linear: broken})
    assert not result.exact and result.lost_data and result.exit_code == 5
    assert first_of_totals(result).startswith("Data was lost while recording")


def test_guards_refuse_what_they_refused_before(tmp_path):
    model = Layer(unknown)
    assert_flops(model, X, macs=512, allow_unsupported=["exact::unknown"])
    with pytest.raises(AssertionError, match=r"not counted: exact::unknown"):
        assert_flops(model, X, macs=512)
    path = tmp_path / "flops.txt"
    record_flops(path, "it", flopwatch.count(model, X))
    check_flops(path, "it", flopwatch.count(model, X))

    def broken(m, x, y):
        raise ValueError("no")

    lost = flopwatch.count(Layer(), X, custom_ops={nn.Linear: broken})
    with pytest.raises(flopwatch.UsageError, match="not exact"):
        check_flops(path, "it", lost)


def test_a_rule_is_not_said_to_agree_with_what_was_not_counted():
    class Block(nn.Module):
        def __init__(self, n=8):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(n, n))

        def forward(self, x):
            return unknown((x @ self.weight).detach())

    def rule(m, x, y):
        m.total_ops += torch.DoubleTensor([int(x[0].numel() * m.weight.shape[1])])

    found = flopwatch.check_rule(rule, Block(), lambda B: (torch.randn(B, 8),), sizes={"B": (2, 3, 4)})
    assert found.verdict == "inconclusive" and not found.agrees, found
    assert "some of what ran has no count" in found.text
