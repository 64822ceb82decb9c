# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Recording what the user's own code runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from ._device import Device
from ._errors import SessionError
from ._hooks import ScopeHooks
from ._load import native
from ._result import Result
from ._roots import Watched, root_of
from ._session import Capture, ReplayMode, SessionOptions, open_session
from ._thop.formula import THOP_RULES
from ._tree import CustomOps, read_tree

_ITERATION = "flopwatch.step"


class watch:  # noqa: N801  (a function to its users, as torch.no_grad is)
    """Records everything that PyTorch runs inside the block, on all threads; runs nothing itself.

        with flopwatch.watch(model, device="cuda:1") as w:
            for x in batches:
                train(model, x)
                w.step()
        print(w.result.report())

    Calls of the model's modules open scopes; what runs outside them has its own row. `model` may be a bound method or
    a function too, which stands for the modules that it reaches. Several models are several roots: `watch([a, b])`
    names them by their types, `watch({"gen": g, "disc": d})` as you say; the names are in front of all paths.
    `custom_ops` are asked at
    the end of each call of their modules; the modules keep no trace. An exception of the block passes through, and
    nothing is recorded then.

    `replay_mode="iteration"`: the first iteration that `step` ends is recorded, each further one is for the next
    group of metrics, until all are collected. Otherwise all of the block is recorded, with the metrics of one pass.
    `operator_rules`, `operator_handles`: rules for operators that have none (docs/python.md). `metrics`: "cuda-core",
    "tensor", "full" or names of CUPTI's metrics with commas between. `capture`: a file for the capture; without one
    it stays in memory.

    Raises DeviceError, UsageError, CaptureError; SessionError when something is being recorded already. One at a time
    in a process; the object belongs to one thread.
    """

    def __init__(
        self,
        model: Watched,
        *,
        device: Device = None,
        custom_ops: CustomOps | None = None,
        replay_mode: ReplayMode = None,
        metrics: str | None = None,
        operator_rules: Mapping[str, Callable[..., Any]] | None = None,
        operator_handles: Mapping[str, Callable[..., Any]] | None = None,
        capture: Capture = None,
    ) -> None:
        self._tree = read_tree(root_of(model), custom_ops)
        self._by_iteration = replay_mode == "iteration"
        self._session = open_session(
            self._tree.root,
            self._tree,
            SessionOptions(device, replay_mode, metrics, operator_rules, operator_handles, capture),
            formula=THOP_RULES,
            iteration=_ITERATION if self._by_iteration else "",
        )
        self._hooks: ScopeHooks | None = None
        self._iteration = 0
        self._steps = 0
        self._result: Result | None = None

    def __enter__(self) -> watch:
        if self._hooks is not None:
            raise SessionError("this watch is recording already: make another one")
        self._result, self._steps = None, 0
        self._session.start("whole")
        self._hooks = ScopeHooks(self._session, self._tree)
        try:
            self._hooks.install()
            self._begin_iteration()
        except BaseException:
            self._drop()
            raise
        return self

    def step(self) -> None:
        """Marks the end of an iteration, a training step say; the next one begins. Raises SessionError outside."""
        if self._hooks is None:
            raise SessionError("step() marks iterations inside the block of a watch")
        self._end_iteration()
        self._steps += 1
        self._begin_iteration()

    @property
    def result(self) -> Result:
        """What was recorded. Raises SessionError before the block has ended, and when it ended by an exception."""
        if self._result is None:
            raise SessionError("a watch has a result once its block has ended, and not by an exception")
        return self._result

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._drop()
            return
        self._end_iteration()
        self._remove_hooks()
        if self._steps:
            self._session.set_info("steps", str(self._steps))
        self._result = Result(self._session.stop())

    def _begin_iteration(self) -> None:
        if self._by_iteration:
            self._iteration = native.begin_iteration(_ITERATION)

    def _end_iteration(self) -> None:
        if self._iteration:
            native.end_iteration(self._iteration)
            self._iteration = 0

    def _remove_hooks(self) -> None:
        if self._hooks is not None:
            self._hooks.remove()
            self._hooks = None

    def _drop(self) -> None:
        self._remove_hooks()
        self._iteration = 0
        self._session.abandon()
