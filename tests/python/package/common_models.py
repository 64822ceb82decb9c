# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Models that several tests count: the samples' attention with its wrappers, and small ones for one trait each."""

import torch
from torch import nn

from sample_programs import attention_model

Attention, CustomModule = attention_model.Attention, attention_model.CustomModule
AttentionStack, Outer = attention_model.AttentionStack, attention_model.Outer
attention_rule = attention_model.attention_rule


class SubLinear(nn.Linear):
    """Of another exact type than nn.Linear."""


class Block(nn.Module):
    """Its children by name, called in order, each as often as `calls` says (once)."""

    def __init__(self, calls=None, **children):
        super().__init__()
        for name, child in children.items():
            self.add_module(name, child)
        self.order = list(calls if calls is not None else children)

    def forward(self, x):
        for name in self.order:
            x = getattr(self, name)(x)
        return x


class SmallNet(nn.Module):
    """(2, 3, 8, 8) -> (2, 5): a frozen normalisation, types without a rule, a container, a functional product."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.GELU())
        self.heads = nn.ModuleList([nn.Linear(6, 5), SubLinear(6, 5)])
        self.weight = nn.Parameter(torch.randn(5, 5))
        self.body[1].eval()

    def forward(self, x):
        x = self.body(x).mean((2, 3))
        return (self.heads[0](x) + self.heads[1](x)) @ self.weight
