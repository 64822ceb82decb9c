# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Models that several tests count: attention with its wrappers, and small ones for one trait each."""

import torch
from torch import nn


class Attention(nn.Module):
    """(batch, tokens, dim) -> the same; its two batched products are functional."""

    def __init__(self, dim=768, heads=12):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.qkv, self.attn_drop = nn.Linear(dim, 3 * dim, bias=False), nn.Dropout(0.0)
        self.proj, self.proj_drop = nn.Linear(dim, dim), nn.Dropout(0.0)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = self.attn_drop(((q @ k.transpose(-2, -1)) * self.scale).softmax(-1))
        return self.proj_drop(self.proj((scores @ v).transpose(1, 2).reshape(b, n, c)))


class CustomModule(nn.Module):
    def __init__(self, dim=768, heads=12, calls=1):
        super().__init__()
        self.calls, self.attn = calls, Attention(dim, heads)

    def forward(self, x):
        for _ in range(self.calls):
            x = self.attn(x)
        return x


class AttentionStack(nn.Sequential):
    def __init__(self, dim=768, heads=12):
        super().__init__()
        self.add_module("attn", Attention(dim, heads))


class Outer(nn.Module):
    """Holds one module, and so keeps it from being the root, which thop treats in its own way."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, *args, **kwargs):
        return self.inner(*args, **kwargs)


def attention_macs(module, inputs, _output):
    """A rule written for thop: the projections and the two batched products, without the softmax."""
    b, n, c = inputs[0].shape
    module.total_ops += torch.DoubleTensor([b * 4 * n * c * c + b * 2 * c * n * n])


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
