# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The formula column where modules are called with nested tensors, whose sizes vary, or with unreadable ones."""

import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import flopwatch
from thop_reference import assert_same_as_thop, thop_profile

PARTS = [torch.randn(3, 16), torch.randn(5, 16)]
LAYOUTS = {"strided": torch.strided, "jagged": torch.jagged}


def nested(layout):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that the strided ones are a prototype
        return torch.nested.nested_tensor(PARTS, layout=LAYOUTS[layout])


class Padded(nn.Module):
    """The encoder turns its padded input into a nested tensor."""

    def __init__(self):
        super().__init__()
        self.e = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 2)

    def forward(self, x, padding):
        return self.e(x, src_key_padding_mask=padding)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("module", [nn.Linear(16, 4), nn.LayerNorm(16)], ids=["Linear", "LayerNorm"])
def test_same_as_thop(layout, module):
    macs, *_ = assert_same_as_thop(nn.Sequential(module), (nested(layout),))
    # Linear: 16 for each of the 4 outputs of the 8 rows; LayerNorm: 4 for each of the 16 inputs.
    assert macs == 8 * 16 * 4


def test_softmax_reads_a_size_that_is_the_same_in_all_parts():
    macs, *_ = assert_same_as_thop(nn.Sequential(nn.Softmax(-1)), (nested("jagged"),))
    assert macs == 8 * (3 * 16 - 1)


@pytest.mark.parametrize("layout,dim", [("strided", -1), ("jagged", 1)])
def test_a_size_that_varies_has_no_count_as_in_thop(layout, dim):
    with pytest.raises(Exception):  # noqa: B017  (whatever torch says of it)
        thop_profile(nn.Sequential(nn.Softmax(dim)), (nested(layout),), verbose=False)
    with pytest.raises((flopwatch.RuleError, RuntimeError)):
        flopwatch.profile(nn.Sequential(nn.Softmax(dim)), (nested(layout),), verbose=False)


@pytest.mark.filterwarnings("ignore:.*nested tensors:UserWarning")
def test_padded_encoder_is_thops():
    model, x = Padded().eval(), torch.randn(2, 5, 16)
    padding = torch.zeros(2, 5, dtype=torch.bool)
    assert assert_same_as_thop(model, (x, padding))[:2] == (23040.0, 2272.0)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_formula_column_has_the_call(layout):
    result = flopwatch.count(nn.Sequential(nn.Linear(16, 4)), (nested(layout),))
    assert result.rows[1].formula_macs == 8 * 16 * 4
    assert "call_unreadable" not in [loss["kind"] for loss in result.losses]


class Hidden(torch.Tensor):
    """A tensor whose sizes cannot be read."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dispatch_sizes_strides_policy="sizes")

    def __init__(self, inner):
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, function, types, args, kwargs=None):
        raise NotImplementedError(f"{function} of a hidden tensor")


class Unwraps(nn.Linear):
    def forward(self, x):
        return F.linear(x.inner, self.weight)


def test_unreadable_call_makes_the_formula_incomplete():
    def rule(m, x, y):
        m.total_ops += 4 * 16 * 8

    model = nn.Sequential(Unwraps(16, 8))
    with torch.no_grad(), flopwatch.watch(model, custom_ops={Unwraps: rule}) as w:
        model(Hidden(torch.randn(4, 16)))
    assert [loss["kind"] for loss in w.result.losses] == ["call_unreadable"]
    assert not w.result.exact
    assert [(v.kind, v.amount) for v in w.result.rows[0].verdicts] == [("formula_incomplete", -4 * 16 * 8)]
