# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Our rules against thop itself: every case of thop_cases.json, counted by both, must agree exactly."""

import json
import os
import pathlib
import subprocess

import pytest
import thop
import torch
from thop.profile import register_hooks
from torch import nn

CASES_FILE = pathlib.Path(__file__).resolve().parent.parent / "torch" / "thop_cases.json"
CASES = json.loads(CASES_FILE.read_text())

# Types that thop has a rule for and LibTorch has no class for.
PYTHON_ONLY = {"SyncBatchNorm", "UpsamplingBilinear2d", "UpsamplingNearest2d"}


class Wrapper(nn.Module):
    """Keeps the module from being the root, which thop treats in its own way."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x)


def build(case):
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in case.get("options", {}).items()}
    if case["type"] == "Sequential":
        return nn.Sequential(nn.ReLU(), nn.Dropout())
    return getattr(nn, case["type"])(**options)


def has_rule(case):
    return getattr(nn, case["type"]) in register_hooks


def thop_amount(case):
    """What thop gives for the module, None where it has no rule for its type."""
    module = build(case)
    x = torch.zeros(case["input"])
    if "lengths" in case:
        x = nn.utils.rnn.pack_padded_sequence(x, case["lengths"], batch_first=module.batch_first)
    _, _, layers = thop.profile(Wrapper(module), (x,), verbose=False, ret_layer_info=True)
    amount = layers["inner"][0]
    if not has_rule(case):
        assert amount == 0
        return None
    assert amount == int(amount)
    return int(amount)


@pytest.fixture(scope="module")
def our_amounts():
    folder = os.environ.get("FLOPWATCH_TEST_BIN_DIR")
    if not folder:
        pytest.skip("FLOPWATCH_TEST_BIN_DIR is not set: build with -DFLOPWATCH_TORCH=ON and run this by ctest")
    program = pathlib.Path(folder) / "thop_cases"
    assert program.is_file(), f"{program} is missing: build the target thop_cases"
    done = subprocess.run([program, CASES_FILE], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_reference_is_the_version_our_rules_follow():
    assert thop.__version__ == "0.1.1"


def test_cases_cover_every_type_with_a_rule():
    assert len({case["name"] for case in CASES}) == len(CASES)
    ruled = {t.__name__ for t in register_hooks} - PYTHON_ONLY
    assert {case["type"] for case in CASES if has_rule(case)} == ruled
    assert any(not has_rule(case) for case in CASES)


def test_both_sides_ran_the_same_cases(our_amounts):
    assert set(our_amounts) == {case["name"] for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_amount_is_thops(case, our_amounts):
    assert our_amounts[case["name"]] == thop_amount(case)
