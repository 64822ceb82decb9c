# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""profile_origin beside thop's own, and the keywords of ultralytics-thop's profile."""

import contextlib
import copy
import inspect
import io
import os
import subprocess
import sys
import warnings

import pytest
import thop
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

import flopwatch
from common_models import Block, Outer, SmallNet
from model_state import state_of
from random_modules import SHAPE, models, rules
from thop_reference import ALL_TESTS

INPUTS = (torch.linspace(-1, 1, 8).reshape(SHAPE),)
IMAGE = (torch.randn(2, 3, 8, 8),)


def thops(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return thop.profile_origin(*args, **options)


def captured(function, *args, **options):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        returned = function(*args, **options)
    return repr(returned), printed.getvalue()


def test_signature_is_thops():
    names = inspect.signature(flopwatch.profile_origin).parameters
    theirs = inspect.signature(thop.profile_origin).parameters
    assert [(p.name, p.default) for p in names.values()] == [(p.name, p.default) for p in theirs.values()]


@given(model=models(), custom_ops=rules(), report_missing=st.booleans(), verbose=st.booleans())
@settings(
    max_examples=1000 if ALL_TESTS else 150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
def test_is_thops_to_the_last_digit(model, custom_ops, report_missing, verbose):
    for_thop = copy.deepcopy(model)
    before = state_of(model)
    options = {"verbose": verbose, "report_missing": report_missing}
    ours, lines = captured(flopwatch.profile_origin, model, INPUTS, custom_ops, **options)
    assert state_of(model) == before
    if (verbose or report_missing) and None in custom_ops.values():
        options, lines = {"verbose": False}, ""  # thop cannot name it, and raises
    assert (ours, lines) == captured(thops, for_thop, INPUTS, custom_ops, **options)


def test_only_modules_without_children_are_looked_at():
    def rule(m, x, y):
        m.total_ops += 1000

    model = SmallNet()
    macs, params = flopwatch.profile_origin(model, IMAGE, {SmallNet: rule, nn.Sequential: rule}, verbose=False)
    assert (macs, params) == thops(SmallNet(), IMAGE, {SmallNet: rule}, verbose=False)
    # Conv2d 2 x 6 x 64 x 27, BatchNorm2d 4 x 2 x 6 x 64 (affine), Linear 2 x 5 x 6
    assert macs == 2 * 6 * 64 * 27 + 4 * 2 * 6 * 64 + 60
    assert params == 168 + 12 + 35 + 35  # not the 25 that SmallNet holds itself


def test_a_module_that_two_hold_counts_once():
    shared = nn.Linear(8, 8)
    model, x = Block(a=Outer(shared), b=Outer(shared)), (torch.zeros(4, 8),)
    ours = flopwatch.profile_origin(model, x, verbose=False)
    assert ours == thops(model, x, verbose=False)


IMAGES = (torch.randn(1, 3, 64, 96),)


def convolutions():
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 2, 1))


@pytest.mark.parametrize("options", [{"stride": 16}, {"stride": (8, 16), "min_cells": 3}, {"stride": [8, 8]}])
def test_stride_of_ultralytics_counts_the_image_itself(options):
    plain = flopwatch.profile(convolutions(), IMAGES, verbose=False)
    assert flopwatch.profile(convolutions(), IMAGES, verbose=False, **options) == plain
    assert plain[0] == 64 * 96 * (4 * 27 + 2 * 4)


@pytest.mark.parametrize(
    "inputs,options,message",
    [
        (IMAGES, {"stride": 0}, "stride is a positive integer"),
        (IMAGES, {"stride": (8, -8)}, "stride is a positive integer"),
        (IMAGES, {"stride": (8, 8, 8)}, "stride is a positive integer"),
        (IMAGES, {"stride": 8.0}, "stride is a positive integer"),
        (IMAGES, {"stride": 8, "min_cells": 0}, "min_cells is a positive integer"),
        (IMAGES, {"stride": 8, "min_cells": 1.5}, "min_cells is a positive integer"),
        ((IMAGES[0], IMAGES[0]), {"stride": 8}, "of one image"),
        ((torch.randn(3, 8, 8),), {"stride": 8}, "of one image"),
        (IMAGES[0], {"stride": 8}, "of one image"),
    ],
)
def test_stride_that_makes_no_sense(inputs, options, message):
    with pytest.raises(flopwatch.UsageError, match=message):
        flopwatch.profile(convolutions(), inputs, verbose=False, **options)


PASSES_ON = """
import torch, flopwatch
from torch import nn
print(flopwatch.profile(nn.Conv2d(3, 4, 1), (torch.zeros(1, 3, 8, 8),), formula="installed", stride=4, min_cells=2))
"""


@pytest.mark.parametrize(
    "parameters,seen", [("stride=None, min_cells=1, **rest", "(4, 2)"), ("**rest", "(None, None)")]
)
def test_stride_is_handed_to_an_installed_thop_that_knows_it(tmp_path, parameters, seen):
    (tmp_path / "thop").mkdir()
    knows = "stride" in parameters
    (tmp_path / "thop" / "__init__.py").write_text(
        f"def profile(model, inputs, custom_ops=None, {parameters}):\n"
        f"    return {'(stride, min_cells)' if knows else '(rest.get(chr(115)), rest.get(chr(109)))'}\n"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    run = subprocess.run(
        [sys.executable, "-c", PASSES_ON], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert run.stdout.strip() == seen, run.stderr
