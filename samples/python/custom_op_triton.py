# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A Triton kernel: what the columns see of it. It runs on an NVIDIA GPU; without one the sample says so and ends.

python samples/python/custom_op_triton.py [--device cuda:1]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

import flopwatch

try:
    import triton
    import triton.language as tl  # older versions look for it in the kernel's module alone
except ImportError:
    triton = None

ROWS, COLS, BLOCK = 256, 512, 1024
PAPER_FLOPS = 3 * ROWS * COLS
"""Of the kernel: for each element one fused multiply-add (2 FLOPs) and one multiply."""
NO_GPU = """No NVIDIA GPU here, so the Triton kernel cannot run, and there is nothing to count.
  measured  needs a GPU whose counters may be read (`flopwatch doctor` says what is in the way): it sees the kernel
  operator  sees nothing of a kernel that is launched past the dispatcher; wrap the launch in
            torch.library.custom_op (or triton_op) and give that operator a rule in operator_rules
  formula   needs a rule for the module in custom_ops"""


def make_kernel() -> Any:
    @triton.jit
    def scaled_square_kernel(x_ptr, out_ptr, size, BLOCK: tl.constexpr):
        """out = (x * 3 + 1) * x"""
        at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
        x = tl.load(x_ptr + at, mask=at < size, other=0.0)
        tl.store(out_ptr + at, tl.fma(x, 3.0, 1.0) * x, mask=at < size)

    return scaled_square_kernel


def launcher(kernel: Any) -> Any:
    """The kernel as a function of a tensor, launched as Triton code is."""

    def scaled_square(x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        blocks = -(-x.numel() // BLOCK)
        kernel[(blocks,)](x, out, x.numel(), BLOCK=BLOCK)
        return out

    return scaled_square


class Squares(nn.Module):
    def __init__(self, operator: Any) -> None:
        super().__init__()
        self.operator = operator
        self.fc = nn.Linear(COLS, COLS, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.operator(self.fc(x))


def rule(call: flopwatch.OperatorCall) -> flopwatch.Work:
    rows, cols = call.argument("x").sizes
    return flopwatch.Work(other_flops=3 * rows * cols)


def as_operator(function: Any) -> Any:
    """The launch as an operator of the dispatcher, sample_python::scaled_square."""

    @torch.library.custom_op("sample_python::scaled_square", mutates_args=())
    def scaled_square(x: torch.Tensor) -> torch.Tensor:
        return function(x)

    return scaled_square


def show(title: str, operator: Any, device: str, rules: Any = None) -> None:
    model = Squares(operator).to(device)
    with torch.no_grad():
        result = flopwatch.count(model, torch.randn(ROWS, COLS, device=device), operator_rules=rules)
    print(f"\n=== {title} ===\n")
    print(result.report(), end="")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda:0", help="cuda:N")
    options = parser.parse_args(arguments)
    if not torch.cuda.is_available():
        print(NO_GPU)
        return 0
    function = launcher(make_kernel())
    print(f"x * (3 x + 1) on ({ROWS}, {COLS}): {PAPER_FLOPS:,} FLOPs on paper")
    show("launched as Triton code is: the dispatcher sees nothing", function, options.device)
    operator = as_operator(function)
    show("as an operator, without a rule: listed as unsupported", operator, options.device)
    show("as an operator with a rule", operator, options.device, {"sample_python::scaled_square": rule})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
