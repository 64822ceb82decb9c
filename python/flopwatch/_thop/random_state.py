# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Where the random generators of a program are."""

from __future__ import annotations

import random
import sys
from collections.abc import Collection
from typing import Any

import torch


class RandomState:
    """Remembers when made: PyTorch's generators on the CPU and these CUDA devices, Python's, NumPy's if loaded."""

    def __init__(self, cuda_devices: Collection[int] = ()) -> None:
        self._cpu = torch.get_rng_state()
        self._cuda = {index: torch.cuda.get_rng_state(index) for index in sorted(cuda_devices)}
        self._python = random.getstate()
        self._numpy_random: Any = getattr(sys.modules.get("numpy"), "random", None)
        self._numpy = None if self._numpy_random is None else self._numpy_random.get_state()

    def restore(self) -> None:
        """Can be ended anywhere and called again."""
        torch.set_rng_state(self._cpu)
        for index, state in self._cuda.items():
            torch.cuda.set_rng_state(state, index)
        random.setstate(self._python)
        if self._numpy_random is not None:
            self._numpy_random.set_state(self._numpy)
