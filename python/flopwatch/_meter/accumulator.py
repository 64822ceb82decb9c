# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Adds steps up to an interval. A step that no count stands for yet is in it once an equal one has been counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from .amounts import Amounts, add, executed_by_format, summed, useful_by_format
from .interval import Interval
from .known import Known
from .measured import Measured
from .peak import Peak
from .tracker import Step

_MAX_REASONS = 16


@dataclass
class MeasuredTimes:
    """Steps whose products the counters know, and in which nothing was measured."""

    step_ns: int = 0
    _useful: dict[str, int] = field(default_factory=dict)
    _executed: dict[str, int] = field(default_factory=dict)

    def add(self, step_ns: int, useful: dict[str, int], executed: dict[str, int]) -> None:
        """FLOPs by number format."""
        self.step_ns += step_ns
        for into, more in ((self._useful, useful), (self._executed, executed)):
            for name, flops in more.items():
                into[name] = into.get(name, 0) + flops

    def timed(self, peak: Peak) -> tuple[float, tuple[float, float] | str]:
        """As Accumulator.timed."""
        if self.step_ns <= 0:
            return 0.0, "kernels were measured in each step, which changes its time"
        useful, why_not = peak.seconds(self._useful)
        executed, why_not_executed = peak.seconds(self._executed)
        if useful is None or executed is None:
            return self.step_ns / 1e9, why_not or why_not_executed
        return self.step_ns / 1e9, (useful, executed)


@dataclass
class Accumulator:
    """Memory grows with the number of different steps, not with that of steps."""

    first_step: int = 1
    steps: int = 0
    read: int = 0
    clock_went_back: bool = False
    step_ns: int = 0
    unfinished: str = ""
    """Why work after the last step is in no step."""
    _read_amounts: Amounts = field(default_factory=dict)
    _standing_for: Counter[Known] = field(default_factory=Counter)
    _timed: Counter[Known] = field(default_factory=Counter)
    _timed_ns: Counter[Known] = field(default_factory=Counter)
    _partial: dict[Known | None, Amounts] = field(default_factory=dict)
    measured: Measured | None = None
    """By the counters of a GPU, where they are read."""
    _times: MeasuredTimes = field(default_factory=MeasuredTimes)
    _unmeasured_steps: int = 0
    """Some of whose launches were not known when they ended."""
    _lost: int = 0
    _torn: bool = False
    """An interrupt ended `add`."""
    _reasons: dict[str, None] = field(default_factory=dict)
    _missing: dict[Known | None, str] = field(default_factory=dict)

    def add(self, step: Step) -> None:
        self._torn = True
        self._add(step)
        self._torn = False

    def _add(self, step: Step) -> None:
        self.steps += 1
        if step.step_ns is None:
            self.clock_went_back = True
        else:
            self.step_ns += step.step_ns
        if step.measured is not None:
            self._add_measured(step, step.measured)
        if step.whole:
            assert step.counted is not None
            self.read += 1
            add(self._read_amounts, step.counted.amounts)
            self._give_reasons(step.counted.reasons)
            return
        self._missing.setdefault(step.known, step.missing or step.signed or f"{step.known and step.known.name} is new")
        if step.counted is not None:
            add(self._partial.setdefault(step.known, {}), step.counted.amounts)
        if step.known is None:
            self._lost += 1
        else:
            self._standing_for[step.known] += 1
        if step.known is not None and step.counted is None and step.step_ns is not None:
            self._timed[step.known] += 1
            self._timed_ns[step.known] += step.step_ns

    def _add_measured(self, step: Step, measured: Measured) -> None:
        if self.measured is None:
            self.measured = Measured()
        self.measured.add(measured)
        self._unmeasured_steps += not measured.whole
        if step.step_ns is not None and not step.measuring_ns and measured.products_known and step.counted is not None:
            self._times.add(step.step_ns, useful_by_format(step.counted.amounts), measured.products_by_format)

    def interval(self, peak: Peak | None, rank: int, measured: Measured | None = None) -> Interval:
        """As far as is known by now. `measured`: what the counters say of the steps by now, in the place of what they
        said when each ended."""
        measured = self.measured if measured is None else measured
        amounts = summed([(self._read_amounts, 1)])
        reasons = dict(self._reasons)
        waiting = self._lost
        for known, steps in self._standing_for.items():
            if known.amounts is None:
                waiting += steps
                add(amounts, self._partial.get(known, {}))
                reasons[f"not counted: {self._missing[known]}"] = None
            else:
                add(amounts, known.amounts, steps)
                reasons.update(dict.fromkeys(known.reasons))
        if self._lost:
            add(amounts, self._partial.get(None, {}))
            reasons[f"not counted: {self._missing[None]}"] = None
        if self.unfinished:
            reasons[self.unfinished] = None
        padding_flops = None
        if measured is not None:
            if measured.products_known and not reasons and not waiting:
                padding_flops = measured.multiply_add_flops - sum(2 * a.macs for a in amounts.values())
            reasons.update(dict.fromkeys(measured.reasons))
            waiting = 0 if measured.whole else max(1, self._unmeasured_steps) if self.steps else 0
        if self._torn:
            reasons["an interrupt came while a step was added, which can be in the figures in part"] = None
        complete = not waiting and not self.unfinished and not self._torn
        said = tuple(reasons)[-_MAX_REASONS:]
        if len(reasons) > len(said):
            said = (f"{len(reasons) - len(said)} reasons more", *said)
        mfu, hfu, why_not = self._utilization(peak)
        return Interval(
            first_step=self.first_step,
            steps=self.steps,
            seconds=None if self.clock_went_back else self.step_ns / 1e9,
            amounts=amounts,
            steps_read=self.read if measured is None else self.steps - waiting,
            steps_reused=self.steps - self.read - waiting if measured is None else 0,
            steps_missing=waiting,
            complete=complete,
            exact=complete and not reasons,
            reasons=said,
            mfu=mfu,
            hfu=hfu,
            no_utilization=why_not,
            rank=rank,
            measured=measured,
            padding_flops=padding_flops,
        )

    def _utilization(self, peak: Peak | None) -> tuple[float | None, float | None, str]:
        if peak is None:
            return None, None, "there is no GPU whose peak is known: give peak_flops"
        if self.clock_went_back:
            return None, None, "the clock went back"
        seconds, times = self.timed(peak)
        if isinstance(times, str):
            return None, None, times
        return times[0] / seconds, times[1] / seconds, ""

    def timed(self, peak: Peak) -> tuple[float, tuple[float, float] | str]:
        """Of the steps whose time counting did not change: their seconds, and those that their useful and all
        products would take at the peak; or why there are none."""
        if self.measured is not None:
            return self._times.timed(peak)
        parts = [(known.amounts, n) for known, n in self._timed.items() if known.amounts is not None]
        ns = sum(self._timed_ns[known] for known in self._timed if known.amounts is not None)
        if not parts or ns <= 0:
            return 0.0, "each step was counted, which changes its time" if self.read else "no step could be timed"
        amounts = summed([(a, n) for a, n in parts if a is not None])
        useful, why_not = peak.seconds(useful_by_format(amounts))
        executed, why_not_executed = peak.seconds(executed_by_format(amounts))
        if useful is None or executed is None:
            return ns / 1e9, why_not or why_not_executed
        return ns / 1e9, (useful, executed)

    def _give_reasons(self, reasons: tuple[str, ...]) -> None:
        for reason in reasons:
            if len(self._reasons) < _MAX_REASONS:
                self._reasons[reason] = None
