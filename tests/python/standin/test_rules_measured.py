# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""check_rule and infer_rule where the counters see what the dispatcher does not, on the stand-in GPU."""

from __future__ import annotations

import pytest
import torch
from synthetic_gpu import Product, cuda, launch
from torch import nn

import flopwatch

UNIT = 32 * 32  # MACs of a product of one row
GPU, CPU = "cuda:0", "cpu"


class Extension(nn.Module):
    """A product by a function that goes past the dispatcher, beside `products` that do not: N 32 32 MACs each."""

    def __init__(self, products=1, kernel="gemm", threads=lambda n: n * UNIT):
        super().__init__()
        self.products = nn.ModuleList(Product(32) for _ in range(products))
        self.kernel, self.threads = kernel, threads

    def forward(self, x):
        launch(self.kernel, self.threads(x.shape[0]))
        for product in self.products:
            x = product(x)
        return x


def counts(macs):
    """A rule from N."""

    def rule(m, x, y):
        m.total_ops += macs(x[0].shape[0])

    return rule


def check(macs, module, device=GPU, **options):
    return flopwatch.check_rule(counts(macs), module, lambda N: torch.randn(N, 32), device=device, **options)


@pytest.mark.parametrize(("factor", "times"), [(1, 1), (2, 2)])
def test_a_rule_of_an_operator_has_the_counters_beside(gpu, factor, times):
    checked = check(lambda n: factor * n * UNIT, Product(32))
    for point in checked.points:
        assert point.measured_flops == point.measured_total_flops == 2 * point.sizes["N"] * UNIT
        assert point.unseen_flops == 0
    assert checked.agrees == (times == 1) and checked.factor == (None if times == 1 else 2)
    last = checked.points[-1].measured_flops
    assert (
        f"{last:,} FLOPs in all, {last:,} in products, where the operators are {last:,} and the rule says {times * last:,}."
        in str(checked)
    )


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(1, "inconclusive"), (2, "fits the counters"), (3, "wrong"), (4, "off by a factor"), (10, "wrong")],
)
def test_work_past_the_dispatcher_is_compared_with_the_counters(gpu, factor, verdict):
    found = check(lambda n: factor * n * UNIT, Extension())
    assert found.verdict == verdict and found.agrees == (factor == 2)
    assert (found.disagreements == ()) == (factor in (1, 2))  # 1: not those of the operators
    last = found.points[-1]
    assert last.unseen_flops == 2 * last.sizes["N"] * UNIT == 2 * last.operator_macs
    assert f"{factor / 2:.2f} times their sum" in found.text


def test_half_numbers_are_told_in_words_that_can_be_read(gpu):
    found = check(lambda n: 2 * n * UNIT + 1 / 3, Extension())
    assert found.verdict == "fits the counters" and "the rule says 49,152.7, 1.00 times" in found.text


WRONG_SHAPES = {
    "a constant": (lambda n: n * UNIT + 12 * UNIT, "wrong"),
    "a wrong power": (lambda n: n * UNIT + n * n * UNIT // 12, "inconclusive"),
    "nothing at small sizes": (lambda n: n * UNIT + (n * UNIT if n >= 12 else 0), "inconclusive"),
}


@pytest.mark.parametrize(("macs", "verdict"), WRONG_SHAPES.values(), ids=WRONG_SHAPES)
def test_a_rule_that_is_right_at_the_largest_size_alone_does_not_agree(gpu, macs, verdict):
    found = check(macs, Extension())
    assert (found.verdict, found.agrees) == (verdict, False)


def test_an_axis_that_the_rule_leaves_out(gpu):
    class Wide(nn.Module):
        def forward(self, x):
            launch("gemm", x.shape[0] * x.shape[1] * 32)
            return x

    def rule(m, x, y):
        m.total_ops += x[0].shape[0] * 12 * 32

    found = flopwatch.check_rule(rule, Wide(), lambda N, D: torch.randn(N, D), device=GPU)
    assert (found.verdict, found.agrees) == ("wrong", False)


def padded(n):
    return -(-n // 128) * 128 * UNIT


def test_a_padded_kernel_refutes_no_right_rule(gpu):
    small = check(lambda n: n * UNIT, Extension(0, threads=padded))
    assert small.verdict == "inconclusive" and "At N=12 " in small.text and "larger sizes=" in small.remedy
    filled = check(lambda n: n * UNIT, Extension(0, threads=padded), sizes={"N": [128, 256, 384]})
    assert filled.verdict == "fits the counters"
    assert check(lambda n: 3 * n * UNIT, Extension(0, threads=padded), sizes={"N": [128, 256, 384]}).verdict == "wrong"


def test_other_arithmetic_is_not_taken_for_products(gpu):
    activation = Extension(0, "gelu", lambda n: n * 32)
    found = check(lambda n: 0, activation)
    assert found.verdict == "inconclusive" and "The counters do not say whether those are products" in found.text


LITTLE = {
    # Equal, but what ran past the dispatcher may be products.
    "right": (lambda n: n * UNIT, "inconclusive", None, None),
    "77 too much": (lambda n: n * UNIT + 77 + n, "wrong", None, "N + 77"),
    "twice": (lambda n: 2 * n * UNIT, "off by a factor", 2, None),
    "half": (lambda n: n * UNIT // 2, "off by a factor", 0.5, None),
}


@pytest.mark.parametrize(("macs", "verdict", "factor", "surplus"), LITTLE.values(), ids=LITTLE)
def test_a_little_work_past_the_dispatcher_leaves_the_exact_words(gpu, macs, verdict, factor, surplus):
    found = check(macs, Extension(1, "gelu", lambda n: n * 32))
    assert (found.verdict, found.factor, found.surplus) == (verdict, factor, surplus)
    assert 0 < found.points[-1].unseen_flops < found.points[-1].operator_macs


def test_a_wrong_place_is_one_beside_other_work_too(gpu):
    class Block(nn.Sequential):
        def forward(self, x):
            launch("gemm", x.shape[0] * UNIT)
            return super().forward(x)

    layer = nn.Linear(32, 32, bias=False)
    weight = layer._parameters.pop("weight").detach()
    layer.weight = weight  # no parameter
    # thop adds the layer a second time, which is as much as the extension did.
    found = check(lambda n: n * UNIT, Block(layer))
    last = found.points[-1]
    assert found.verdict == "children counted twice" and 2 * last.profile_macs == 2 * last.operator_macs + last.unseen_flops


def test_a_rule_that_lacks_what_the_dispatcher_saw_is_compared_with_that(gpu):
    found = check(lambda n: n * UNIT, Extension(2))
    assert (found.verdict, found.factor) == ("off by a factor", 0.5) and "half of what ran" in found.text


def test_what_the_counters_do_not_see_either_did_not_run(gpu):
    found = check(lambda n: n * UNIT + 77, Product(32))
    assert (found.verdict, found.surplus) == ("wrong", "77")
    assert found.text.endswith("those MACs did not run, and the counters did not read them.")


@torch.library.custom_op("synthetic::no_formula", mutates_args=())
def no_formula(x: torch.Tensor, kernel: str) -> torch.Tensor:
    launch(kernel, x.shape[0] * UNIT)
    return x.clone()


class Unsupported(nn.Module):
    def __init__(self, kernel="gemm"):
        super().__init__()
        self.product, self.kernel = Product(32), kernel

    def forward(self, x):
        return self.product(no_formula(x, self.kernel))


def test_an_operator_without_a_rule_is_compared_with_the_counters(gpu):
    assert check(lambda n: 2 * n * UNIT, Unsupported()).verdict == "fits the counters"


def test_on_a_cpu_it_cannot_be_told(gpu):
    unknown = check(lambda n: 2 * n * UNIT, Unsupported(), CPU)
    assert (unknown.verdict, unknown.agrees, unknown.factor) == ("inconclusive", False, None)
    assert unknown.surplus == "1024*N" and "on a GPU" in unknown.remedy
    odd = check(lambda n: n * UNIT + n % 2, Unsupported(), CPU)
    assert (odd.verdict, odd.surplus) == ("inconclusive", None)
    assert check(lambda n: n * UNIT // 2, Unsupported(), CPU).verdict == "off by a factor"


def test_an_operator_that_does_no_arithmetic_is_known_by_the_counters(gpu):
    found = check(lambda n: n * UNIT + 77, Unsupported("gather"))
    assert (found.verdict, found.surplus) == ("wrong", "77")
    assert "not counted, and by the GPU's counters without FLOPs: synthetic::no_formula" in found.notes


class Forgetful(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = [0]

    def forward(self, x):
        self.calls[0] += 1
        for _ in range(1 + self.calls[0] % 3):
            launch("gemm", x.shape[0] * UNIT)
        return x


def test_counters_that_failed_decide_nothing(gpu):
    found = check(lambda n: n * UNIT, Forgetful())
    assert (found.verdict, found.agrees) == ("inconclusive", False)
    assert found.points[-1].unseen_flops is None and found.remedy == "fix what the notes name."
    cuda.standin_clear_violations()


def test_an_inferred_rule_says_what_it_lacks(gpu):
    found = flopwatch.infer_rule(Extension(), lambda N: torch.randn(N, 32), device=GPU)
    assert (found.polynomial, found.lacking) == ("1024*N", ("kernels launched past the dispatcher",))
