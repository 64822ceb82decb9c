# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Intervals as metrics of an MLflow run."""

from __future__ import annotations

from .interval import Interval
from .scalars import last_step, package, prefixed


class mlflow:  # noqa: N801  (a function to its users)
    """`m.on_step(flopwatch.meters.mlflow())`: metrics `flopwatch/...` at the number of the last step.

    `run_id`: by default the active run, which MLflow begins where there is none. MLflow keeps metrics as 64-bit
    floats, which are exact up to 2^53. Raises UsageError where the package mlflow is missing.
    """

    def __init__(self, run_id: str | None = None) -> None:
        self._mlflow = package("mlflow", "mlflow-skinny", "mlflow")
        self._run_id = run_id

    def __call__(self, interval: Interval) -> None:
        values = {name: float(value) for name, value in prefixed(interval).items()}
        self._mlflow.log_metrics(values, step=last_step(interval), run_id=self._run_id)
