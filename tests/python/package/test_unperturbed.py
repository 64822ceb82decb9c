# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The user's program is never changed: the same operators run, and the same bits come out."""

from collections import Counter

import pytest
import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

import flopwatch
from common_models import CustomModule, SmallNet


def operators(run):
    """Every dispatcher call of one run by name and shapes, inner ones too, as PyTorch's own profiler sees them."""
    with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as seen:
        output = run()
    calls = Counter((e.name, str(e.input_shapes)) for e in seen.events() if e.name.startswith("aten::"))
    assert calls
    return calls, output


def encoder_layer():
    return nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), torch.randn(2, 10, 16)


def encoder():
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
    return nn.TransformerEncoder(layer, 2), torch.randn(2, 10, 16)


CASES = {
    "convolutions and norms": lambda: (SmallNet(), torch.randn(2, 3, 8, 8)),
    "attention": lambda: (CustomModule(48, 4), torch.randn(1, 16, 48)),
    "encoder layer": encoder_layer,
    "encoder": encoder,
    "recurrent": lambda: (nn.LSTM(3, 4), torch.randn(5, 2, 3)),
    "dropout": lambda: (nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5)), torch.randn(4, 8)),
}


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("make", CASES.values(), ids=CASES)
def test_the_same_operators_and_the_same_bits(make, training):
    model, x = make()
    model.train(training)

    def run():
        torch.manual_seed(1)
        with torch.set_grad_enabled(training):
            return model(x)

    bare, expected = operators(run)
    with flopwatch.watch(model, custom_ops={nn.Linear: lambda m, x, y: 1000}):
        watched, output = operators(run)
    assert equal(output, expected)
    rules_own = watched - bare
    assert bare - watched == Counter() and all(name in RULES_OWN for name, _ in rules_own)


# What asking a rule of the user's takes: a counter is made and read, muted, for each call of its module.
RULES_OWN = {"aten::zeros", "aten::empty", "aten::zero_", "aten::fill_", "aten::item", "aten::_local_scalar_dense"}


@pytest.mark.parametrize("make", CASES.values(), ids=CASES)
def test_without_rules_of_the_users_nothing_at_all_is_added(make):
    model, x = make()
    model.eval()

    def run():
        with torch.no_grad():
            return model(x)

    bare, _ = operators(run)
    with flopwatch.watch(model):
        watched, _ = operators(run)
    assert watched == bare


def test_the_fused_path_is_kept():
    layer, x = encoder_layer()
    layer.eval()
    with torch.no_grad(), flopwatch.watch(layer) as w:
        calls, _ = operators(lambda: layer(x))
    assert any(name == "aten::_transformer_encoder_layer_fwd" for name, _ in calls)
    assert w.result.total.operator.macs == 47_360


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_gradient_modes(mode):
    model, x = SmallNet(), torch.randn(2, 3, 8, 8)
    with mode():
        expected = model.eval()(x)
        with flopwatch.watch(model) as w:
            output = model(x)
        counted = flopwatch.count(model, (x,))
    assert torch.equal(output, expected) and output.is_inference() == expected.is_inference()
    assert w.result.total.operator.macs == counted.total.operator.macs > 0
    assert w.result.losses == counted.losses == []


def test_autocast_is_counted_in_the_format_that_ran():
    model, x = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8)), torch.randn(4, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        expected = model(x)
        with flopwatch.watch(model) as w:
            output = model(x)
        counted = flopwatch.count(model, (x,))
    assert torch.equal(output, expected)
    assert w.result.total.operator.by_precision == counted.total.operator.by_precision
    assert w.result.total.operator.by_precision["bf16"] == 512


def equal(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b))
