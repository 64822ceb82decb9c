# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Run as a program: counts cases with whichever thop is on the path, directly and through flopwatch; prints JSON.

{"name", "version", "file", "cases": {case: {"own", "installed", "direct", "unchanged"}}}, where own, installed and
direct are (macs, parameters, layers) of flopwatch's rules, of flopwatch with formula="installed", and of thop itself.
"""

import json
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

from common_models import Attention, Block, Outer, SubLinear, attention_rule  # noqa: E402
from flopwatch import profile  # noqa: E402
from flopwatch._thop.profile import installed_thop  # noqa: E402
from model_state import state_of  # noqa: E402

X = torch.linspace(-1, 1, 32).reshape(4, 8)
TOKENS = torch.linspace(-1, 1, 320).reshape(2, 10, 16)
IMAGE = torch.linspace(-1, 1, 512).reshape(2, 4, 8, 8)


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function, self.weight = function, nn.Parameter(torch.ones(8, 8))

    def forward(self, x):
        return self.function(x, self.weight)


class SelfAttention(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.attention, self.options = nn.MultiheadAttention(16, 4, batch_first=True), options

    def forward(self, x):
        return self.attention(x, x, x, **self.options)[0]


class Inner(Block):
    """A second type for nested rules."""


def linear():
    return nn.Linear(8, 8)


def adds(amount):
    def rule(module, _x, _y):
        module.total_ops += amount

    return rule


def shared_by(parents):
    shared = linear()
    return nn.Sequential(*(Block(only=shared) for _ in range(parents)))


def two_names():
    shared = linear()
    return Block(first=shared, second=shared)


def function(body):
    return lambda: Outer(Function(body))


def attention(x, _weight):
    heads = x.reshape(2, 10, 4, 4).transpose(1, 2)
    return F.scaled_dot_product_attention(heads, heads, heads)


CASES = {
    "called twice": (lambda: Block(calls=["a", "a"], a=linear()), X, {}),
    "two names": (two_names, X, {}),
    "two parents": (lambda: shared_by(2), X, {}),
    "three parents": (lambda: shared_by(3), X, {}),
    "subclass": (lambda: Block(a=SubLinear(8, 8)), X, {}),
    "F.linear": (function(F.linear), X, {}),
    "product": (function(lambda x, w: x @ w), X, {}),
    "torch.mm": (function(torch.mm), X, {}),
    "multi-head attention": (SelfAttention, TOKENS, {}),
    "attention without weights": (lambda: SelfAttention(need_weights=False), TOKENS, {}),
    "scaled_dot_product_attention": (function(attention), TOKENS, {}),
    "encoder layer": (lambda: Outer(nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)), TOKENS, {}),
    "transposed convolution": (lambda: Outer(nn.ConvTranspose2d(4, 8, 2, stride=2, groups=2)), IMAGE, {}),
    "LSTM": (lambda: Outer(nn.LSTM(3, 4)), torch.ones(5, 2, 3), {}),
    "rule on a nested composite": (lambda: Outer(Block(a=linear())), X, {Block: adds(1000)}),
    "rule on the root": (lambda: Block(a=linear()), X, {Block: adds(1000)}),
    "rule on a Sequential": (lambda: Outer(nn.Sequential(linear(), linear())), X, {nn.Sequential: adds(1000)}),
    "nested rules": (
        lambda: Outer(Block(a=Inner(x=linear()), b=Inner(x=linear()))),
        X,
        {Block: adds(1000), Inner: adds(10)},
    ),
    "rule on attention": (lambda: Outer(Attention(16, 4)), TOKENS, {Attention: attention_rule}),
    "frozen normalisation": (lambda: Block(a=linear(), b=nn.BatchNorm1d(8).eval()), X, {}),
}


def answers(build, x, custom_ops):
    import thop

    options = {"verbose": False, "ret_layer_info": True}
    torch.manual_seed(0)
    model = build()
    before = state_of(model)
    own = profile(model, (x,), custom_ops, **options)
    installed = profile(model, (x,), custom_ops, formula="installed", **options)
    unchanged = state_of(model) == before
    direct = thop.profile(model, (x,), custom_ops, **options)
    return {"own": own, "installed": installed, "direct": direct, "unchanged": unchanged}


def main():
    warnings.simplefilter("ignore")
    name, version = installed_thop()
    import thop

    cases = {case: answers(*arguments) for case, arguments in CASES.items()}
    print(json.dumps({"name": name, "version": version, "file": thop.__file__, "cases": cases}))


if __name__ == "__main__":
    main()
