# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The sample's totals at other sizes, against the real thop 0.1.1 on the same model in Python."""

import itertools
import json
import os
import pathlib
import subprocess

import pytest
import thop
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, dim, heads):
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
    def __init__(self, dim, heads, calls):
        super().__init__()
        self.calls, self.attn = calls, Attention(dim, heads)

    def forward(self, x):
        for _ in range(self.calls):
            x = self.attn(x)
        return x


class AttentionStack(nn.Sequential):
    def __init__(self, dim, heads):
        super().__init__()
        self.add_module("attn", Attention(dim, heads))


class Outer(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x)


def rule(module, inputs, _output):
    b, n, c = inputs[0].shape
    module.total_ops += torch.DoubleTensor([b * 4 * n * c * c + b * 2 * c * n * n])


TYPES = {"custom": CustomModule, "stack": AttentionStack, "attention": Attention}
# model, outer, calls, rules
CASES = [("custom", outer, calls, rules)
         for outer, calls, rules in itertools.product((False, True), (1, 3),
                                                      ("none", "custom", "attention", "custom,attention"))]
CASES += [("stack", outer, 1, rules) for outer in (False, True) for rules in ("none", "stack", "stack,attention")]
CASES += [("attention", outer, 1, rules) for outer in (False, True) for rules in ("none", "attention")]


@pytest.mark.parametrize("model,outer,calls,rules", CASES)
@pytest.mark.parametrize("size", [(2, 32, 64, 4), (3, 17, 48, 3)])
def test_total_and_parameters_equal_thops(model, outer, calls, rules, size):
    bin_dir = os.environ.get("FLOPWATCH_BIN_DIR")
    if not bin_dir:
        pytest.skip("FLOPWATCH_BIN_DIR is not set: run through ctest")
    batch, seq, dim, heads = size
    command = [str(pathlib.Path(bin_dir) / "attention"), "--json", "--model", model, "--rules", rules,
               "--batch", str(batch), "--seq", str(seq), "--dim", str(dim), "--heads", str(heads)]
    command += ["--outer"] if outer else []
    command += ["--calls", str(calls)] if model == "custom" else []
    ours = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)["totals"]

    root = CustomModule(dim, heads, calls) if model == "custom" else TYPES[model](dim, heads)
    root = Outer(root) if outer else root
    ops = {TYPES[name]: rule for name in rules.split(",") if name != "none"}
    macs, parameters = thop.profile(root, (torch.randn(batch, seq, dim),), custom_ops=ops, verbose=False)
    assert ours["formula_macs_and_operations"] == macs
    assert ours["formula_parameters"] == parameters
    assert ours["operator_macs"] == calls * (batch * 4 * seq * dim * dim + batch * 2 * dim * seq * seq)
