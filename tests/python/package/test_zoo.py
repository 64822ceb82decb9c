# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Models of five libraries, tiny and with random weights: the operator column against an independent count.

A dispatch mode multiplies the shapes of the products that ran (product_mode.py). FlopCounterMode counts the forward
too, where it is right. Nothing may be left out in silence: the tables name what may be listed, and why.
"""

import importlib.util
import sys
import warnings
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import flopwatch
from product_mode import product_macs
from thop_reference import ALL_TESTS
from zoo import from_diffusers, from_graphs, from_timm, from_torchvision, from_transformers
from zoo.ways import WAYS

MODELS = [
    *from_transformers.MODELS,
    *from_diffusers.MODELS,
    *from_timm.MODELS,
    *from_torchvision.MODELS,
    *from_graphs.MODELS,
]
EARLY_STOP = ("checkpointed", "checkpointed_blocks")
"""These stop an operator of the recompute. Whether its other arithmetic had run cannot be seen, and a note says so."""
PACKAGES = Path(sys.prefix) / "peers" / "zoo"


@pytest.fixture(scope="module", autouse=True)
def _packages():
    """What the zoo takes is in a folder of its own; nothing is fetched."""
    if not ALL_TESTS:
        pytest.skip("takes minutes: set FLOPWATCH_ALL_TESTS=1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path, str(PACKAGES)])
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("TRANSFORMERS_VERBOSITY", "error")
        missing = [name for name in {model.library for model in MODELS} if importlib.util.find_spec(name) is None]
        if missing:
            pytest.skip(f"{', '.join(sorted(missing))} missing: requirements-zoo.txt says how they are installed")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield


def seeded(way, module, inputs):
    def run():
        torch.manual_seed(1)
        WAYS[way](module, inputs)

    return run


def flop_counter_flops(run):
    with FlopCounterMode(display=False) as mode:
        run()
    return mode.get_total_flops()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.case)
def test_what_ran_is_counted(model):
    module, inputs = model.build()
    expected, counted, listed, lost = {}, {}, set(), {}
    for way in model.ways:
        run = seeded(way, module, inputs)
        expected[way] = product_macs(run)
        with flopwatch.watch(module) as watch:
            run()
        counted[way] = watch.result.total.operator.macs
        listed.update(operator["name"] for operator in watch.result.unsupported)
        lost.update({loss["kind"]: way for loss in watch.result.losses})
        if way in EARLY_STOP:
            lost.pop("arithmetic_raised", None)
        assert watch.result.exact == (not watch.result.unsupported)
    assert counted == expected
    assert listed == set(model.unsupported)
    assert lost == {}
    assert min(counted.values()) > 0
    if not model.flop_counter:
        assert flop_counter_flops(seeded("forward", module, inputs)) == 2 * counted["forward"]


def test_the_zoo_is_wide():
    names = [model.case for model in MODELS]
    assert len(names) == len(set(names)) >= 40
    assert {way for model in MODELS for way in model.ways} == set(WAYS)
