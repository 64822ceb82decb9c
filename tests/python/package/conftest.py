# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What the package's tests share; the models themselves are in common_models.py."""

import pytest
import torch

import common_models


@pytest.fixture(autouse=True)
def _same_numbers_each_time():
    torch.manual_seed(0)


@pytest.fixture
def attention_rule():
    return common_models.attention_macs
