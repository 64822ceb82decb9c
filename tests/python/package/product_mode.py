# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""An independent count: a dispatch mode that multiplies the shapes of the products that reach it.

The dispatcher reaches modes after autograd and after all transforms of torch.func, so this one sees real tensors. An
operator that raises before its kernel does not reach it.
"""

import math

import torch
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten


def _matrix(a, b):
    return a.shape[-2] * math.prod(b.shape[-2:]) * math.prod(a.shape[:-2])


def _convolution(args, out):
    weight, transposed = args[1], args[6]
    positions = math.prod((args[0] if transposed else out).shape[2:])
    return args[0].shape[0] * positions * weight.numel()


def _convolution_backward(args, out):
    grad, x, weight, transposed, wanted = args[0], args[1], args[2], args[7], args[10]
    positions = math.prod((x if transposed else grad).shape[2:])
    return x.shape[0] * positions * weight.numel() * (int(wanted[0]) + int(wanted[1]))


PRODUCTS = {
    aten.mm.default: lambda args, out: _matrix(args[0], args[1]),
    aten.mm.out: lambda args, out: _matrix(args[0], args[1]),
    aten.bmm.default: lambda args, out: _matrix(args[0], args[1]),
    aten.addmm.default: lambda args, out: _matrix(args[1], args[2]),
    aten.baddbmm.default: lambda args, out: _matrix(args[1], args[2]),
    aten.mv.default: lambda args, out: args[0].numel(),
    aten.addmv.default: lambda args, out: args[1].numel(),
    aten.dot.default: lambda args, out: args[0].numel(),
    aten.vdot.default: lambda args, out: args[0].numel(),
    aten.convolution.default: _convolution,
    aten.convolution_backward.default: _convolution_backward,
}


class ProductMode(TorchDispatchMode):
    """`macs`: those of the products that ran."""

    def __init__(self):
        super().__init__()
        self.macs = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if func in PRODUCTS:
            self.macs += PRODUCTS[func](args, out)
        return out


def product_macs(run):
    with ProductMode() as mode:
        run()
    return mode.macs
