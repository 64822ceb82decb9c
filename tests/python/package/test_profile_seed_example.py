# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The attention model of the README: thop's total for each place where a rule can be written."""

import pytest
import torch

from common_models import Attention, AttentionStack, CustomModule, Outer, attention_rule
from flopwatch import clever_format, profile
from thop_reference import assert_same_as_thop

NAMED = {"Attention": Attention, "CustomModule": CustomModule, "AttentionStack": AttentionStack}

CUSTOM_MODULE_CASES = [
    ("", 1, 1_509_949_440, "1.510G"),
    ("Attention", 1, 2_139_095_040, "2.139G"),
    ("CustomModule", 1, 3_649_044_480, "3.649G"),
    ("CustomModule Attention", 1, 4_278_190_080, "4.278G"),
    ("CustomModule", 2, 5_158_993_920, "5.159G"),
    ("Attention", 2, 4_278_190_080, "4.278G"),
    ("CustomModule Attention", 2, 6_417_285_120, "6.417G"),
]
ELSEWHERE_CASES = [
    ("Outer(CustomModule)", "CustomModule", 2_139_095_040),
    ("Outer(CustomModule)", "CustomModule Attention", 2_139_095_040),
    ("Outer(CustomModule, attn called twice)", "CustomModule", 2_139_095_040),
    ("Outer(AttentionStack)", "AttentionStack", 3_649_044_480),
    ("Attention", "Attention", 3_649_044_480),
]
MODELS = {
    "Outer(CustomModule)": lambda: Outer(CustomModule()),
    "Outer(CustomModule, attn called twice)": lambda: Outer(CustomModule(calls=2)),
    "Outer(AttentionStack)": lambda: Outer(AttentionStack()),
    "Attention": Attention,
}


def rules(names):
    return {NAMED[name]: attention_rule for name in names.split()}


def tokens():
    return torch.randn(1, 640, 768, device="meta")


@pytest.mark.parametrize("names,calls,macs,text", CUSTOM_MODULE_CASES)
def test_total_on_custom_module(names, calls, macs, text):
    with torch.device("meta"):
        model = CustomModule(calls=calls)
    counted, _ = profile(model, (tokens(),), rules(names), verbose=False)
    assert counted == macs
    assert type(counted) is float
    assert clever_format(counted, "%.3f") == text


@pytest.mark.parametrize("model,names,macs", ELSEWHERE_CASES)
def test_total_elsewhere_in_a_tree(model, names, macs):
    with torch.device("meta"):
        model = MODELS[model]()
    assert profile(model, (tokens(),), rules(names), verbose=False)[0] == macs


def test_on_the_cpu_with_values():
    model = Outer(CustomModule())
    counted = assert_same_as_thop(model, (torch.randn(1, 640, 768),), rules("Attention"))
    assert counted[0] == 2_139_095_040
