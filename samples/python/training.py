# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Training steps under `watch`: forward, backward, recomputation by checkpointing, loss and optimizer, each by itself.

python samples/python/training.py [--steps 3] [--device cuda:1]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import torch
from attention_model import Attention
from torch import nn
from torch.utils.checkpoint import checkpoint

import flopwatch

BATCH, SEQ, DIM, HEADS, CLASSES = 2, 32, 48, 4, 10


class Classifier(nn.Module):
    """(batch, tokens, dim) -> (batch, classes). The second block keeps no activations: backward runs it again."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Attention(DIM, HEADS)
        self.second = Attention(DIM, HEADS)
        self.head = nn.Linear(DIM, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        x = checkpoint(self.second, x, use_reentrant=False)
        return self.head(x.mean(1))


def train(steps: int, device: str = "cpu") -> flopwatch.Result:
    torch.manual_seed(0)
    model = Classifier().to(device)
    optimizer = torch.optim.AdamW(model.parameters(), foreach=False)
    batches = [
        (torch.randn(BATCH, SEQ, DIM, device=device), torch.randint(CLASSES, (BATCH,), device=device))
        for _ in range(steps)
    ]
    with flopwatch.watch(model, device=device) as w:
        for x, label in batches:
            logits = model(x)
            with flopwatch.scope("loss"):  # a part that is no module gets its own row
                loss = nn.functional.cross_entropy(logits, label)
            loss.backward()
            optimizer.step()  # a phase of its own, in the row AdamW.step
            optimizer.zero_grad()
            w.step()
    return w.result


def by_phase(result: flopwatch.Result) -> dict[str, tuple[int, int]]:
    """phase -> MACs and other FLOPs."""
    whole = result.total.operator
    return {phase: (macs, whole.other_flops_by_phase[phase]) for phase, macs in whole.macs_by_phase.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--device", default="cpu", help="cuda:N, or cpu")
    options = parser.parse_args(arguments)
    if options.steps < 1:
        parser.error("--steps is 1 or more")

    result = train(options.steps, options.device)
    print(result.report(), end="")
    print(f"\nOne step of {options.steps}, by phase\n")
    print(f"{'phase':<10}{'MACs':>12}{'other FLOPs':>14}")
    for phase, (macs, other) in by_phase(result).items():
        print(f"{phase:<10}{macs // options.steps:>12,}{other // options.steps:>14,}")
    return result.exit_code


if __name__ == "__main__":
    raise SystemExit(main())
