# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Random module trees, with sharing and repeated calls, and random rules for them, as hypothesis strategies.

Every module maps (2, 4) to (2, 4), so that any of them fits anywhere.
"""

import torch
from hypothesis import strategies as st
from torch import nn

from common_models import Block, SubLinear

WIDTH = 4
SHAPE = (2, WIDTH)


class Mixer(Block):
    """A second composite type, so that rules nest."""


class Stack(nn.Sequential):
    """A subclass: thop walks below it, but has no rule for it."""


class Listed(nn.Module):
    """Holds its children in a ModuleList, which thop's walk enters."""

    def __init__(self, children, order):
        super().__init__()
        self.items, self.order = nn.ModuleList(children), order

    def forward(self, x):
        for index in self.order:
            x = self.items[index](x)
        return x


class Scaled(nn.Module):
    """A leaf without a rule, with a parameter that thop never counts."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x):
        return x * self.scale


LEAVES = {
    "linear": lambda: nn.Linear(WIDTH, WIDTH),
    "sub_linear": lambda: SubLinear(WIDTH, WIDTH, bias=False),
    "norm": lambda: nn.BatchNorm1d(WIDTH),
    "layer_norm": lambda: nn.LayerNorm(WIDTH),
    "prelu": nn.PReLU,
    "softmax": lambda: nn.Softmax(-1),
    "relu": nn.ReLU,
    "dropout": nn.Dropout,
    "gelu": nn.GELU,
    "scaled": Scaled,
}
COMPOSITES = ("block", "mixer", "sequential", "stack", "listed")
RULED_TYPES = (
    nn.Linear,
    SubLinear,
    nn.BatchNorm1d,
    nn.ReLU,
    nn.GELU,
    Scaled,
    Block,
    Mixer,
    nn.Sequential,
    Stack,
    Listed,
    nn.ModuleList,
)


def _order(draw, count):
    """Which of `count` children are called, in what order: now and then one twice, or not at all."""
    if draw(st.booleans()):
        return list(range(count))
    return draw(st.lists(st.integers(0, count - 1), max_size=count + 2)) if count else []


def _composite(draw, kind, children):
    if kind in ("sequential", "stack"):
        return (nn.Sequential if kind == "sequential" else Stack)(*children)
    order = _order(draw, len(children))
    if kind == "listed":
        return Listed(children, order)
    named = {f"c{index}": child for index, child in enumerate(children)}
    return (Block if kind == "block" else Mixer)(calls=[f"c{index}" for index in order], **named)


@st.composite
def models(draw):
    """Built from the leaves up; a module may take any earlier one as its child, also one that has a parent."""
    built = [LEAVES[draw(st.sampled_from(sorted(LEAVES)))]() for _ in range(draw(st.integers(1, 5)))]
    for _ in range(draw(st.integers(0, 5))):
        children = draw(st.lists(st.sampled_from(range(len(built))), max_size=4))
        built.append(_composite(draw, draw(st.sampled_from(COMPOSITES)), [built[index] for index in children]))
    root = built[-1]
    for module in root.modules():
        module.training = draw(st.booleans())
    return root


def _adds(amount):
    def rule(module, _x, _y):
        module.total_ops += amount

    return rule


def _adds_twice(amount):
    def rule(module, _x, _y):
        module.total_ops += torch.DoubleTensor([amount])
        module.total_ops += amount / 3

    return rule


def _assigns(amount):
    def rule(module, x, _y):
        module.total_ops = module.total_ops * 1.5 + amount * x[0].numel()

    return rule


def _returns_another_output(amount):
    def rule(module, _x, y):
        module.total_ops += amount
        return y + 1

    return rule


def _returns_the_counter(amount):
    return lambda module, _x, _y: module.total_ops.add_(amount).expand(SHAPE).float()


def _writes_to_the_children(amount):
    def rule(module, _x, _y):
        for child in module.children():
            child.total_ops += amount
            child.total_params += 7

    return rule


RULES = (_adds, _adds_twice, _assigns, _returns_another_output, _returns_the_counter, _writes_to_the_children)
AMOUNTS = st.one_of(
    st.integers(-1000, 10**9).map(float),
    st.sampled_from([0.1, 1 / 3, 1e15 + 0.5, 2.0**53 + 2, 1e-12, 1000.0]),
    st.floats(-1e12, 1e12),
)


@st.composite
def rules(draw):
    """custom_ops for some of the types; None switches a built-in rule off, as it does with thop."""
    types = draw(st.lists(st.sampled_from(RULED_TYPES), unique=True, max_size=4))
    return {
        kind: None if draw(st.integers(0, 9)) == 0 else draw(st.sampled_from(RULES))(draw(AMOUNTS)) for kind in types
    }
