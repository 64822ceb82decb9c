# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Each built-in rule through profile, against thop: the cases of thop_cases.json, and calls that no rule can count."""

import json
from pathlib import Path

import pytest
import torch
from thop.profile import register_hooks
from torch import nn

from common_models import Outer
from flopwatch import profile
from flopwatch._errors import RuleError
from thop_reference import assert_same_as_thop, thop_profile

CASES = json.loads((Path(__file__).resolve().parents[2] / "torch" / "thop_cases.json").read_text())
CASES += [
    {"name": "syncbatchnorm", "type": "SyncBatchNorm", "options": {"num_features": 3}, "input": [2, 3, 4, 5]},
    {
        "name": "upsamplingbilinear2d",
        "type": "UpsamplingBilinear2d",
        "options": {"scale_factor": 2},
        "input": [2, 3, 4, 5],
    },
    {"name": "upsamplingnearest2d", "type": "UpsamplingNearest2d", "options": {"size": [7, 9]}, "input": [2, 3, 4, 5]},
]


def build(case):
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in case.get("options", {}).items()}
    if case["type"] == "Sequential":
        return nn.Sequential(nn.ReLU(), nn.Dropout())
    return getattr(nn, case["type"])(**options)


def input_of(case, module):
    x = torch.zeros(case["input"])
    if "lengths" in case:
        return nn.utils.rnn.pack_padded_sequence(x, case["lengths"], batch_first=module.batch_first)
    return x


def test_every_type_with_a_rule_has_a_case():
    assert {kind.__name__ for kind in register_hooks} <= {case["type"] for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_amount_is_thops(case):
    module = build(case)
    x = input_of(case, module)
    assert_same_as_thop(Outer(module), (x,))
    module = build(case)
    assert_same_as_thop(module, (x,))


class ByKeyword(Outer):
    def forward(self, x):
        return self.inner(input=x)


UNCOUNTABLE = {
    "softmax over no given dimension": lambda: Outer(nn.Softmax(None)),
    "input by keyword": lambda: ByKeyword(nn.Conv1d(3, 3, 1)),
}


@pytest.mark.parametrize("build_model", UNCOUNTABLE.values(), ids=UNCOUNTABLE.keys())
@pytest.mark.filterwarnings("ignore:Implicit dimension choice")
def test_call_that_thops_rule_cannot_count_is_an_error_here_too(build_model):
    x = torch.zeros(2, 3, 4)
    with pytest.raises((TypeError, IndexError)):
        thop_profile(build_model(), (x,), verbose=False)
    with pytest.raises(RuleError):
        profile(build_model(), (x,), verbose=False)


def test_linear_reads_only_its_output():
    """So a call by keyword counts, there as here."""
    assert assert_same_as_thop(ByKeyword(nn.Linear(4, 5)), (torch.zeros(2, 4),))[0] == 40
