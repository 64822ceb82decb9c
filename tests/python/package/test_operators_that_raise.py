# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Operators that raise before their kernel do not count; what hooks on saved tensors compute does."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.autograd.graph import save_on_cpu, saved_tensors_hooks
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.checkpoint import checkpoint

import flopwatch
from product_mode import product_macs

A, B = torch.randn(4, 6), torch.randn(6, 5)
IMAGE, FILTERS = torch.randn(1, 3, 5, 5), torch.randn(3, 2, 3, 3)
INTEGERS = torch.empty(4, 5, dtype=torch.int32)
WRONG = {
    "shapes of mm": lambda: torch.mm(A, A),
    "shapes of linear": lambda: F.linear(A, B),
    "shapes of matmul": lambda: A @ A,
    "shapes of a batched matmul": lambda: torch.randn(2, 3, 4, 6) @ torch.randn(2, 3, 5, 5),
    "shapes of bmm": lambda: torch.bmm(A, A),
    "shapes of addmm": lambda: torch.addmm(A, A, A),
    "channels of a convolution": lambda: F.conv2d(IMAGE, FILTERS),
    "a filter larger than the image": lambda: F.conv2d(torch.randn(1, 2, 2, 2), FILTERS),
    "type of the result of mm": lambda: torch.mm(A, B, out=INTEGERS),
    "type of the result of matmul": lambda: torch.matmul(A, B, out=INTEGERS),
    "types of mm": lambda: torch.mm(A, B.double()),
    "types of linear": lambda: F.linear(A, B.t().double()),
}


def watched(run, model=None):
    with flopwatch.watch(model or nn.Identity()) as w:
        run()
    return w.result


@pytest.mark.parametrize("name", WRONG)
def test_a_call_that_raised_before_its_kernel_counts_nothing(name):
    def run():
        with pytest.raises(RuntimeError):
            WRONG[name]()
        torch.mm(A, B)

    result = watched(run)
    assert result.total.operator.macs == 4 * 6 * 5
    assert result.exact and result.losses == [] and result.unsupported == []


MODELS = {
    "linear": (lambda: nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3)), (4, 6)),
    "convolution": (lambda: nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Conv2d(3, 2, 1)), (2, 2, 5, 5)),
    "encoder": (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0.0), (2, 3, 8)),
}


@pytest.mark.parametrize(
    "how", [{"use_reentrant": True}, {"use_reentrant": False}, {"use_reentrant": False, "early_stop": False}]
)
@pytest.mark.parametrize("name", MODELS)
def test_a_checkpoint_counts_what_it_computes_again(name, how):
    make, shape = MODELS[name]
    model, x = make(), torch.randn(shape, requires_grad=True)

    def run():
        checkpoint(model, x, **how).sum().backward()

    with sdpa_kernel(SDPBackend.MATH):
        expected = product_macs(run)
        result = watched(run, model)
    assert result.total.operator.macs == expected > 0
    assert result.exact and {loss["kind"] for loss in result.losses} <= {"arithmetic_raised"}


def test_an_early_stop_by_hand():
    model, x = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 8)), torch.randn(4, 16, requires_grad=True)
    result = watched(lambda: checkpoint(model, x, use_reentrant=False).sum().backward(), model)
    once = 4 * (16 * 32 + 32 * 8)
    assert result.total.operator.macs == 4 * once - 4 * 32 * 8, "it stops before the last product of the recompute"


def test_products_of_a_pack_hook_count_beside_the_operator_that_saves():
    model, x, p = nn.Linear(8, 16, bias=False), torch.randn(4, 8, requires_grad=True), torch.randn(8, 16)
    packed = []

    def pack(t):
        if t.shape == (4, 8):
            packed.append(torch.mm(t.detach(), p))
        return t

    def run():
        with saved_tensors_hooks(pack, lambda t: t):
            y = model(x)
        y.sum().backward()

    result = watched(run, model)
    assert len(packed) == 1
    assert result.total.operator.macs == 4 * (4 * 8 * 16)


def test_products_of_an_unpack_hook_count_in_backward():
    model, x, p = nn.Linear(8, 16, bias=False), torch.randn(4, 8, requires_grad=True), torch.randn(8, 8)

    def unpack(t):
        return torch.mm(t, p) if t.shape == (4, 8) else t

    def run():
        with saved_tensors_hooks(lambda t: t, unpack):
            y = model(x)
        y.sum().backward()

    result = watched(run, model)
    assert result.total.operator.macs == 3 * (4 * 8 * 16) + 4 * 8 * 8


@pytest.mark.parametrize("name", MODELS)
def test_activations_kept_on_the_host_change_no_count(name):
    make, shape = MODELS[name]
    model, x = make(), torch.randn(shape, requires_grad=True)

    def run():
        with save_on_cpu():
            y = model(x)
        y.sum().backward()

    with sdpa_kernel(SDPBackend.MATH):
        expected = product_macs(run)
        result = watched(run, model)
    assert result.total.operator.macs == expected > 0 and result.exact


class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx, gradient):
        x, w = ctx.saved_tensors
        return gradient @ w.t(), x.t() @ gradient


class Doubled(torch.autograd.Function):
    """Computes where no operator is."""

    @staticmethod
    def forward(ctx, x):
        return torch.from_numpy(x.detach().numpy() * 2)

    @staticmethod
    def backward(ctx, gradient):
        return gradient * 2


def test_an_autograd_function_whose_operators_were_counted_is_not_listed():
    x, w = torch.randn(4, 6, requires_grad=True), torch.randn(6, 5, requires_grad=True)
    result = watched(lambda: Product.apply(x, w).sum().backward())
    assert result.total.operator.macs == 3 * (4 * 6 * 5)
    assert result.unsupported == [] and result.exact


def test_an_autograd_function_that_computes_elsewhere_is_listed():
    result = watched(lambda: Doubled.apply(torch.randn(4, 6, requires_grad=True)))
    assert [o["name"] for o in result.unsupported] == ["Doubled"]


def test_tensors_made_for_inference_are_counted_once_elsewhere():
    with torch.inference_mode():
        image, filters = torch.ones(1, 2, 5, 5), torch.ones(3, 2, 3, 3)
        inside = watched(lambda: F.conv2d(image, filters))
    with torch.no_grad():
        outside = watched(lambda: F.conv2d(image, filters))
    assert inside.total.operator.macs == outside.total.operator.macs == 3 * 9 * 18
