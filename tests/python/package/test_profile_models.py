# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The classification models of torchvision and models of timm: totals and every row are thop's to the last digit.

They are built on the meta device: rules read shapes alone. A few are run with values, to show that it is the same.
"""

import contextlib
from unittest import mock

import pytest
import timm
import torch
import torchvision

from thop_reference import assert_same_as_thop, slow

TORCHVISION = torchvision.models.list_models(module=torchvision.models)
QUICK_TORCHVISION = (
    "alexnet",
    "convnext_tiny",
    "efficientnet_b0",
    "googlenet",
    "maxvit_t",
    "mobilenet_v3_small",
    "regnet_y_400mf",
    "resnet18",
    "shufflenet_v2_x0_5",
    "squeezenet1_0",
    "vgg11_bn",
    "vit_b_32",
)
QUICK_TIMM = (
    "coatnet_0_224",
    "convnext_atto",
    "dla34",
    "dpn48b",
    "eca_vovnet39b",
    "efficientformer_l1",
    "efficientvim_m1",
    "fasternet_l",
    "ghostnet_050",
    "gmixer_12_224",
    "inception_next_atto",
    "pvt_v2_b0",
    "resnest14d",
    "resnetv2_18",
    "selecsls42",
    "skresnet18",
    "starnet_s1",
    "test_vit_relpos",
    "tiny_vit_5m_224",
    "visformer_small",
)
# One model of each family that timm has.
TIMM = {family: timm.list_models(module=family)[0] for family in timm.list_modules()}
SMALL_IMAGE = {"sequencer2d_l": (64, 64)}  # recurrent over rows and columns: a minute at full size


def assert_counts_as_thop(model, size):
    macs, parameters, layers = assert_same_as_thop(model, (torch.empty(1, 3, *size, device="meta"),))
    assert macs > 1e7 and parameters > 1e5 and layers


@contextlib.contextmanager
def regnet_widths_have_values():
    """RegNet works its widths out with tensors, and reads them."""
    from_init_params = torchvision.models.regnet.BlockParams.from_init_params

    def on_the_cpu(**options):
        with torch.device("cpu"):
            return from_init_params(**options)

    with mock.patch.object(torchvision.models.regnet.BlockParams, "from_init_params", on_the_cpu):
        yield


def assert_torchvision_counts_as_thop(name):
    options = {"init_weights": True} if name in ("googlenet", "inception_v3") else {}  # else they warn
    with torch.device("meta"), regnet_widths_have_values():
        model = torchvision.models.get_model(name, weights=None, **options)
    assert_counts_as_thop(model, (299, 299) if name == "inception_v3" else (224, 224))


def assert_timm_counts_as_thop(name):
    with torch.device("meta"):
        model = timm.create_model(name)
    assert_counts_as_thop(model, SMALL_IMAGE.get(name, model.default_cfg["input_size"][1:]))


@pytest.mark.parametrize("name", QUICK_TORCHVISION)
def test_torchvision(name):
    assert_torchvision_counts_as_thop(name)


@pytest.mark.parametrize("name", QUICK_TIMM)
def test_timm(name):
    assert_timm_counts_as_thop(name)


@slow
@pytest.mark.parametrize("name", sorted(set(TORCHVISION) - set(QUICK_TORCHVISION)))
def test_torchvision_all(name):
    assert_torchvision_counts_as_thop(name)


@slow
@pytest.mark.parametrize("name", sorted(set(TIMM.values()) - set(QUICK_TIMM)))
def test_timm_all(name):
    assert_timm_counts_as_thop(name)


def test_there_are_that_many():
    assert len(TORCHVISION) >= 80 and len(TIMM) >= 90
    assert set(QUICK_TORCHVISION) <= set(TORCHVISION)
    families = {timm.models.model_entrypoint(name).__module__ for name in QUICK_TIMM}
    assert len(families) == len(QUICK_TIMM) >= 15


def test_with_values():
    """Values decide nothing: on the CPU it is the same."""
    model = torchvision.models.get_model("mobilenet_v3_small", weights=None)
    on_the_cpu = assert_same_as_thop(model, (torch.randn(1, 3, 64, 64),))
    with torch.device("meta"):
        model = torchvision.models.get_model("mobilenet_v3_small", weights=None)
    assert assert_same_as_thop(model, (torch.empty(1, 3, 64, 64, device="meta"),)) == on_the_cpu
