# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Small models and training steps that the meter's tests follow."""

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

import flopwatch


class Residual(nn.Module):
    """A small ResNet: (n, 3, side, side) -> (n, 10)."""

    def __init__(self, width=8):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.block = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width),
        )  # fmt: skip
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = self.stem(x)
        return self.head(torch.relu(x + self.block(x)).mean((2, 3)))


class Checkpointed(nn.Module):
    """(n, 8) -> (n, 8); the second layer runs again in the backward pass."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x):
        return checkpoint(self.second, self.first(x), use_reentrant=True)


class Chosen(nn.Module):
    """Its work depends on the values: rows above 0 alone go through the second layer."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x):
        x = self.first(x)
        return self.second(x[x[:, 0] > 0]).sum() + x.sum()


def encoder():
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


class Training:
    """A model with an optimizer; calling it runs one training step."""

    def __init__(self, model, kind=torch.optim.AdamW):
        self.model, self.optimizer = model, kind(model.parameters(), lr=0.01)

    def __call__(self, *inputs, **named):
        self.optimizer.zero_grad()
        self.model(*inputs, **named).square().mean().backward()
        self.optimizer.step()


def executed_flops(model, run):
    """What a full watch says of it."""
    with flopwatch.watch(model) as w:
        run()
    total = w.result.total.operator
    return total.flops + total.other_flops


def metered(model, **options):
    """A meter without checks, whose steps the test ends itself."""
    return flopwatch.meter(model, **{"peak_flops": 1e12, "check_budget": 0, "steps": "manual", **options})


def run(m, *calls):
    """Each call is one step."""
    for call in calls:
        call()
        m.step()
