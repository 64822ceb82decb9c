# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What the zoo's tables hold: a model as a library makes it from a tiny configuration, with random weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

NO_ATTENTION = "FlopCounterMode has no formula for the fused attention of CPUs"
NO_RECURRENCE = "FlopCounterMode has no formula for a recurrent layer"
NO_SPARSE = "FlopCounterMode has no formula for products with a sparse matrix"
RAISES = "FlopCounterMode's hooks raise where a module returns its input, or tensors without a gradient"


@dataclass(frozen=True)
class ZooModel:
    name: str
    library: str
    """The package that has it, as it is imported."""
    build: Callable[[], tuple[torch.nn.Module, Mapping[str, Any] | tuple[Any, ...]]]
    """The model and its inputs: a dictionary is given by name, a tuple by position."""
    ways: tuple[str, ...] = ("forward", "training")
    """How it is run: names of ways.WAYS."""
    flop_counter: str = ""
    """Why FlopCounterMode counts another number in its forward; empty: it counts the same."""
    unsupported: Mapping[str, str] = field(default_factory=dict)
    """Operators that are listed, and why."""

    @property
    def case(self):
        return f"{self.library} {self.name}"
