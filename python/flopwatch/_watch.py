# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Recording what the user's own code runs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from ._counting import Counting
from ._device import Device
from ._errors import FlopwatchError, SessionError
from ._hooks import ScopeHooks
from ._load import native
from ._result import Result
from ._roots import Watched, root_of
from ._session import Capture, ReplayMode, SessionOptions, open_session, something_is_recorded, warn_not_written
from ._thop.formula import THOP_RULES
from ._tree import CustomOps, read_tree

_ITERATION = "flopwatch.step"


class watch(native.Block):  # noqa: N801  (a function to its users, as torch.no_grad is)
    """Records everything that PyTorch runs inside the block, on all threads; runs nothing itself.

        with flopwatch.watch(model, device="cuda:1") as w:
            for x in batches:
                train(model, x)
                w.step()
        print(w.result.report())

    Calls of the model's modules open scopes; what runs outside them has its own row. `model` may be a bound method or
    a function too, which stands for the modules that it reaches. Several models are several roots: `watch([a, b])`
    names them by their types, `watch({"gen": g, "disc": d})` as you say; the names are in front of all paths.
    `custom_ops` are asked at the end of each call of their modules; the modules keep no trace. An exception of the
    block, Ctrl-C too, passes through; what ran until then is in `result`, which is not `complete` then.

    `replay_mode="iteration"`: the first iteration that `step` ends is recorded, each further one is for the next
    group of metrics, until all are collected. Otherwise all of the block is recorded, with the metrics of one pass.
    `operator_rules`, `operator_handles`: rules for operators that have none (docs/python.md). `metrics`:
    "cuda-core", "tensor", "full", "roofline" or names of CUPTI's metrics with commas between. `capture`: a file for
    the capture, which replaces a capture that is there, or with `overwrite=False` refuses it; without one it stays
    in memory. In its path `%h` is the host, `%r` the rank (the process id without one), `%p` the process id: each
    rank has its own file. `counting`: how kernels are counted, where the defaults do not fit.

    `measure="run"`, for whole training runs on a GPU: each distinct launch is measured a few times, within a budget of
    one per cent of the time, and its counts stand for all equal ones; whole steps are measured at random to confirm
    the sum. A step ends with `step`, or else with the step of an optimizer. The report says how sure the sum is.

    Raises DeviceError, UsageError, CaptureError; SessionError when something is being recorded already. One at a time
    in a process; the object belongs to one thread.
    """

    _open = False
    """Between the beginning and the end of the block."""

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
        overwrite: bool = True,
        counting: Counting | None = None,
        measure: str | None = None,
    ) -> None:
        self._tree = read_tree(root_of(model), custom_ops)
        self._by_iteration = replay_mode == "iteration"
        self._reuses = measure == "run"
        self._session = open_session(
            self._tree.root,
            self._tree,
            SessionOptions(
                device, replay_mode, metrics, operator_rules, operator_handles, capture, overwrite, counting, measure
            ),
            formula=THOP_RULES,
            iteration=_ITERATION if self._by_iteration else "",
        )
        self._hooks = ScopeHooks(self._session, self._tree)
        self._iteration = 0
        self._steps = 0
        self._result: Result | None = None

    # What native.Block calls at the ends of the block. Those that undo can be ended anywhere and are called again.

    def _check_closed(self) -> None:
        if self._open:
            raise SessionError("this watch is recording already: make another one")

    def _begin(self) -> None:
        something_is_recorded()
        self._result, self._steps, self._open = None, 0, True
        self._session.start("whole")
        self._hooks.install()
        self._begin_iteration()

    def _drop(self) -> None:
        self._hooks.remove()
        self._session.abandon()
        self._iteration, self._open = 0, False

    def _end(self, kind: type[BaseException] | None, error: BaseException | None, _traceback: object) -> None:
        if not self._open:
            return
        try:
            self._finish("" if kind is None else f"It ended by {kind.__name__}.")
        except FlopwatchError as failure:
            if error is None:
                raise
            if hasattr(error, "add_note"):  # from Python 3.11 on
                error.add_note(f"flopwatch: there is no capture of the block that this ended: {failure}")
            self._open = False

    def _dropped(self) -> None:
        self._finish("Its watch was dropped inside the block.")
        warnings.warn(
            "a flopwatch.watch was dropped inside its block, which ends its recording: leave the block, or keep the "
            "watch until then",
            ResourceWarning,
            stacklevel=2,
        )

    def _finish(self, interrupted: str) -> None:
        self._end_iteration()
        self._hooks.remove()
        if self._steps:
            self._session.set_info("steps", str(self._steps))
        self._session.finish(interrupted)  # does nothing when it is called again, where it raised too
        self._open = False
        warn_not_written(self._session.result())

    def step(self) -> None:
        """Marks the end of an iteration, a training step say; the next one begins. Raises SessionError outside."""
        if not self._open:
            raise SessionError("step() marks iterations inside the block of a watch")
        self._end_iteration()
        self._steps += 1
        if self._reuses:
            native.mark_iteration()
        self._begin_iteration()

    @property
    def result(self) -> Result:
        """What was recorded; not `complete` when an exception ended the block. Raises SessionError before its end."""
        if self._result is None:
            compiled = None if self._open else self._session.result()
            if compiled is None:
                raise SessionError("a watch has a result once its block has ended")
            self._result = Result(compiled)
        return self._result

    def _begin_iteration(self) -> None:
        if self._by_iteration:
            self._iteration = native.begin_iteration(_ITERATION)

    def _end_iteration(self) -> None:
        if self._iteration:
            native.end_iteration(self._iteration)
            self._iteration = 0
