# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""An operator made in Python by torch.library.custom_op, whose body runs two matrix products.

python samples/python/custom_op_library.py
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import nn
from torch.utils import flop_counter

import flopwatch

BATCH, WIDTH, RANK = 32, 64, 4
PAPER_MACS = 2 * BATCH * WIDTH * RANK


@torch.library.custom_op("sample_python::low_rank", mutates_args=())
def low_rank(x: torch.Tensor, down: torch.Tensor, up: torch.Tensor) -> torch.Tensor:
    """(batch, width), (width, rank), (rank, width) -> (batch, width)"""
    return torch.mm(torch.mm(x, down), up)


@low_rank.register_fake
def _(x: torch.Tensor, down: torch.Tensor, up: torch.Tensor) -> torch.Tensor:
    return x.new_empty(x.shape)


class Adapter(nn.Module):
    """A linear layer and a low-rank product."""

    def __init__(self) -> None:
        super().__init__()
        self.base = nn.Linear(WIDTH, WIDTH, bias=False)
        self.down = nn.Parameter(torch.randn(WIDTH, RANK))
        self.up = nn.Parameter(torch.randn(RANK, WIDTH))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.base(x) + low_rank(x, self.down, self.up)


@contextlib.contextmanager
def registered_formula() -> Iterator[None]:
    """torch's own way to give an operator a count, in FLOPs. flopwatch reads that registry."""

    @flop_counter.register_flop_formula(torch.ops.sample_python.low_rank)
    def low_rank_flops(x_shape, down_shape, up_shape, *args, out_shape=None, **kwargs):
        (batch, width), (_, rank) = x_shape, down_shape
        return 2 * batch * width * rank + 2 * batch * rank * up_shape[1]

    try:
        yield
    finally:  # a program of your own leaves it there
        flop_counter.flop_registry.pop(torch.ops.sample_python.low_rank)


def count() -> flopwatch.Result:
    with torch.no_grad():
        return flopwatch.count(Adapter(), torch.randn(BATCH, WIDTH))


def show(title: str, result: flopwatch.Result) -> None:
    print(f"\n{title}")
    print(f"  formula   {result.total.formula.macs:,} MACs")
    print(f"  operator  {result.total.operator.macs:,} MACs")
    print("  measured ", "not collected" if result.total.measured is None else result.total.measured.flops)
    for operator in result.data["operators"]:
        if operator["name"].startswith(("sample_python::", "aten::mm")):
            print(f"  {operator['name']}: {operator['status']}, {operator['operator_macs']:,} MACs")


def main() -> int:
    base = BATCH * WIDTH * WIDTH
    print(f"On paper: {base:,} MACs in the linear layer, {PAPER_MACS:,} in the two products of the operator")
    show("No rule: the operator is opened, and the products that its body dispatches are counted", count())
    print(
        "  The MACs are right, but flopwatch calls the operator partly counted: it cannot know that the body does\n"
        "  nothing else. Hand-written code beside the products would be missing."
    )
    with registered_formula():
        show(
            "With torch's register_flop_formula: the rule stands for the whole operator, nothing inside counts again",
            count(),
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
