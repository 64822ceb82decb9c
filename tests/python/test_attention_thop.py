# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The sample's totals at other sizes, against the real thop 0.1.1 on the same model in Python."""

import itertools
import json
import os
import pathlib
import subprocess
import sys

import pytest
import thop
import torch

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "samples/python"))
from attention_model import Attention, AttentionStack, CustomModule, Outer, attention_rule  # noqa: E402

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
    ops = {TYPES[name]: attention_rule for name in rules.split(",") if name != "none"}
    macs, parameters = thop.profile(root, (torch.randn(batch, seq, dim),), custom_ops=ops, verbose=False)
    assert ours["formula_macs_and_operations"] == macs
    assert ours["formula_parameters"] == parameters
    assert ours["operator_macs"] == calls * (batch * 4 * seq * dim * dim + batch * 2 * dim * seq * seq)
