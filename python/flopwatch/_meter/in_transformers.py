# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A meter for the Trainer of transformers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .meter import meter
from .outlets import Callback
from .scalars import package


def transformers_callback(*, on_step: Iterable[Callback] = (), **options: Any) -> Any:
    """`Trainer(..., callbacks=[flopwatch.meters.transformers_callback()])`: meters the training.

    A step of the meter is one of the Trainer, with all micro-batches that it accumulates. `on_step`: outlets, called
    with each interval; the other options are those of `flopwatch.meter`. The callback's `meter` has the figures, also
    after the training; None before it. Raises UsageError where the package transformers is missing.
    """
    base: Any = package("transformers", "transformers", "transformers_callback").TrainerCallback
    outlets = list(on_step)

    class FlopwatchCallback(base):  # type: ignore[misc]
        """Begins a meter with the training, and ends it with it."""

        meter: meter | None = None

        def on_train_begin(self, args: Any, state: Any, control: Any, **named: Any) -> None:
            self.meter = meter(named["model"], **{"steps": "manual", **options})
            for outlet in outlets:
                self.meter.on_step(outlet)
            self.meter.__enter__()

        def on_step_end(self, args: Any, state: Any, control: Any, **_named: Any) -> None:
            if self.meter is not None:
                self.meter.step()

        def on_train_end(self, args: Any, state: Any, control: Any, **_named: Any) -> None:
            if self.meter is not None:
                self.meter.__exit__(None, None, None)

    return FlopwatchCallback()
