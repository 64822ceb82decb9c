# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A meter for a loop with an Accelerator."""

from __future__ import annotations

from typing import Any

from .._errors import UsageError
from .interval import Interval
from .meter import meter
from .scalars import last_step, prefixed


def accelerate_meter(accelerator: Any, model: Any, **options: Any) -> meter:
    """The meter for a plain loop with accelerate: `with flopwatch.meters.accelerate_meter(accelerator, model) as m:`.

    `model`: as `accelerator.prepare` gave it; what it wraps is metered. The optimizer's step ends a step, so one step
    has all micro-batches that the accelerator accumulates. Each interval goes to the accelerator's trackers, those of
    the main process alone, as `flopwatch/...`. The options are those of `flopwatch.meter`. Raises UsageError.
    """
    unwrap_model, log = getattr(accelerator, "unwrap_model", None), getattr(accelerator, "log", None)
    if unwrap_model is None or log is None:
        raise UsageError(f"accelerate_meter takes an accelerate.Accelerator first, not {accelerator!r}")
    made = meter(unwrap_model(model), **{"steps": "optimizer", **options})

    def log_interval(interval: Interval) -> None:
        log(prefixed(interval), step=last_step(interval))

    made.on_step(log_interval)
    return made
