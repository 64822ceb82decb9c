# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Where a step ends: at calls of `step`, or at the step of an optimizer."""

from __future__ import annotations

import weakref

import torch

from .structure import Structure


class StepEnds:
    """With "auto" the first step shows it: it ends at the optimizer, unless `step` is called before the model is
    called again."""

    def __init__(self, marks: str, structure: Structure) -> None:
        self._marks = marks
        self._structure = structure
        self._marker: weakref.ref[torch.optim.Optimizer] | None = None
        self._ended_by_optimizer = False

    @property
    def decided(self) -> bool:
        return self._marks != "auto"

    def manual(self) -> bool:
        """`step` is called. False where it must not be."""
        if self._marks == "optimizer":
            return False
        self._ended_by_optimizer = self._marks == "found optimizer"
        self._marks = "manual"
        return True

    def already_ended(self, calls: int) -> bool:
        """After `manual`: optimizers marked the ends until now, and the model was not called since the last."""
        return self._ended_by_optimizer and calls == 0

    def decide_for_optimizer(self) -> None:
        """The model is called again after an optimizer has stepped, and `step` was not called."""
        self._marks = "found optimizer"

    def ends_step(self, optimizer: torch.optim.Optimizer) -> bool:
        """An optimizer has stepped. The first one with a parameter of the model marks all ends."""
        if self._marks == "manual":
            return False
        marker = None if self._marker is None else self._marker()
        if marker is None:
            if not self._is_of_the_model(optimizer):
                return False
            self._marker = weakref.ref(optimizer)
            return True
        return marker is optimizer

    def _is_of_the_model(self, optimizer: torch.optim.Optimizer) -> bool:
        ours = set(map(id, self._structure.parameters))
        return any(id(p) in ours for group in optimizer.param_groups for p in group["params"])
