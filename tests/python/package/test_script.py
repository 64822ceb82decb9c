# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""TorchScript: operators that its interpreter runs itself, and scopes of the modules inside a script module."""

import contextlib

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import flopwatch

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*Conv BatchNorm folding.*:UserWarning"),
]
IMAGE = torch.randn(2, 3, 8, 8)
ROWS = torch.randn(2, 4)


class Convolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide, self.norm, self.thin = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 4, 1)
        self.act, self.head = nn.Hardswish(), nn.Linear(4, 5)

    def forward(self, x):
        y = self.act(self.norm(self.wide(x)))
        y = F.max_pool2d(torch.relu(self.thin(y)), 2)
        return self.head(y.mean((2, 3)))


CONVOLUTIONS = 2 * 36 * 8 * 27 + 2 * 36 * 4 * 8 + 2 * 4 * 5


def optimized(model):
    return torch.jit.optimize_for_inference(torch.jit.script(model.eval()))


def kinds(result, severity=None):
    return [loss["kind"] for loss in result.losses if severity in (None, loss["severity"])]


def below(result):
    return {row.path: (row.calls, row.operator_macs) for row in result.rows if row.path and not row.outside}


@pytest.mark.parametrize("runs_before", [0, 3])
def test_convolutions_of_optimize_for_inference(runs_before):
    model = optimized(Convolutions())
    with torch.no_grad():
        for _ in range(runs_before):
            model(IMAGE)
        result = flopwatch.count(model, (IMAGE,))
    assert result.total.operator.macs == CONVOLUTIONS
    # All but the normalisation, which is folded into the weights.
    plain = flopwatch.count(Convolutions().eval(), (IMAGE,), formula=None)
    norm = next(row for row in plain.rows if row.path == "norm").operator_other_flops
    assert result.total.operator.other_flops == plain.total.operator.other_flops - norm
    assert result.exact and not result.unsupported


def test_every_shape_is_counted_by_itself():
    model = optimized(nn.Sequential(nn.Conv2d(3, 8, 3)))
    with torch.no_grad(), flopwatch.watch(model) as w:
        for side in (8, 10, 8, 5):
            model(torch.randn(1, 3, side, side))
    assert w.result.total.operator.macs == 8 * 27 * sum((side - 2) ** 2 for side in (8, 10, 8, 5))
    assert w.result.exact


class Chooses(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 8, 3), nn.Conv2d(3, 4, 1)

    def forward(self, x, first: bool, times: int):
        y = self.a(x) if first else self.b(x)
        for _ in range(times):
            y = y + self.a(x).sum()
        return y


@pytest.mark.parametrize("first,times", [(True, 0), (False, 0), (True, 2), (False, 3)])
def test_branches_and_loops_are_followed(first, times):
    model = optimized(Chooses())
    with torch.no_grad():
        result = flopwatch.count(model, (IMAGE, first, times))
    assert result.total.operator.macs == (2 * 36 * 8 * 27 if first else 2 * 64 * 4 * 3) + times * 2 * 36 * 8 * 27
    assert result.exact


class Asks(Chooses):
    def forward(self, x):
        return self.a(x) if bool(x.sum() > 0) else self.b(x)


def test_what_depends_on_values_is_a_loss_that_names_it():
    model = optimized(Asks())
    with torch.no_grad():
        result = flopwatch.count(model, (IMAGE,))
    assert not result.exact
    (loss,) = (loss for loss in result.losses if loss["kind"] == "script_not_counted")
    assert loss["severity"] == "error" and "prim::mkldnn_convolution in Asks.forward" in loss["text"]


def test_a_call_that_raises_is_not_counted():
    model = optimized(nn.Sequential(nn.Conv2d(3, 8, 3)))
    with torch.no_grad(), flopwatch.watch(model) as w:
        with pytest.raises(RuntimeError):
            model(torch.randn(1, 5, 8, 8))
    assert w.result.total.operator.macs == 0


@contextlib.contextmanager
def fuser_without_llvm():
    c = torch._C
    before = c._jit_can_fuse_on_cpu(), c._jit_get_te_must_use_llvm_cpu()
    c._jit_override_can_fuse_on_cpu(True)
    c._jit_set_te_must_use_llvm_cpu(False)
    try:
        yield
    finally:
        c._jit_override_can_fuse_on_cpu(before[0])
        c._jit_set_te_must_use_llvm_cpu(before[1])


class Elementwise(nn.Module):
    def forward(self, x, y):
        return torch.sigmoid(x * y + x) * y


def test_fused_group_is_counted_by_its_operators():
    x, y = torch.randn(4, 6), torch.randn(4, 6)
    with torch.no_grad(), fuser_without_llvm():
        model = torch.jit.script(Elementwise())
        for _ in range(4):
            model(x, y)
        assert "TensorExprGroup" in str(torch.jit.last_executed_optimized_graph())
        with flopwatch.watch(model) as w:
            model(x, y)
    assert w.result.total.operator.other_flops == 4 * 24 or not w.result.exact
    assert w.result.total.operator.other_flops <= 4 * 24


@torch.jit.script
def free_function(x, y):
    return torch.sigmoid(x * y + x) * y


def test_function_is_exact_only_where_nothing_fuses():
    x, y = torch.randn(4, 6), torch.randn(4, 6)
    result = flopwatch.count(lambda: free_function(x, y))
    assert result.exact and result.total.operator.other_flops == 4 * 24
    with fuser_without_llvm():
        assert kinds(flopwatch.count(lambda: free_function(x, y)), "error") == ["script_not_counted"]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)

    def forward(self, x):
        return torch.relu(self.l(x))


class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.blocks = Block(), nn.ModuleList([Block(), Block()])
        self.tail = nn.Sequential(nn.Linear(4, 3), nn.ReLU())

    def forward(self, x):
        x = self.a(self.a(x))
        for block in self.blocks:
            x = block(x)
        return self.tail(x @ x.t() @ x)


@pytest.mark.parametrize("convert", [torch.jit.script, lambda m: torch.jit.trace(m, ROWS)], ids=["script", "trace"])
@pytest.mark.parametrize("runs_before", [0, 3])
def test_modules_inside_have_scopes(convert, runs_before):
    eager = flopwatch.count(Nested(), (ROWS,), formula=None)
    model = convert(Nested())
    for _ in range(runs_before):
        model(ROWS)
    result = flopwatch.count(model, (ROWS,), formula=None)
    assert below(result) == below(eager)
    assert result.rows[0].operator_macs == eager.rows[0].operator_macs
    assert result.exact and not kinds(result)


def test_backward_belongs_to_the_module():
    def trained(model):
        with flopwatch.watch(model) as w:
            model(ROWS).sum().backward()
        return w.result

    eager = trained(Nested())
    model = torch.jit.script(Nested())
    # Once it is optimized, one node stands for the whole backward pass, and its work is in the module's own row.
    for _ in range(4):
        scripted = trained(model)
        assert scripted.total.operator.macs == eager.total.operator.macs
        assert scripted.rows[0].operator_macs == eager.rows[0].operator_macs


def test_inside_an_eager_module():
    model = nn.Sequential(nn.Linear(4, 4), torch.jit.script(Nested()))
    result = flopwatch.count(model, (ROWS,), formula=None)
    assert below(result)["1.blocks.0.l"] == (1, 32)
    assert below(result)["1.a"] == (2, 64)


def test_names_that_cannot_be_told_apart_stay_with_the_module_around_them():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.ModuleList([Block()]), nn.ModuleList([Block()])

        def forward(self, x):
            for block in self.left:
                x = block(x)
            for block in self.right:
                x = block(x)
            return x

    result = flopwatch.count(torch.jit.script(Two()), (ROWS,), formula=None)
    assert result.total.operator.macs == 2 * 32
    assert all(macs == 0 for _, macs in below(result).values())


def test_frozen_module_counts_in_its_own_row_and_says_so():
    model = torch.jit.freeze(torch.jit.script(Nested().eval()))
    result = flopwatch.count(model, (ROWS,), formula=None)
    assert below(result) == {}
    assert result.rows[0].operator_macs == flopwatch.count(Nested(), (ROWS,), formula=None).total.operator.macs
    assert kinds(result) == ["script_frozen"] and result.exact
