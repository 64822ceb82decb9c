# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What goes with `flopwatch.meter`: outlets for its figures, callbacks for training loops, the table of peaks.

    m.on_step(flopwatch.meters.csv_file("steps.csv"))
    Trainer(..., callbacks=[flopwatch.meters.transformers_callback()])

Each package (tensorboard, prometheus_client, ...) is imported where its outlet is made; where it is missing, the
message says how to install it. docs/meter.md has the rest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "CHIPS": "peaks",
    "ChipPeak": "peaks",
    "Interval": "interval",
    "accelerate_meter": "in_accelerate",
    "csv_file": "to_file",
    "json_lines": "to_file",
    "lightning_callback": "in_lightning",
    "mlflow": "to_mlflow",
    "opentelemetry": "to_opentelemetry",
    "prometheus": "to_prometheus",
    "tensorboard": "to_tensorboard",
    "transformers_callback": "in_transformers",
    "wandb": "to_wandb",
}
"""Where the public names live; they are loaded when they are asked for."""

if TYPE_CHECKING:
    from ._meter.in_accelerate import accelerate_meter
    from ._meter.in_lightning import lightning_callback
    from ._meter.in_transformers import transformers_callback
    from ._meter.interval import Interval
    from ._meter.peaks import CHIPS, ChipPeak
    from ._meter.to_file import csv_file, json_lines
    from ._meter.to_mlflow import mlflow
    from ._meter.to_opentelemetry import opentelemetry
    from ._meter.to_prometheus import prometheus
    from ._meter.to_tensorboard import tensorboard
    from ._meter.to_wandb import wandb

__all__ = [
    "CHIPS",
    "ChipPeak",
    "Interval",
    "accelerate_meter",
    "csv_file",
    "json_lines",
    "lightning_callback",
    "mlflow",
    "opentelemetry",
    "prometheus",
    "tensorboard",
    "transformers_callback",
    "wandb",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'flopwatch.meters' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"flopwatch._meter.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
