# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A meter for the Trainer of Lightning."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable
from typing import Any

from .._errors import UsageError
from .meter import meter
from .outlets import Callback


def lightning_callback(*, on_step: Iterable[Callback] = (), **options: Any) -> Any:
    """`Trainer(..., callbacks=[flopwatch.meters.lightning_callback()])`: meters the training.

    A step of the meter is a batch of the training. Lightning calls `training_step` and not the module, so the modules
    that it holds are signed. `on_step`: outlets, called with each interval; the other options are those of
    `flopwatch.meter`. The callback's `meter` has the figures, also after the training; None before it. Works with the
    packages lightning and pytorch-lightning; raises UsageError where both are missing.
    """
    base: Any = _lightning().Callback
    outlets = list(on_step)

    class FlopwatchCallback(base):  # type: ignore[misc]
        """Begins a meter with the training, and ends it with it or with the exception that ends it."""

        meter: meter | None = None

        def on_train_start(self, trainer: Any, pl_module: Any) -> None:
            self.meter = meter(
                pl_module, **{"steps": "manual", "called": [pl_module, *pl_module.children()], **options}
            )
            for outlet in outlets:
                self.meter.on_step(outlet)
            self.meter.__enter__()

        def on_train_batch_end(self, trainer: Any, pl_module: Any, *_rest: Any, **_named: Any) -> None:
            if self.meter is not None:
                self.meter.step()

        def on_train_end(self, trainer: Any, pl_module: Any) -> None:
            if self.meter is not None:
                self.meter.__exit__(None, None, None)

        def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
            if self.meter is not None:
                self.meter.__exit__(type(exception), exception, exception.__traceback__)

    return FlopwatchCallback()


def _lightning() -> Any:
    for name in ("lightning.pytorch", "pytorch_lightning"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise UsageError(
        "flopwatch.meters.lightning_callback needs the package lightning or pytorch-lightning, and neither can be "
        "imported here: pip install lightning"
    )
