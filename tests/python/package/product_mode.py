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


def _attention(args, out):
    """Scores and their product with the values, of the whole square: what a causal mask takes away is computed too."""
    query, key, value = args[:3]
    return math.prod(query.shape[:-1]) * key.shape[-2] * (query.shape[-1] + value.shape[-1])


def _attention_backward(args, out):
    """The scores once more, and the gradients of the scores, of query, key and value."""
    query, key, value = args[1:4]
    return math.prod(query.shape[:-1]) * key.shape[-2] * (3 * query.shape[-1] + 2 * value.shape[-1])


def _lstm(args, out):
    """Both weights at each step of each sequence."""
    x, input_weight, hidden_weight = args[:3]
    return x.shape[0] * x.shape[1] * (input_weight.numel() + hidden_weight.numel())


def _grouped(args, out):
    """Each row that belongs to a group, by the matrix of its group."""
    a, b, ends = args[0], args[1], args[2]
    rows = int(ends[-1])
    return rows * b.shape[-2] * b.shape[-1] if b.dim() == 3 else a.shape[0] * rows * b.shape[-1]


def _sparse(matrix, dense):
    return matrix.values().numel() * dense.shape[-1]


def _distances(args, out):
    """A product of matrices with two more columns, for the squares."""
    return out.numel() * (args[0].shape[-1] + 2)


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
    aten._scaled_dot_product_flash_attention_for_cpu.default: _attention,
    aten._scaled_dot_product_flash_attention_for_cpu_backward.default: _attention_backward,
    aten.mkldnn_rnn_layer.default: _lstm,
    aten.mkldnn_rnn_layer_backward.default: lambda args, out: 2 * _lstm(args, out),
    aten._euclidean_dist.default: _distances,
    aten._grouped_mm.default: _grouped,
    aten._sparse_mm_reduce_impl.default: lambda args, out: _sparse(args[0], args[1]),
    aten._sparse_addmm.default: lambda args, out: _sparse(args[1], args[2]),
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
