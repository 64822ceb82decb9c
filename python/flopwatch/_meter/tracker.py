# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""One step after the other: signs each, and decides whether it is counted in full or a known count stands for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from .._errors import FlopwatchError
from .._load import native
from .amounts import summed
from .checks import Checks
from .counter import Counted, StepCounter
from .inputs import CannotSign, sign
from .known import Known
from .measured import Measured
from .outlets import say
from .signature import Node, Signatures, mark_known
from .structure import Structure

FIRST_COUNTED = 2
"""So many steps at the beginning are counted whatever they are: the first can do more than those after it."""
_WAIT_STEPS = 64
"""So long each step is counted from its beginning, in case it is of a kind that was not counted yet."""
_MAX_CALLS = 20_000

_sequence: Callable[[], int] | None = getattr(torch._C._autograd, "_get_sequence_nr", None)


@dataclass
class Step:
    """One step that has ended."""

    number: int
    step_ns: int | None
    """None where the clock went back."""
    known: Known | None = None
    """Of its signature; None for a step that cannot be signed."""
    counted: Counted | None = None
    missing: str = ""
    """What is not in `counted`, or why nothing was counted and no count can stand for the step."""
    signed: str = ""
    """Why the step could not be signed."""
    check: bool = False
    around_ns: int = 0
    path: tuple[Node, ...] = ()
    measured: Measured | None = None
    """By the counters of a GPU, where they are read."""
    measuring_ns: int = 0
    """That measuring took of it."""

    def with_tail(self, tail: Step) -> Step:
        """This step with what ran between it and its end, which was taken for a step of its own."""
        ns = None if self.step_ns is None or tail.step_ns is None else self.step_ns + tail.step_ns
        counted = None
        if self.counted is not None and tail.counted is not None:
            amounts = summed([(self.counted.amounts, 1), (tail.counted.amounts, 1)])
            counted = Counted(amounts, tuple(dict.fromkeys(self.counted.reasons + tail.counted.reasons)))
        missing = self.missing or tail.missing or ("" if counted else "what ran after the optimizer's step")
        return replace(self, step_ns=ns, counted=counted, missing=missing, around_ns=self.around_ns + tail.around_ns)

    @property
    def whole(self) -> bool:
        """It was counted from its beginning to its end."""
        return self.counted is not None and not self.missing


class Tracker:
    """Follows a run. `begin`, `end` and calls of modules on one thread; calls on others are only signed.

    What PyTorch's hooks call (`called`, `stepped`) does not raise.
    """

    def __init__(
        self, structure: Structure, counter: StepCounter, checks: Checks, clock_ns: Callable[[], int]
    ) -> None:
        self._structure = structure
        self._counter = counter
        self._checks = checks
        self._clock_ns = clock_ns
        self._signatures = Signatures()
        self._wanted: dict[Known, int] = {}
        """Signatures without a count, or with two that differ -> the last step that is counted for their sake."""
        self._wanted_next = False
        self._thread = threading.get_ident()
        self.number = 0
        self.calls = 0

    def begin(self) -> None:
        """A step begins. The thread of this call is the one that the steps are on."""
        self._thread = threading.get_ident()
        self.number += 1
        self.calls = 0
        self._path = [self._signatures.root]
        self._elsewhere: list[Hashable] = []
        self._optimizers: dict[int, int] = {}
        self._gradients = b""
        self._signed = self._missing = ""
        self._around_ns = 0
        self._check = False
        self._sequence = _sequence() if _sequence is not None else 0
        if self._wants_count():
            self._start_count()
        self._began_ns = self._clock_ns()

    def called(self, module: nn.Module, index: int, args: tuple[Any, ...], kwargs: Mapping[str, Any] | None) -> None:
        """A root module is called."""
        try:
            event = self._call_event(module, index, args, kwargs)
        except CannotSign as error:
            event, self._signed = None, self._signed or str(error)
        except Exception as error:  # whatever an input's own code raises
            event, self._signed = None, self._signed or f"an input could not be looked at ({type(error).__name__})"
        if not self.on_its_thread():
            self._elsewhere.append(event)
            return
        self.calls += 1
        if self.calls > _MAX_CALLS:
            self._give_up()
        elif (event is None or self._follow(event)) and not self._counter.running and not self._missing:
            if self.calls == 1:
                self._start_late()
            else:
                self._missing = f"call {self.calls} of the model in step {self.number} was of a kind not counted yet"

    def stepped(self, optimizer: torch.optim.Optimizer) -> None:
        """A step of an optimizer has ended."""
        if not self.on_its_thread():
            self._elsewhere.append(("optimizer", type(optimizer)))
            return
        place = self._optimizers.setdefault(id(optimizer), len(self._optimizers))
        self._gradients += self._structure.with_gradients()
        if self._follow(("optimizer", type(optimizer), place)) and not self._counter.running:
            self._missing = self._missing or f"step {self.number} had a step of an optimizer where none was before"

    def end(self) -> Step:
        """The step has ended; nothing of it is taken into account before `settle`."""
        ended_ns = self._clock_ns()
        step_ns = ended_ns - self._began_ns
        step = Step(self.number, step_ns if step_ns >= 0 else None, missing=self._missing, check=self._check)
        if self.calls == 0 and not self._elsewhere:
            self._signed = self._signed or "the model was not called in it: give the meter the module that is called"
        step.signed, step.path = self._signed, tuple(self._path)
        if not step.signed:
            created = _sequence() - self._sequence if _sequence is not None else 0
            elsewhere = tuple(sorted(map(hash, self._elsewhere)))
            step.known = self._signatures.end(
                self._path, (self._gradients, self._gradients_left(), created, elsewhere), f"step {self.number}"
            )
        if self._counter.running:
            try:
                step.counted = self._counter.stop()
            except FlopwatchError as error:
                self._counter.abandon()
                step.missing = f"its count could not be read: {error}"
        step.around_ns = max(0, self._around_ns + self._clock_ns() - ended_ns)
        return step

    def settle(self, step: Step) -> None:
        """Takes what the step showed into account."""
        if step.counted is not None:
            self._checks.counted(step.around_ns, step.step_ns or 0, check=step.check)
        elif step.step_ns is not None:
            self._checks.uncounted(step.step_ns)
        known = step.known
        if known is None:
            self._wanted_next = True
            return
        if step.whole:
            assert step.counted is not None
            known.read(step.counted)
            mark_known(step.path)
        if known.amounts is None or known.unsettled:
            self._wanted.setdefault(known, step.number + _WAIT_STEPS)
        else:
            self._wanted.pop(known, None)

    def with_tail(self, step: Step, tail: Step) -> Step:
        """As Step.with_tail."""
        return step.with_tail(tail)

    def on_its_thread(self) -> bool:
        return threading.get_ident() == self._thread

    def give_way(self) -> None:
        """Something else is going to record: the count of the running step ends, and the step says so."""
        if self._counter.running:
            self._counter.abandon()
            self._missing = "another recording began in it"

    def drop(self) -> None:
        """Idempotent; can be ended anywhere and called again."""
        self._counter.abandon()

    def _wants_count(self) -> bool:
        forced = self.number <= FIRST_COUNTED or self._wanted_next
        self._wanted_next = False
        for known, until in list(self._wanted.items()):
            if until < self.number:
                del self._wanted[known]
            forced = True
        if forced:
            return True
        self._check = self._checks.due()
        return self._check

    def _start_count(self) -> None:
        before_ns = self._clock_ns()
        if native.recording():
            self._missing, self._check = "something else was recorded in it", False
            return
        try:
            self._counter.start(self._structure.version)
        except FlopwatchError as error:
            self._counter.abandon()
            self._missing, self._check = f"it could not be counted: {error}", False
        self._around_ns += max(0, self._clock_ns() - before_ns)

    def _start_late(self) -> None:
        self._start_count()
        if self._counter.running:
            self._missing = f"what ran in step {self.number} before the first call of the model"

    def _call_event(
        self, module: nn.Module, index: int, args: tuple[Any, ...], kwargs: Mapping[str, Any] | None
    ) -> Hashable:
        if kwargs is None:
            raise CannotSign("the keyword inputs of the model cannot be seen with this PyTorch")
        return (
            index,
            getattr(module, "training", None),
            torch.is_grad_enabled(),
            torch.is_inference_mode_enabled(),
            tuple([torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None for kind in _AUTOCAST]),
            sign(args),
            sign(kwargs),
            self._structure.look() if self.calls == 0 and self.on_its_thread() else None,
        )

    def _follow(self, event: Hashable) -> bool:
        """Whether no step that was counted begins so."""
        node: Node | None = self._signatures.below(self._path[-1], event)
        if node is None:
            self._signed = self._signed or "there were too many kinds of steps before it"
            return False
        self._path.append(node)
        return not node.known_below

    def _gradients_left(self) -> bytes:
        """Where no optimizer has stepped, the gradients at the end say whether a backward pass ran."""
        return b"" if self._gradients else self._structure.with_gradients()

    def _give_up(self) -> None:
        if self.calls == _MAX_CALLS + 1:
            say(
                f"flopwatch: the model was called {_MAX_CALLS:,} times in one step of a meter, which is not counted: "
                "call the meter's step() at the end of each step",
                RuntimeWarning,
            )
        self._signed = f"no step has ended after {_MAX_CALLS:,} calls of the model: call step() of the meter"
        if self._counter.running:
            self._counter.abandon()
            self._missing = "it was too long to be counted"


_AUTOCAST = ("cpu", "cuda")
