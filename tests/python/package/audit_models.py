# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Small models of published kinds, in plain torch, whose work is easy to write down."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass
class Sizes:
    """All different, so that a wrong formula gives another number."""

    layers: int = 2
    width: int = 24
    heads: int = 3
    key_heads: int = 3
    head_size: int = 8
    feed_forward: int = 40
    vocabulary: int = 50
    experts: int = 0
    active: int = 0
    state: int = 4

    @property
    def config(self) -> dict[str, int]:
        names = {
            "num_hidden_layers": self.layers,
            "hidden_size": self.width,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.key_heads,
            "head_dim": self.head_size,
            "intermediate_size": self.feed_forward,
            "vocab_size": self.vocabulary,
        }
        if self.experts:
            names.update(num_experts=self.experts, num_experts_per_tok=self.active)
        return names


class Attention(nn.Module):
    def __init__(self, s: Sizes, causal: bool = True) -> None:
        super().__init__()
        self.sizes, self.causal = s, causal
        self.q = nn.Linear(s.width, s.heads * s.head_size, bias=False)
        self.k = nn.Linear(s.width, s.key_heads * s.head_size, bias=False)
        self.v = nn.Linear(s.width, s.key_heads * s.head_size, bias=False)
        self.o = nn.Linear(s.heads * s.head_size, s.width, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        s = self.sizes
        split = [linear(x).unflatten(-1, (-1, s.head_size)).transpose(1, 2) for linear in (self.q, self.k, self.v)]
        grouped = s.heads != s.key_heads
        out = F.scaled_dot_product_attention(*split, is_causal=self.causal, enable_gqa=grouped)
        return self.o(out.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, s: Sizes) -> None:
        super().__init__()
        self.up = nn.Linear(s.width, s.feed_forward, bias=False)
        self.down = nn.Linear(s.feed_forward, s.width, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.down(torch.relu(self.up(x)))


class Mixture(nn.Module):
    """The router sends token i to the experts i, i + 1...: each gets as many as the others."""

    def __init__(self, s: Sizes) -> None:
        super().__init__()
        self.active = s.active
        self.experts = nn.ModuleList(FeedForward(s) for _ in range(s.experts))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        flat = x.flatten(0, 1)
        out = torch.zeros_like(flat)
        n = len(self.experts)
        place = torch.arange(len(flat)) % n
        for e, expert in enumerate(self.experts):
            mine = ((e - place) % n < self.active).nonzero().squeeze(1)
            out = out.index_add(0, mine, expert(flat[mine]))
        return out.view_as(x)


class StateSpace(nn.Module):
    """A layer without attention: the state of each position by one product with a triangle of decays."""

    def __init__(self, s: Sizes) -> None:
        super().__init__()
        self.into = nn.Linear(s.width, s.width, bias=False)
        self.out = nn.Linear(s.width, s.width, bias=False)
        self.decay = nn.Parameter(torch.ones(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n = x.shape[1]
        distance = torch.arange(n)[:, None] - torch.arange(n)
        weights = torch.exp(-self.decay * distance.clamp(min=0)) * (distance >= 0)
        return self.out(torch.bmm(weights.expand(len(x), n, n), self.into(x)))


class Layer(nn.Module):
    def __init__(self, s: Sizes, mixer: nn.Module, feed_forward: nn.Module) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(s.width, bias=False)
        self.mixer = mixer
        self.feed_forward = feed_forward

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.feed_forward(x + self.mixer(self.norm(x)))


class Decoder(nn.Module):
    def __init__(self, s: Sizes, *, tied: bool = False, attention_in: tuple[int, ...] | None = None) -> None:
        super().__init__()
        self.table = nn.Embedding(s.vocabulary, s.width)
        self.layers = nn.ModuleList(
            Layer(
                s,
                Attention(s) if attention_in is None or i in attention_in else StateSpace(s),
                Mixture(s) if s.experts else FeedForward(s),
            )
            for i in range(s.layers)
        )
        self.head = nn.Linear(s.width, s.vocabulary, bias=False)
        if tied:
            self.head.weight = self.table.weight

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.table(tokens)
        for layer in self.layers:
            x = layer(x)
        return self.head(x)


class VisionEncoder(nn.Module):
    """Patches of 4 x 4 pixels of 3 channels, and one token in front of them whose result is classified."""

    def __init__(self, s: Sizes, classes: int) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, s.width, 4, 4, bias=False)
        self.token = nn.Parameter(torch.zeros(1, 1, s.width))
        self.layers = nn.ModuleList(Layer(s, Attention(s, causal=False), FeedForward(s)) for _ in range(s.layers))
        self.head = nn.Linear(s.width, classes, bias=False)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        x = self.patches(pixels).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1)
        for layer in self.layers:
            x = layer(x)
        return self.head(x[:, 0])


class Adapted(nn.Module):
    """A frozen linear layer with two small trained ones next to it."""

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.a = nn.Linear(base.in_features, rank, bias=False)
        self.b = nn.Linear(rank, base.out_features, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.base(x) + self.b(self.a(x))
