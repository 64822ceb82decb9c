# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Operator counts of traced models against an independent count, torch's FlopCounterMode.

FlopCounterMode counts FLOPs of products (2 per MAC). Where it is itself wrong, the right value is
computed by hand here and its wrong one is asserted as well, so that a fixed torch is noticed.
"""

import json
import os
import pathlib
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "samples/python"))
from attention_model import Attention  # noqa: E402


class Function(nn.Module):
    """A function as a module, so that it can be traced."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *args):
        return self.function(*args)


def small_cnn():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 3, groups=8, dilation=2), nn.GELU(), nn.AdaptiveAvgPool2d(4),
        nn.ConvTranspose2d(8, 4, 2, stride=2, groups=2), nn.Flatten(), nn.Linear(4 * 64, 10), nn.Softmax(-1))


def r(*shape):
    return torch.randn(*shape)


# name: (model, inputs, MACs where FlopCounterMode is wrong or None, why)
CASES = {
    "mm": (Function(torch.mm), (r(4, 5), r(5, 6)), None),
    "bmm": (Function(torch.bmm), (r(3, 4, 5), r(3, 5, 6)), None),
    "addmm": (Function(torch.addmm), (r(4, 6), r(4, 5), r(5, 6)), None),
    "baddbmm": (Function(torch.baddbmm), (r(3, 4, 6), r(3, 4, 5), r(3, 5, 6)), None),
    "matmul_broadcast": (Function(torch.matmul), (r(2, 3, 4, 5), r(5, 6)), None),
    "einsum": (Function(lambda a, b: torch.einsum("bij,bkj->bik", a, b)), (r(2, 3, 4), r(2, 5, 4)), None),
    "conv1d": (nn.Conv1d(4, 6, 3, stride=2, padding=1), (r(2, 4, 17),), None),
    "conv2d_groups": (nn.Conv2d(8, 12, (3, 5), groups=4, dilation=2), (r(2, 8, 20, 20),), None),
    "conv3d": (nn.Conv3d(2, 4, 3), (r(1, 2, 6, 6, 6),), None),
    "conv_unbatched": (nn.Conv2d(3, 6, 3), (r(3, 9, 9),), None),
    "conv_transpose1d": (nn.ConvTranspose1d(3, 6, 4, stride=2, padding=1), (r(2, 3, 8),), None),
    "conv_transpose2d_groups": (nn.ConvTranspose2d(4, 8, 2, stride=2, groups=2), (r(2, 4, 8, 8),), None),
    "conv_transpose3d": (nn.ConvTranspose3d(2, 3, 2, stride=2, output_padding=1), (r(1, 2, 4, 4, 4),), None),
    # FlopCounterMode has no rule for the CPU operator below it.
    "sdpa": (Function(F.scaled_dot_product_attention), (r(2, 4, 10, 4), r(2, 4, 12, 4), r(2, 4, 12, 4)), 2 * 4 * 10 * 12 * 8),
    "sdpa_causal": (Function(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True)),
                    (r(2, 4, 10, 4), r(2, 4, 10, 4), r(2, 4, 10, 4)), 2 * 4 * 10 * 10 * 8),
    "attention": (Attention(48, 4).eval(), (r(2, 10, 48),), None),
    "cnn": (small_cnn().eval(), (r(2, 3, 16, 16),), None),
    "mha_train": (nn.MultiheadAttention(16, 4, batch_first=True).train(), (r(2, 10, 16),) * 3, None),
    # FlopCounterMode's own faults. It has no rule for attention on the CPU, so its square is missing:
    # 2*4*10*10*8 of the 47360 of the whole layer.
    "encoder_layer_train": (nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, dropout=0.0).train(),
                            (r(2, 10, 16),), 47360),
    # Fused inference runs as one operator, which it counts as 0; embed 16,
    # input (2, 10, 16): 20*16*48 + 2*2*10*10*16 + 20*16*16 = 26880, and 2*20*16*32 more in the layer.
    "mha_fused": (nn.MultiheadAttention(16, 4, batch_first=True).eval(), (r(2, 10, 16),) * 3, 26880),
    "encoder_layer_fused": (nn.TransformerEncoderLayer(16, 4, 32, batch_first=True).eval(), (r(2, 10, 16),),
                            47360),
    # T 5, B 2, gates 4, H 4, I 3: 5*2*4*4*(3+4).
    "lstm": (nn.LSTM(3, 4), (r(5, 2, 3),), 1120),
    # No rule for it in FlopCounterMode: 4*5.
    "mv": (Function(torch.mv), (r(4, 5), r(5)), 20),
}


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    bin_dir = os.environ.get("FLOPWATCH_TEST_BIN_DIR")
    if not bin_dir:
        pytest.skip("FLOPWATCH_TEST_BIN_DIR is not set: run through ctest")
    program = pathlib.Path(bin_dir) / "count_traced"
    assert program.exists(), f"{program} is missing"
    folder = tmp_path_factory.mktemp("traced")
    torch.manual_seed(0)
    for name, (model, inputs, *_) in CASES.items():
        with torch.no_grad():
            traced = torch.jit.trace(model, inputs, check_trace=False, strict=False)
        traced._c._register_attribute("example_inputs", torch._C.ListType(torch._C.TensorType.get()), list(inputs))
        traced.save(str(folder / f"{name}.pt"))
    files = sorted(str(p) for p in folder.glob("*.pt"))
    run = subprocess.run([str(program), *files], capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    return {pathlib.Path(k).stem: v for k, v in json.loads(run.stdout).items()}


@pytest.mark.parametrize("name", sorted(CASES))
def test_macs_equal_the_independent_count(counted, name):
    model, inputs, by_paper = CASES[name]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(*inputs)
    reference = counter.get_total_flops()
    ours = counted[name]["macs"]
    if by_paper is None:
        assert 2 * ours == reference
        assert ours > 0
    else:
        assert ours == by_paper
        assert reference < 2 * ours, "FlopCounterMode counts this now: make it the reference"


def test_fused_inference_is_one_operator_and_counted_through_its_inner_calls(counted):
    names = counted["encoder_layer_fused"]["operators"]
    assert any(n.startswith("aten::_addmm_activation/") for n in names), names
    assert any(n.startswith("aten::bmm.out/") or n.startswith("aten::bmm/") for n in names), names
    assert not any(n.endswith("/unsupported") for n in names), names


def test_causal_attention_keeps_its_useful_part_apart(counted):
    assert counted["sdpa_causal"]["macs"] == 2 * 4 * 10 * 10 * 8
    assert counted["sdpa_causal"]["useful_macs"] == 2 * 4 * 55 * 8


def test_nothing_common_is_unsupported(counted):
    unsupported = {f"{m}: {n}" for m, v in counted.items() for n in v["operators"] if n.endswith("/unsupported")}
    assert not unsupported
