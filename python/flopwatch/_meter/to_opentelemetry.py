# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Intervals as instruments of OpenTelemetry."""

from __future__ import annotations

from typing import Any

from .interval import Interval
from .scalars import package


class opentelemetry:  # noqa: N801  (a function to its users)
    """`m.on_step(flopwatch.meters.opentelemetry())`: instruments of the meter "flopwatch", which the program's own
    MeterProvider exports.

    Counters `flopwatch.executed_flops` (attributes precision, phase, rank), `flopwatch.useful_flops`,
    `flopwatch.recompute_flops` and `flopwatch.steps` (source: read, reused, missing); gauges `flopwatch.mfu`,
    `flopwatch.hfu` and `flopwatch.step_seconds`. `provider`: by default the one that the program has set. Raises
    UsageError where the package opentelemetry-api is missing.
    """

    def __init__(self, provider: Any = None) -> None:
        metrics = package("opentelemetry.metrics", "opentelemetry-api", "opentelemetry")
        meter = (metrics if provider is None else provider).get_meter("flopwatch")
        self._executed = meter.create_counter("flopwatch.executed_flops", unit="{FLOP}")
        self._useful = meter.create_counter("flopwatch.useful_flops", unit="{FLOP}")
        self._recompute = meter.create_counter("flopwatch.recompute_flops", unit="{FLOP}")
        self._steps = meter.create_counter("flopwatch.steps", unit="{step}")
        self._mfu = meter.create_gauge("flopwatch.mfu", unit="1")
        self._hfu = meter.create_gauge("flopwatch.hfu", unit="1")
        self._seconds = meter.create_gauge("flopwatch.step_seconds", unit="s")

    def __call__(self, interval: Interval) -> None:
        rank = {"rank": interval.rank}
        for (precision, phase), flops in interval.executed_flops_by_precision_and_phase.items():
            self._executed.add(flops, {"precision": precision, "phase": phase, **rank})
        self._useful.add(interval.useful_flops, rank)
        self._recompute.add(interval.recompute_flops, rank)
        for source in ("read", "reused", "missing"):
            self._steps.add(getattr(interval, f"steps_{source}"), {"source": source, **rank})
        if interval.mfu is not None and interval.hfu is not None:
            self._mfu.set(interval.mfu, rank)
            self._hfu.set(interval.hfu, rank)
        if interval.seconds is not None:
            self._seconds.set(interval.seconds / interval.steps, rank)
