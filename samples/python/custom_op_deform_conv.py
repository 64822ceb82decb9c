# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""torchvision's deformable convolution: by formula, a model gets cheaper when it is given this costlier layer.

python samples/python/custom_op_deform_conv.py
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torchvision.ops import DeformConv2d

import flopwatch

CHANNELS, OUT, SIZE, KERNEL = 32, 64, 20, 3
TAPS, POSITIONS = KERNEL * KERNEL, (SIZE - KERNEL + 1) ** 2

# On paper.
CONV_MACS = POSITIONS * OUT * CHANNELS * TAPS
"""Of a convolution, and of the products of a deformable one."""
OFFSET_MACS = POSITIONS * 2 * TAPS * CHANNELS * TAPS
"""Of the convolution that makes two offsets for each tap."""
SAMPLING_FLOPS = POSITIONS * TAPS * CHANNELS * 17
"""For each value: its place (2), the distances (4), four weights (4), then four products and three sums (7)."""
BIAS_FLOPS = POSITIONS * OUT


class Plain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(CHANNELS, OUT, KERNEL)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


class Deformable(nn.Module):
    """The same convolution with taps that move; a small convolution says where to."""

    def __init__(self) -> None:
        super().__init__()
        self.offset = nn.Conv2d(CHANNELS, 2 * TAPS, KERNEL, bias=False)
        self.conv = DeformConv2d(CHANNELS, OUT, KERNEL)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x, self.offset(x))


def deform_conv_rule(call: flopwatch.OperatorCall) -> flopwatch.Work:
    """For all of torchvision's deformable convolutions, as flopwatch's own rule has it, which this one replaces."""
    out_channels, channels_of_group, *kernel = call.argument("weight").sizes
    batch, channels, *_ = call.argument("input").sizes
    *_, height, width = call.argument("offset").sizes
    taps, positions = kernel[0] * kernel[1], batch * height * width
    sampled = positions * taps * channels
    other = 17 * sampled + positions * out_channels
    if call.argument("use_mask"):
        other += sampled
    return flopwatch.Work(macs=positions * out_channels * channels_of_group * taps, other_flops=other)


RULES = {"torchvision::deform_conv2d": deform_conv_rule}


def explain(model: nn.Module) -> tuple[float, flopwatch.Result]:
    """thop's total, and what ran."""
    macs, _params, result = flopwatch.profile(model, (image(),), verbose=False, explain=True)
    return macs, result


def count(model: nn.Module, rules: Any = None) -> flopwatch.Result:
    return flopwatch.count(model, image(), operator_rules=rules)


def image() -> torch.Tensor:
    return torch.randn(1, CHANNELS, SIZE, SIZE)


def main() -> int:
    plain_macs, _ = explain(Plain().eval())
    model = Deformable().eval()
    macs, result = explain(model)
    print(
        f"On paper: {CONV_MACS:,} MACs for the plain convolution, {CONV_MACS + OFFSET_MACS:,} for the deformable one"
    )
    print(f"thop:     {plain_macs:,.0f} MACs for the plain convolution, {macs:,.0f} for the deformable one\n")
    print(result.report())

    counted = count(model, RULES)
    print("With your own rule, operator_rules={'torchvision::deform_conv2d': ...}\n")
    operator = counted.total.operator
    print(f"operator: {operator.macs:,} MACs and {operator.other_flops:,} other FLOPs")
    print(f"on paper: {CONV_MACS + OFFSET_MACS:,} MACs and {SAMPLING_FLOPS + BIAS_FLOPS:,} other FLOPs")
    print("measured:", "not collected" if counted.total.measured is None else counted.total.measured.flops)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
