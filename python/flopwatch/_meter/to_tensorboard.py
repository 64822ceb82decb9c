# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Intervals as scalars of TensorBoard."""

from __future__ import annotations

import os
from typing import Any

from .interval import Interval
from .scalars import last_step, package, prefixed


class tensorboard:  # noqa: N801  (a function to its users)
    """`m.on_step(flopwatch.meters.tensorboard("runs/one"))`: scalars `flopwatch/...` at the number of the last step.

    `where`: the folder of a new SummaryWriter, or a writer, which stays open. TensorBoard keeps scalars in 32 bits:
    the exact counts are in the other outlets. Raises UsageError where the package tensorboard is missing.
    """

    def __init__(self, where: str | os.PathLike[str] | Any) -> None:
        self._writer: Any = None
        self._folder: str | None = None
        if isinstance(where, (str, os.PathLike)):
            self._folder = os.fspath(where)
            package("torch.utils.tensorboard", "tensorboard", "tensorboard")
        else:
            self._writer = where

    def __call__(self, interval: Interval) -> None:
        if self._writer is None:
            module = package("torch.utils.tensorboard", "tensorboard", "tensorboard")
            self._writer = module.SummaryWriter(self._folder)
        for name, value in prefixed(interval).items():
            self._writer.add_scalar(name, value, last_step(interval))

    def close(self) -> None:
        """Writes out what is pending; closes a writer of its own, which the next interval opens again."""
        if self._writer is None:
            return
        if self._folder is None:
            self._writer.flush()
            return
        writer, self._writer = self._writer, None
        writer.close()
