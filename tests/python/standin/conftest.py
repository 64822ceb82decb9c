# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The stand-in GPU for each test, which must break none of its rules."""

import pytest
import torch
from synthetic_gpu import new_gpu


@pytest.fixture
def gpu():
    torch.manual_seed(0)
    gpu = new_gpu()
    yield gpu
    assert gpu.broken_rules == 0
