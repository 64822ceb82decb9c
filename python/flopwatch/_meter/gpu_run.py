# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The session that reads a GPU's counters while a meter runs: few launches are measured, all are counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from .._counting import Counting
from .._device import Device
from .._errors import UsageError
from .._hooks import ScopeHooks
from .._load import native
from .._session import SessionOptions, open_session
from .._tree import read_tree
from .counter import Counted, OperatorRow, counted_of
from .measured import Measured, summed_measured

_STEPS_BETWEEN_SETTLING = 16


@dataclass(frozen=True)
class GpuOptions:
    """How a meter measures; as `watch` takes them."""

    device: Device = None
    metrics: str | None = None
    counting: Counting | None = None


class GpuRun:
    """One recording. One thread calls it; nothing else may record meanwhile."""

    def __init__(
        self,
        root: nn.Module,
        operator_rules: Mapping[str, Callable[..., Any]] | None,
        operator_handles: Mapping[str, Callable[..., Any]] | None,
        options: GpuOptions,
    ) -> None:
        """Raises DeviceError, UsageError."""
        tree = read_tree(root, with_formula=False)
        self._session = open_session(
            root,
            tree,
            SessionOptions(
                device=options.device,
                metrics=options.metrics,
                operator_rules=operator_rules,
                operator_handles=operator_handles,
                counting=options.counting,
                measure="run",
            ),
            formula="none",
        )
        self._tree = tree
        self._hooks = ScopeHooks(self._session, tree)
        self._reset()
        self.running = False

    def _reset(self) -> None:
        self._mark, self._open_mark = native.ReuseMark(), native.ReuseMark()
        self._steps_open = 0
        """Steps since `_open_mark`; those before it are in `_settled`."""
        self._settled = Measured()

    def start(self) -> str:
        """Why the GPU's counters cannot be read, and nothing is recorded; empty where they are."""
        self._reset()
        self.running = True
        self._session.start("whole")
        self._hooks.install()
        refusal = str(self._session.reused_since(self._mark)["refusal"])
        if refusal:
            self.abandon()
        return refusal

    def end_step(self) -> tuple[Counted, Measured, int]:
        """What ran since the last call, by the operators and by the counters, and the nanoseconds that measuring
        took of it."""
        native.mark_iteration()
        reading = self._session.reused_since(self._mark)
        operators, errors = self._session.read_operators()
        work = Measured.of(reading)
        if self._steps_open == 0 and work.products_known:
            self._settled.add(work)
            self._open_mark = self._mark.copy()
        else:
            self._steps_open += 1
            if self._steps_open % _STEPS_BETWEEN_SETTLING == 0:
                self._settle()
        return counted_of([OperatorRow(*row) for row in operators], errors), work, int(reading["measuring_ns"])

    def total(self) -> Measured:
        """Of all steps so far, by what is known of their launches by now."""
        still_open = self._settle() if self._steps_open and self.running else Measured()
        return summed_measured([self._settled, still_open])

    def _settle(self) -> Measured:
        """The work of the open steps; they are open no more once it is known."""
        mark = self._open_mark.copy()
        work = Measured.of(self._session.reused_since(mark))
        if not work.not_learned_launches:
            self._settled.add(work)
            self._open_mark, self._steps_open = mark, 0
            return Measured()
        return work

    def abandon(self) -> None:
        """Idempotent; can be ended anywhere and called again."""
        self._hooks.remove()
        self._session.abandon()
        self.running = False


def refuse_without_run(options: GpuOptions) -> None:
    """Raises UsageError where an option was given that only `measure="run"` looks at."""
    for name in ("device", "metrics", "counting"):
        if getattr(options, name) is not None:
            raise UsageError(
                f"{name} is of the GPU's counters, which measure='run' reads: give that too, or leave it out"
            )
