# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Models whose counts are known, for the tests of flopwatch.testing and its file."""

from __future__ import annotations

import numpy
import torch
from torch import nn

import flopwatch
from common_models import CustomModule

DIM, HEADS, TOKENS = 24, 2, 4
QKV, PROJ, PRODUCTS = TOKENS * DIM * 3 * DIM, TOKENS * DIM * DIM, 2 * DIM * TOKENS * TOKENS
ALL = QKV + PROJ + PRODUCTS


def attention() -> nn.Module:
    return CustomModule(DIM, HEADS)


def tokens() -> torch.Tensor:
    return torch.randn(1, TOKENS, DIM)


NO_RULE = "flopwatch_test::rfft"


@torch.library.custom_op(NO_RULE, mutates_args=())
def rfft(x: torch.Tensor) -> torch.Tensor:
    """Computed by NumPy, past the dispatcher."""
    return torch.from_numpy(numpy.fft.rfft(x.numpy()).astype(numpy.complex64))


class Rfft(nn.Module):
    """An operator that no rule counts, and a product."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return rfft(x).abs() @ torch.ones(x.shape[-1] // 2 + 1, 3)


def count(model: nn.Module, x: torch.Tensor) -> flopwatch.Result:
    return flopwatch.count(model, x, formula=None, warmup=0)
