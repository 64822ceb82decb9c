# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The operator column against counts made by others: PyTorch's FlopCounterMode, and thop where its rules are right."""

import pytest
import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

import flopwatch

MODELS = [
    "resnet18",
    "mobilenet_v3_small",
    "squeezenet1_1",
    "shufflenet_v2_x0_5",
    "densenet121",
    "convnext_tiny",
    "mnasnet0_5",
    "vit_b_32",
    "swin_t",
]


def model_and_input(name):
    size = 224 if name.startswith(("vit", "swin")) else 64
    with torch.device("meta"):
        return getattr(torchvision.models, name)(), torch.zeros(1, 3, size, size)


def flop_counter_macs(model, x):
    with torch.no_grad(), FlopCounterMode(display=False) as mode:
        model(x)
    flops = mode.get_total_flops()
    assert flops % 2 == 0
    return flops // 2


@pytest.mark.parametrize("name", MODELS)
def test_flop_counter_mode_counts_the_same_products(name):
    model, x = model_and_input(name)
    with torch.no_grad():
        result = flopwatch.count(model, (x,), warmup=0, formula=None)
    assert result.total.operator.macs == flop_counter_macs(model, x) > 0
    assert result.unsupported == [] and result.losses == []


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "densenet121"])
def test_where_all_products_are_in_modules_with_rules_all_three_agree(name):
    model, x = model_and_input(name)
    result = flopwatch.count(model, (x,), warmup=0)
    assert result.total.formula.macs == result.total.operator.macs
    assert [v.kind for v in result.rows[0].verdicts] == ["agrees"]
