# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The meter of a run."""

from __future__ import annotations

import gc
import time
import warnings
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import MethodType
from typing import Any, Literal

import torch
from torch import nn

from .. import _arguments as arguments
from .. import _session as sessions
from .._counting import Counting
from .._device import Device, model_devices
from .._errors import DeviceError, SessionError, UsageError
from .._load import native
from .._roots import Watched, root_of
from .._tree import unwrap
from .accumulator import Accumulator
from .calls import Calls
from .checks import Checks, checked_budget
from .counter import StepCounter
from .ends import StepEnds
from .gpu_run import GpuOptions, GpuRun, refuse_without_run
from .interval import Interval
from .measured_tracker import MeasuredTracker
from .outlets import Outlets, say
from .peak import PeakFlops, peak_of
from .ranks import rank_of_process, sum_over_ranks
from .structure import Structure
from .tracker import Step, Tracker

StepMarks = Literal["auto", "optimizer", "manual"]


class meter(native.Block):  # noqa: N801  (a function to its users, as torch.no_grad is)
    """Follows a run step by step: executed FLOPs by number format, MFU and HFU, with next to no cost.

        with flopwatch.meter(model) as m:
            for batch in loader:
                train(model, batch)
                m.step()
                print(m.last.report())

    The first two steps are counted by their operators, as `flopwatch.watch` counts them. Each step is signed: which
    inputs the model was called with (shapes, formats, devices, modes), in which order, which optimizers stepped, which
    parameters have gradients. A step that is signed like one that was counted has its count; any other one is counted
    in full. Some of the others are counted again, at random, as checks; where a check differs, steps of that kind are
    reported with the mean of their counts, and not as exact. `last.steps_read`, `.steps_reused` and `.steps_missing`
    say how each count was obtained, `last.reasons` why it is not exact.

    `model`: as `watch` takes it; its calls are signed, so give the module that the loop calls. `called`: the modules
    that the loop calls where these are parts of the model.
    `peak_flops`: FLOP/s (dense) for MFU and HFU: a number for all formats, {"bf16": 312e12, ...}, or the name of a
    chip; by default that of the GPUs that hold the model. `every`: steps of an interval, which `last` and `history`
    are of. `check_budget`: the part of the run's time that checks may add. `steps`: what ends a step: "manual" the
    call of `step`, "optimizer" the step of the first optimizer that steps; "auto" is manual where `step` is called.
    `history`: how many intervals are kept. `sum_ranks`: `last` is the sum over all ranks of torch.distributed, which
    must all have as many steps. `operator_rules`, `operator_handles`: as `watch` takes them. `clock_ns`: a clock.
    `seed`: of the choice of checks.

    `measure="run"`: the executed FLOPs are those of the GPU's counters, as `watch(..., measure="run")` reads them:
    each distinct launch is measured a few times, within a budget of the time, and its counts stand for all equal ones.
    `device`, `metrics`, `counting` are as `watch` takes them. What the kernels of products did beyond the operators'
    products is `padding_flops`. Without a GPU, or without the permission to read its counters, the meter says so once
    and counts by the operators; `last.source` says which of the two an interval is from.

    Times of steps that are counted are longer, so MFU and HFU are of the others. An exception of the block passes
    through. Raises UsageError; SessionError where something is recorded or metered already, and a `watch` or `count`
    inside takes the count of the running step over. The object belongs to one thread; one at a time in a process.
    """

    _open = False
    """Between the beginning and the end of the block."""

    def __init__(
        self,
        model: Watched,
        *,
        peak_flops: PeakFlops = None,
        every: int = 1,
        check_budget: float = 0.01,
        steps: StepMarks = "auto",
        history: int = 1024,
        sum_ranks: bool = False,
        called: Iterable[nn.Module] | None = None,
        measure: str | None = None,
        device: Device = None,
        metrics: str | None = None,
        counting: Counting | None = None,
        operator_rules: Mapping[str, Callable[..., Any]] | None = None,
        operator_handles: Mapping[str, Callable[..., Any]] | None = None,
        clock_ns: Callable[[], int] = time.perf_counter_ns,
        seed: int | None = None,
    ) -> None:
        self._every = _from_one("every", every, "a number of steps")
        self._budget = checked_budget(check_budget)
        self._marks = arguments.choice("steps", steps, ("auto", "optimizer", "manual"))
        self._sum_ranks = arguments.choice("sum_ranks", sum_ranks, (False, True))
        self.history: deque[Interval] = deque(maxlen=_from_one("history", history, "a number of intervals"))
        """The last intervals, oldest first."""
        self._root = root_of(model)
        self._signed = _signed_roots(self._root, model) if called is None else _modules_of(self._root, called)
        self.peak = peak_of(peak_flops, _gpu_names(self._root))
        """What MFU and HFU are parts of, with its source; None where no peak is known."""
        measures = arguments.choice("measure", measure, (None, "run")) == "run"
        options = GpuOptions(device, metrics, counting)
        if not measures:
            refuse_without_run(options)
        elif sum_ranks:
            raise UsageError("sum_ranks adds up operator counts: leave it out with measure='run'")
        self._run = _gpu_run(self._root, operator_rules, operator_handles, options) if measures else None
        self._counter = StepCounter(self._root, operator_rules, operator_handles)
        self._clock_ns, self._seed = clock_ns, seed
        self._outlets = Outlets()
        # Weak: what PyTorch's hooks refer to would keep a dropped meter running.
        self._calls = Calls(self._signed, weakref.WeakMethod(self._called), weakref.WeakMethod(self._stepped))
        self.last: Interval | None = None
        """The last interval; None before the first has ended."""
        self._reset()

    def _reset(self) -> None:
        structure = Structure(self._root)
        self._tracker: Tracker | MeasuredTracker = Tracker(
            structure, self._counter, Checks(self._budget, self._seed), self._clock_ns
        )
        self._ends = StepEnds(self._marks, structure)
        self._waiting: Step | None = None
        self._rank, self._failed = rank_of_process(), ""
        self._total, self._interval = Accumulator(), Accumulator()
        self._indices = {id(unwrap(module)): index for index, module in enumerate(self._signed)}
        self.history.clear()
        self.last = None

    # What a program calls.

    def step(self) -> None:
        """Marks the end of a step; the next one begins. Raises SessionError outside of the block, and where the
        optimizer marks the ends."""
        if not self._open:
            raise SessionError("step() marks the ends of steps inside the block of a meter")
        if self._failed:
            return
        if not self._tracker.on_its_thread():
            raise SessionError("step() is called on the thread that began the meter, and this is another one")
        if not self._ends.manual():
            raise SessionError("with steps='optimizer' the optimizer marks the ends of steps: leave step() out")
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            tail = self._tracker.end()
            self._publish(self._tracker.with_tail(waiting, tail))
            self._tracker.number -= 1  # the tail was none of its own
            self._tracker.begin()
        elif not self._ends.already_ended(self._tracker.calls):
            self._end_step()

    def on_step(self, callback: Callable[[Interval], object]) -> Callable[[Interval], object]:
        """`callback` is called with each interval as it ends. What it raises is a warning, once for each callback,
        and does not end the run. Returns `callback`, so it can decorate one."""
        self._outlets.add(callback)
        return callback

    @property
    def total(self) -> Interval:
        """All steps so far, of this rank. Steps that were not counted in time are in it once an equal one was."""
        measured = self._tracker.total if isinstance(self._tracker, MeasuredTracker) else None
        return self._total.interval(self.peak, self._rank, measured)

    def report(self) -> str:
        """One line for the last interval and one for all steps."""
        if self.last is None:
            return "no step has ended yet"
        return f"{self.last.report()}\nin all, {self.total.report()}"

    # What native.Block calls at the ends of the block. Those that undo can be ended anywhere and are called again.

    def _check_closed(self) -> None:
        if self._open:
            raise SessionError("this meter is running already: make another one")

    def _begin(self) -> None:
        if sessions.gives_way is not None:
            gc.collect()  # it may be one that nobody refers to any more
        if sessions.gives_way is not None:
            raise SessionError("another meter is running already, and there is one at a time: leave its block first")
        if sessions.something_is_recorded():
            raise SessionError("a meter counts steps itself, and a watch is recording: begin the meter outside of it")
        self._reset()
        self._open = True
        if self._run is not None:
            refusal = self._run.start()
            if refusal:
                _say_not_measured(refusal)
            else:
                self._tracker = MeasuredTracker(self._run, self._clock_ns)
        sessions.gives_way = self._tracker.give_way
        self._calls.install()
        self._tracker.begin()

    def _drop(self) -> None:
        self._calls.remove()
        self._tracker.drop()
        if self._open:
            sessions.gives_way = None
        self._open = False

    def _end(self, kind: type[BaseException] | None, error: BaseException | None, _traceback: object) -> None:
        if not self._open:
            return
        self._calls.remove()
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._publish(waiting)
        if self._tracker.calls and not self._failed:
            how = "did not end" if kind is None else f"ended by {kind.__name__}"
            self._total.unfinished = f"the step after step {self._total.steps} {how}, and is not in the figures"
        self._drop()
        if self._interval.steps:
            self._flush()
        self._outlets.close()

    def _dropped(self) -> None:
        self._drop()
        warnings.warn(
            "a flopwatch.meter was dropped inside its block, which ends it: leave the block, or keep the meter",
            ResourceWarning,
            stacklevel=2,
        )

    # What the hooks call: nothing of it raises.

    def _called(self, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any] | None) -> None:
        try:
            if self._waiting is not None and self._tracker.on_its_thread():
                self._ends.decide_for_optimizer()
                waiting, self._waiting = self._waiting, None
                self._publish(waiting)
            self._tracker.called(module, self._indices[id(module)], args, kwargs)
        except Exception as error:
            self._fail(error)

    def _stepped(self, optimizer: torch.optim.Optimizer) -> None:
        try:
            self._tracker.stepped(optimizer)
            if not self._tracker.on_its_thread() or not self._ends.ends_step(optimizer):
                return
            if self._ends.decided:
                self._end_step()
            else:
                self._waiting = self._tracker.end()
                self._tracker.begin()
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """The run goes on without the meter."""
        self._calls.remove()
        self._tracker.drop()
        self._failed = f"the meter stopped after step {self._total.steps}: {type(error).__name__}: {error}"
        self._total.unfinished = self._failed
        say(f"flopwatch: {self._failed}; the run goes on without it", RuntimeWarning)

    def _end_step(self) -> None:
        step = self._tracker.end()
        self._publish(step)
        self._tracker.begin()

    def _publish(self, step: Step) -> None:
        self._tracker.settle(step)
        self._calls.keep_quiet()
        self._total.add(step)
        self._interval.add(step)
        if self._interval.steps >= self._every:
            self._flush()

    def _flush(self) -> None:
        ended, self._interval = self._interval, Accumulator(first_step=self._total.steps + 1)
        interval = ended.interval(self.peak, self._rank)
        if self._sum_ranks:
            interval = sum_over_ranks(interval, ended, self.peak)
        self.last = interval
        self.history.append(interval)
        self._outlets.tell(interval)


def _gpu_run(
    root: nn.Module,
    operator_rules: Mapping[str, Callable[..., Any]] | None,
    operator_handles: Mapping[str, Callable[..., Any]] | None,
    options: GpuOptions,
) -> GpuRun | None:
    """None where there is no GPU. Raises DeviceError for another one than those that there are, UsageError."""
    try:
        return GpuRun(root, operator_rules, operator_handles, options)
    except DeviceError as error:
        if native.visible_gpus():
            raise
        _say_not_measured(str(error))
        return None


def _say_not_measured(why: str) -> None:
    say(f"flopwatch: the meter counts by the operators, not by the GPU's counters: {why}", RuntimeWarning)


def _from_one(name: str, value: object, of_what: str) -> int:
    number = arguments.whole_number(name, value, of_what)
    if number < 1:
        raise UsageError(f"{name} is {of_what}, 1 or more, not {value!r}")
    return number


def _signed_roots(root: nn.Module, model: Watched) -> list[nn.Module]:
    """The modules whose calls sign a step."""
    if isinstance(model, nn.Module) or isinstance(model, MethodType) and isinstance(model.__self__, nn.Module):
        return [root]
    children = list(root.children())
    if not children:
        raise UsageError("the function reaches no module whose calls could sign a step: give the model itself")
    return children


def _modules_of(root: nn.Module, called: Iterable[nn.Module]) -> list[nn.Module]:
    modules = list(called)
    inside = set(map(id, root.modules()))
    if not modules or any(id(unwrap(module)) not in inside for module in modules):
        raise UsageError("called is a list of modules of the model, at least one: those that the loop calls")
    return modules


def _gpu_names(root: nn.Module) -> list[str]:
    return [torch.cuda.get_device_name(device) for device in model_devices(root) if device.type == "cuda"]
