# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Timing that stands some noise: every sample is between its own two bare forwards, in rounds of changing order,
and the results are medians of the differences.

What is timed is the processor time of the process, all its threads together: nothing here waits for anything but a
processor, and what other programs take of that does not count.
"""

from __future__ import annotations

import gc
import random
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from python_counters import Counter, now_ns
from python_models import Case


def timed_ms(call: Callable[[], object]) -> float:
    start = now_ns()
    call()
    return (now_ns() - start) / 1e6


@dataclass
class Samples:
    ms: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.ms)

    @property
    def spread(self) -> float:
        """Half of the distance between the quartiles."""
        low, _, high = statistics.quantiles(self.ms, n=4)
        return (high - low) / 2


@dataclass
class Times:
    """Of one case. `added_*`: beyond a bare forward in the mode that the counter runs, by the counter's name."""

    bare: Samples = field(default_factory=Samples)
    """Forwards in the case's own mode."""
    added_once: dict[str, Samples] = field(default_factory=dict)
    """One model counted once, all in all."""
    added_each: dict[str, Samples] = field(default_factory=dict)
    """Each forward in a session that is open already."""


def time_counters(case: Case, counters: list[Counter], rounds: int) -> Times:
    """Milliseconds; `rounds` samples of each, 2 at least."""
    times = Times()
    jobs: list[tuple[Callable[[Case, Counter], float], dict[str, Samples], Counter]] = []
    for counter in counters:
        jobs.append((_once_ms, times.added_once, counter))
        if counter.session(case) is not None:
            jobs.append((_each_ms, times.added_each, counter))
    order = random.Random(0)
    case.forward()
    # What lives now is no garbage; so collecting before each sample is quick, and none begins inside one by chance.
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        order.shuffle(jobs)
        for sample, into, counter in jobs:
            with counter.its_mode(case):
                gc.collect()
                before = timed_ms(case.forward)
                counted = sample(case, counter)
                gc.collect()
                after = timed_ms(case.forward)
            if not counter.changes_mode:
                times.bare.ms += [before, after]
            into.setdefault(counter.name, Samples()).ms.append(counted - (before + after) / 2)
    gc.unfreeze()
    return times


def _once_ms(case: Case, counter: Counter) -> float:
    took = timed_ms(lambda: counter.one_shot(case))
    counter.clean(case)
    return took


def _each_ms(case: Case, counter: Counter, forwards: int = 3) -> float:
    """Of one forward in the session, after a first one, in which every module and operator is new."""
    session = counter.session(case)
    assert session is not None
    with session:
        case.forward()
        return timed_ms(lambda: [case.forward() for _ in range(forwards)]) / forwards


def import_ms(first: str, then: str, processes: int) -> Samples:
    """What running the statements `then` takes in a new process that has run `first`; `processes` samples, 2 at least.

    One process before them fills the system's file cache.
    """
    program = f"import sys, time\nsys.path += {sys.path!r}\n{first}\nstart = time.process_time_ns()\n{then}\n"
    program += "print((time.process_time_ns() - start) / 1e6)"
    taken = [
        float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)
        for _ in range(processes + 1)
    ]
    return Samples(taken[1:])
