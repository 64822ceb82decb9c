# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What the package's tests share; models are in common_models.py."""

import pytest
import torch
from hypothesis import HealthCheck, settings
from torch.utils import flop_counter
from torch.utils.flop_counter import register_flop_formula

# A slow machine is no failure.
settings.register_profile("flopwatch", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("flopwatch")


@pytest.fixture(autouse=True)
def _same_numbers_each_time():
    torch.manual_seed(0)


@pytest.fixture
def register():
    """register_flop_formula, undone after the test."""
    before = dict(flop_counter.flop_registry)
    yield register_flop_formula
    flop_counter.flop_registry.clear()
    flop_counter.flop_registry.update(before)
