# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Is a rule right? `check_rule` holds it against what runs, over many sizes; `infer_rule` finds one.

python samples/python/check_rules.py
"""

from __future__ import annotations

from typing import Any

import torch
from attention_model import Attention, attention_rule
from torch import nn

import flopwatch

HEADS = 12


def flops_rule(module: nn.Module, x: tuple[Any, ...], y: Any) -> None:
    """The right rule, in FLOPs where thop wants MACs."""
    b, n, c = x[0].shape
    module.total_ops += 2 * (b * 4 * n * c * c + b * 2 * c * n * n)


def projections_rule(module: nn.Module, x: tuple[Any, ...], y: Any) -> None:
    """Forgets the two batched products: a rule that is nearly right where the sequence is short."""
    b, n, c = x[0].shape
    module.total_ops += b * 4 * n * c * c


def one_product_rule(module: nn.Module, x: tuple[Any, ...], y: Any) -> None:
    """Counts Q K^T for each head as if a head were as wide as all of them together."""
    b, n, c = x[0].shape
    module.total_ops += b * 4 * n * c * c + b * HEADS * c * n * n


def make(C: int) -> Attention:
    return Attention(C, HEADS)


def inputs(B: int, N: int, C: int) -> torch.Tensor:
    return torch.randn(B, N, C)


SIZES = {"C": [12, 24, 36, 48]}
"""Multiples of the heads; B and N are chosen by flopwatch."""


def check(rule: Any) -> Any:
    return flopwatch.check_rule(rule, make, inputs, sizes=SIZES)


def infer() -> Any:
    return flopwatch.infer_rule(make, inputs, sizes=SIZES)


def main() -> int:
    for rule in (attention_rule, flops_rule, projections_rule, one_product_rule):
        print(check(rule))
    inferred = infer()
    print(f"infer_rule found {inferred.polynomial}, as a rule for custom_ops:\n")
    print(inferred.source, end="")
    print(f"\nAt B=1, N=640, C=768 it gives {inferred.evaluate(B=1, N=640, C=768):,} MACs.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
