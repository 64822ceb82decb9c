# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Operators that PyTorch has no formula for, and what it takes to count them."""

import torch
from torch import nn

import flopwatch
from flopwatch._operators.operators import TensorShape

_LIBRARY = torch.library.Library("flopwatch_formula", "DEF")
_LIBRARY.define("product(Tensor a, Tensor b, *, float scale=1.0) -> Tensor")
_LIBRARY.define("product.both(Tensor a, Tensor b, Tensor c) -> Tensor")
_LIBRARY.define("blind(Tensor a, Tensor b) -> Tensor")
_LIBRARY.define(
    "many(Tensor[] xs, Tensor? y, int[] ks, str mode='full', Device? device=None, bool flag=False) "
    "-> (Tensor, Tensor[])"
)
_LIBRARY.impl("product", lambda a, b, *, scale=1.0: torch.from_numpy(scale * (a.numpy() @ b.numpy())), "CPU")
_LIBRARY.impl("product.both", lambda a, b, c: torch.from_numpy(a.numpy() @ b.numpy() @ c.numpy()), "CPU")
_LIBRARY.impl("blind", lambda a, b: torch.from_numpy(a.numpy() @ b.numpy()), "CPU")
_LIBRARY.impl(
    "many", lambda xs, y, ks, mode="full", device=None, flag=False: (xs[0].clone(), [x.clone() for x in xs]), "CPU"
)
torch.library.register_fake("flopwatch_formula::product", lambda a, b, *, scale=1.0: a.new_empty(len(a), b.shape[1]))
torch.library.register_fake(
    "flopwatch_formula::many",
    lambda xs, y, ks, mode="full", device=None, flag=False: (xs[0].new_empty(ks), [x.new_empty(1) for x in xs]),
)
PRODUCT, BLIND, MANY = (f"flopwatch_formula::{name}" for name in ("product", "blind", "many"))
OPS = torch.ops.flopwatch_formula


def tensor(*sizes, dtype=torch.float32):
    return TensorShape(sizes, dtype)


A, B = tensor(3, 5), tensor(5, 7)
PRODUCT_ARGS = [A, B, 2.0]
MANY_ARGS = [[tensor(2, 9), tensor(4)], None, [6, 8], ..., ..., True]


class Model(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *args):
        return self.function(*args)


def counted(function, *inputs, **more):
    return flopwatch.count(Model(function), inputs, formula=None, warmup=0, **more)
