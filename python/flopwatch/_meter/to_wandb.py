# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Intervals as metrics of a Weights & Biases run."""

from __future__ import annotations

from typing import Any

from .._errors import UsageError
from .interval import Interval
from .scalars import last_step, package, prefixed


class wandb:  # noqa: N801  (a function to its users)
    """`m.on_step(flopwatch.meters.wandb())`: metrics `flopwatch/...`, with the step's number as `flopwatch/step`.

    The run's own step is left to the program, which may log at steps of its own. `run`: by default the one that
    `wandb.init` began. Raises UsageError where the package wandb is missing or no run has begun.
    """

    def __init__(self, run: Any = None) -> None:
        if run is None:
            run = package("wandb", "wandb", "wandb").run
            if run is None:
                raise UsageError("no run of wandb has begun: call wandb.init() first, or give run=")
        self._run = run

    def __call__(self, interval: Interval) -> None:
        self._run.log({**prefixed(interval), "flopwatch/step": last_step(interval)})
