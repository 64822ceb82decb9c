# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A hand-written kernel in an extension, reached in three ways: what the dispatcher sees of each.

The kernel is that of samples/custom_op: bias, a polynomial GELU and a sum over each row, 10 FLOPs for each element on
paper. torch.utils.cpp_extension compiles it for the CPU, and with nvcc for the GPU.

    python samples/python/custom_op_extension.py [--build-folder FOLDER] [--device cuda:1]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import torch
from torch import nn
from torch.utils import cpp_extension

import flopwatch

SAMPLES = Path(__file__).resolve().parents[1]
ROWS, COLS = 256, 512
FLOPS_PER_ELEMENT = 10
Operator = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def build(folder: Path) -> ModuleType:
    """Compiles the extension into `folder`, or takes what an earlier run left there."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = [SAMPLES / "python/custom_op_extension/binding.cpp", SAMPLES / "custom_op/kernel_cpu.cpp"]
    flags = ["-O2"]
    if torch.cuda.is_available() and cpp_extension.CUDA_HOME is not None:
        sources.append(SAMPLES / "custom_op/kernel.cu")
        flags.append("-DSAMPLE_WITH_CUDA")
    return cpp_extension.load(
        name="flopwatch_sample_extension",
        sources=[str(source) for source in sources],
        extra_include_paths=[str(SAMPLES)],
        extra_cflags=flags,
        build_directory=str(folder),
    )


class Score(nn.Module):
    """(rows, cols) -> (rows): a linear layer and the operator on its output."""

    def __init__(self, operator: Operator) -> None:
        super().__init__()
        self.operator = operator
        self.fc = nn.Linear(COLS, COLS, bias=False)
        self.bias = nn.Parameter(torch.zeros(COLS))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.operator(self.fc(x), self.bias)


def as_autograd_function(extension: ModuleType) -> Operator:
    """The function with its gradient, as libraries of hand-written kernels have it."""

    class BiasGeluRowsum(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, bias):
            ctx.save_for_backward(x, bias)
            return extension.bias_gelu_rowsum(x, bias)

        @staticmethod
        def backward(ctx, grad):
            x, bias = ctx.saved_tensors
            v = x + bias
            t = v.clamp(-3.0, 3.0)
            s = t * t
            c1, c3, c5 = 0.380442, -0.0444002, 0.00235268  # as in custom_op/kernel.hpp
            phi = t * (c1 + s * (c3 + s * c5)) + 0.5
            slope = (c1 + s * (3 * c3 + s * (5 * c5))) * (v.abs() <= 3.0)  # the clamp is flat outside
            grad_x = grad.unsqueeze(1) * (phi + v * slope)
            return grad_x, grad_x.sum(0)

    return BiasGeluRowsum.apply


def as_operator(extension: ModuleType) -> Operator:
    """The function as an operator of the dispatcher, sample_python::bias_gelu_rowsum."""

    @torch.library.custom_op("sample_python::bias_gelu_rowsum", mutates_args=())
    def bias_gelu_rowsum(x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return extension.bias_gelu_rowsum(x, bias)

    return bias_gelu_rowsum


def rule(call: flopwatch.OperatorCall) -> flopwatch.Work:
    """No multiply-adds as flopwatch classes them (no product of matrices), 10 FLOPs for each element."""
    rows, cols = call.argument("x").sizes
    return flopwatch.Work(other_flops=FLOPS_PER_ELEMENT * rows * cols)


def count(operator: Operator, device: str = "cpu", *, with_rule: bool = False) -> flopwatch.Result:
    model = Score(operator).to(device)
    rules = {"sample_python::bias_gelu_rowsum": rule} if with_rule else None
    with torch.no_grad():
        return flopwatch.count(model, torch.randn(ROWS, COLS, device=device), operator_rules=rules)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build-folder", type=Path, help="where to keep what is compiled")
    parser.add_argument("--device", default="cpu", help="cuda:N, or cpu")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        extension = build(options.build_folder or Path(temporary))
        operator = as_operator(extension)
        ways = (
            ("called as a plain function: no trace of it", extension.bias_gelu_rowsum, False),
            (
                "in an autograd.Function: PyTorch tells its name, so it is listed as not counted",
                as_autograd_function(extension),
                False,
            ),
            ("as an operator of torch.library, without a rule: listed as not counted", operator, False),
            ("as an operator with a rule: counted", operator, True),
        )
        print(f"bias + GELU + row sum on ({ROWS}, {COLS}): {FLOPS_PER_ELEMENT * ROWS * COLS:,} FLOPs on paper")
        for title, way, with_rule in ways:
            result = count(way, options.device, with_rule=with_rule)
            total = result.total
            print(f"\n{title}")
            print(f"  formula   {total.formula.macs:,} MACs: thop has a rule for Linear alone")
            print(f"  operator  {total.operator.macs:,} MACs and {total.operator.other_flops:,} other FLOPs")
            measured = (
                "not collected" if total.measured is None else f"{total.measured.total_flops:,} FLOPs of all kernels"
            )
            print(f"  measured  {measured}")
            for lacking in result.unsupported:
                print(f"  not counted: {lacking['name']} {lacking['shapes']}".rstrip())
    print(
        "\nIn the first way no dispatcher-based counter can know that something is missing: only the GPU's own\n"
        "counters see a kernel that is launched past the dispatcher."
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
