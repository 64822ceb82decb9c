# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""An interval as named numbers, for outlets that take those; and how outlets get the package that they need."""

from __future__ import annotations

import importlib
from typing import Any

from .._errors import UsageError
from .interval import Interval

Scalar = int | float
PREFIX = "flopwatch/"


def scalars(interval: Interval) -> dict[str, Scalar]:
    """FLOPs are whole numbers. What is not known (MFU without a peak) is left out, never 0."""
    found: dict[str, Scalar] = {
        "executed_flops": interval.executed_flops,
        "multiply_add_flops": interval.multiply_add_flops,
        "other_flops": interval.other_flops,
        "useful_flops": interval.useful_flops,
        "recompute_flops": interval.recompute_flops,
        "masked_flops": interval.masked_flops,
        "steps_read": interval.steps_read,
        "steps_reused": interval.steps_reused,
        "steps_missing": interval.steps_missing,
        "exact": int(interval.exact),
    }
    for name, flops in interval.executed_flops_by_precision.items():
        found[f"executed_flops_{name}"] = flops
    optional = {
        "seconds": interval.seconds,
        "mfu": interval.mfu,
        "hfu": interval.hfu,
        "padding_flops": interval.padding_flops,
        "launches_not_counted": interval.launches_not_counted,
    }
    found.update({name: value for name, value in optional.items() if value is not None})
    return found


def prefixed(interval: Interval) -> dict[str, Scalar]:
    """`scalars` under "flopwatch/"."""
    return {PREFIX + name: value for name, value in scalars(interval).items()}


def last_step(interval: Interval) -> int:
    """The number of the interval's last step, from 1 on."""
    return interval.first_step + interval.steps - 1


def package(name: str, pip_name: str, outlet: str) -> Any:
    """The imported module. Raises UsageError where its package is missing, with how it is installed."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UsageError(
            f"flopwatch.meters.{outlet} needs the package {pip_name}, which cannot be imported here ({error}): "
            f"pip install {pip_name}"
        ) from error
