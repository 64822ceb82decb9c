# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The model of the samples, and every way in which people count it with thop. The C++ twin is samples/attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn


class Attention(nn.Module):
    """(batch, tokens, dim) -> the same. Its two batched products are functional: no module rule sees them."""

    def __init__(self, dim: int = 768, heads: int = 12) -> None:
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.attn_drop = nn.Dropout(0.0)
        self.proj = nn.Linear(dim, dim)
        self.proj_drop = nn.Dropout(0.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = self.attn_drop(((q @ k.transpose(-2, -1)) * self.scale).softmax(-1))
        return self.proj_drop(self.proj((scores @ v).transpose(1, 2).reshape(b, n, c)))


class CustomModule(nn.Module):
    """Holds one Attention and calls it, once or more."""

    def __init__(self, dim: int = 768, heads: int = 12, calls: int = 1) -> None:
        super().__init__()
        self.calls = calls
        self.attn = Attention(dim, heads)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for _ in range(self.calls):
            x = self.attn(x)
        return x


class AttentionStack(nn.Sequential):
    """A Sequential with its own name, as model code often has."""

    def __init__(self, dim: int = 768, heads: int = 12) -> None:
        super().__init__()
        self.add_module("attn", Attention(dim, heads))


class Outer(nn.Module):
    """Holds one module and calls it, so that it is not the root."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.inner(*args, **kwargs)


def attention_rule(module: nn.Module, x: tuple[Any, ...], y: Any) -> None:
    """The user's rule, in MACs: the projections and the two batched products; softmax left out."""
    b, n, c = x[0].shape
    module.total_ops += b * 4 * n * c * c + b * 2 * c * n * n


@dataclass(frozen=True)
class Sizes:
    batch: int = 1
    seq: int = 640
    dim: int = 768
    heads: int = 12


@dataclass(frozen=True)
class Case:
    """One way of counting the model."""

    model: str
    """CustomModule, AttentionStack or Attention; "Outer(...)" around it."""
    rules: tuple[type[nn.Module], ...]
    calls: int = 1
    """Of attn, in one forward of CustomModule."""
    begins_table: bool = False

    @property
    def rule_names(self) -> str:
        return ", ".join(rule.__name__ for rule in self.rules) or "none"

    @property
    def custom_ops(self) -> dict[type[nn.Module], Any]:
        return dict.fromkeys(self.rules, attention_rule)

    def build(self, sizes: Sizes) -> nn.Module:
        """In eval mode, as thop runs it."""
        inner: nn.Module
        if "CustomModule" in self.model:
            inner = CustomModule(sizes.dim, sizes.heads, self.calls)
        elif "AttentionStack" in self.model:
            inner = AttentionStack(sizes.dim, sizes.heads)
        else:
            inner = Attention(sizes.dim, sizes.heads)
        return (Outer(inner) if self.model.startswith("Outer") else inner).eval()


# First with CustomModule as the root that is given to the counter, then the same rules elsewhere in a tree.
CASES = (
    Case("CustomModule", (), begins_table=True),
    Case("CustomModule", (Attention,)),
    Case("CustomModule", (CustomModule,)),
    Case("CustomModule", (CustomModule, Attention)),
    Case("CustomModule", (CustomModule,), calls=2),
    Case("CustomModule", (Attention,), calls=2),
    Case("CustomModule", (CustomModule, Attention), calls=2),
    Case("Outer(CustomModule)", (CustomModule,), begins_table=True),
    Case("Outer(CustomModule)", (CustomModule, Attention)),
    Case("Outer(CustomModule)", (CustomModule,), calls=2),
    Case("Outer(AttentionStack)", (AttentionStack,)),
    Case("Attention", (Attention,)),
)
