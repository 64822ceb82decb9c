# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Devices that are not there, or are not where the model lies."""

import pytest
import torch
from torch import nn

import flopwatch
from flopwatch._device import device_name
from model_state import state_of

no_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="is about a machine without a GPU")


@no_gpu
@pytest.mark.parametrize("device", ["cuda:1", torch.device("cuda", 0), "cuda"])
def test_a_device_that_is_not_there_is_an_error_that_says_what_there_is(device):
    model, x = nn.Linear(8, 8), torch.randn(4, 8)
    before = state_of(model)
    for run in (lambda: flopwatch.count(model, (x,), device=device), lambda: flopwatch.watch(model, device=device)):
        with pytest.raises(flopwatch.DeviceError, match="no NVIDIA driver|no GPU|visible") as caught:
            run()
        assert caught.value.exit_code == 3
    assert state_of(model) == before


@no_gpu
def test_the_device_is_the_models_own_where_none_is_asked_for():
    assert [device_name(first, None) for first in (None, 0, 2, -1)] == ["", "cuda:0", "cuda:2", "cuda:0"]
    assert device_name(2, "cpu") == "cpu" and device_name(2, "cuda:1") == "cuda:1"


@pytest.mark.parametrize("device", ["gpu", "cuda:x", 3.5, object()])
def test_what_is_no_device_is_refused(device):
    with pytest.raises(flopwatch.UsageError, match="device"):
        flopwatch.count(nn.Linear(8, 8), (torch.randn(4, 8),), device=device)


@pytest.mark.parametrize("device", ["meta", "mps"])
def test_devices_without_counters_are_refused(device):
    with pytest.raises(flopwatch.UsageError, match="NVIDIA"):
        flopwatch.watch(nn.Linear(8, 8), device=device)


def test_a_model_elsewhere_than_asked_is_an_error_that_says_how_to_move_it():
    model = nn.Linear(8, 8, device="meta")
    for run in (
        lambda: flopwatch.watch(model, device="cpu"),
        lambda: flopwatch.count(model, (torch.randn(4, 8),), device="cpu"),
    ):
        with pytest.raises(flopwatch.DeviceError, match=r"is on meta.*model.to\('cpu'\)"):
            run()


def test_inputs_elsewhere_than_the_model_are_an_error_that_says_how_to_move_them():
    model = nn.Linear(8, 8)
    inside = {"batch": [torch.randn(4, 8, device="meta")]}
    for args in ((torch.randn(4, 8, device="meta"),), (inside,)):
        with pytest.raises(flopwatch.DeviceError, match=r"inputs are on meta and the model on cpu.*\.to\('cpu'\)"):
            flopwatch.count(model, args)


def test_the_cpu_may_be_named():
    result = flopwatch.count(nn.Linear(8, 8), (torch.randn(4, 8),), device="cpu")
    assert result.total.operator.macs == 256 and result.total.measured is None
