# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""One step after the other, each with what the counters of a GPU and the operators say of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from .gpu_run import GpuRun
from .measured import Measured, summed_measured
from .tracker import Step


class MeasuredTracker:
    """In the place of a Tracker where the counters of a GPU are read: no step needs a signature, since each launch
    of each step is counted."""

    def __init__(self, run: GpuRun, clock_ns: Callable[[], int]) -> None:
        """`run`: started."""
        self._run = run
        self._clock_ns = clock_ns
        self._thread = threading.get_ident()
        self._total: Measured | None = None
        self.number = 0
        self.calls = 0

    def begin(self) -> None:
        self._thread = threading.get_ident()
        self.number += 1
        self.calls = 0
        self._began_ns = self._clock_ns()

    def called(self, module: nn.Module, index: int, args: tuple[Any, ...], kwargs: Mapping[str, Any] | None) -> None:
        if self.on_its_thread():
            self.calls += 1

    def stepped(self, optimizer: torch.optim.Optimizer) -> None:
        pass

    def end(self) -> Step:
        step_ns = self._clock_ns() - self._began_ns
        counted, measured, measuring_ns = self._run.end_step()
        return Step(
            self.number,
            step_ns if step_ns >= 0 else None,
            counted=counted,
            measured=measured,
            measuring_ns=measuring_ns,
        )

    def settle(self, step: Step) -> None:
        pass

    def with_tail(self, step: Step, tail: Step) -> Step:
        """`step` with what ran between it and its end, which was taken for a step of its own."""
        assert step.measured is not None and tail.measured is not None
        return replace(
            step.with_tail(tail),
            measured=summed_measured([step.measured, tail.measured]),
            measuring_ns=step.measuring_ns + tail.measuring_ns,
        )

    @property
    def total(self) -> Measured:
        """Of all steps so far, by what is known of their launches by now."""
        return self._run.total() if self._total is None else self._total

    def on_its_thread(self) -> bool:
        return threading.get_ident() == self._thread

    def give_way(self) -> None:
        """The recording goes on: whatever else is going to record is refused."""

    def drop(self) -> None:
        """Idempotent; can be ended anywhere and called again."""
        if self._total is None and self._run.running:
            self._total = self._run.total()
        self._run.abandon()
