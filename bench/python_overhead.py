#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What counting in Python adds to a forward: flopwatch.watch beside other counters, and whether each answer is right.

    bench/python_overhead.py [--rounds N] [NAME...]      NAME: the cases whose name holds it; all when none is given

flopwatch must be importable; the other counters are taken from .venv/peers/bench too. Ends with 1 when flopwatch's
own answer is wrong.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

_PEERS = Path(__file__).resolve().parent.parent / ".venv/peers/bench"
sys.path.append(str(_PEERS))  # behind everything else: it must not hide what is installed

import torch  # noqa: E402
from python_counters import Answer, Counter, Flopwatch, all_peers  # noqa: E402
from python_models import Case, all_cases  # noqa: E402
from python_timing import Samples, Times, import_ms, time_counters  # noqa: E402

GOAL_RATIO = 0.2
"""flopwatch is to add at most a fifth of what the fastest peer with a right answer adds."""
GOAL_IMPORT_MS = 100.0


@dataclass(frozen=True)
class Judged:
    """A counter's answer in one case."""

    counter: Counter
    answer: Answer | None
    failure: str = ""

    def verdict(self, right_macs: int) -> str:
        return "fails" if self.answer is None else self.answer.verdict(right_macs)

    def words(self, right_macs: int) -> str:
        if self.answer is None:
            return f"{'–':>13}  fails: {self.failure}"
        number, verdict = f"{self.answer.total_macs:>13,}", self.verdict(right_macs)
        if verdict == "right":
            return f"{number}  right"
        if verdict == "mixed":
            return f"{number}  ✗ mixed: {self.answer.total_macs - right_macs:,} other operations among the MACs"
        return f"{number}  ✗ wrong: {self.answer.multiply_add_macs - right_macs:+,} MACs"


def judge(case: Case, counter: Counter) -> Judged:
    try:
        return Judged(counter, counter.answer(case, counter.one_shot(case)))
    except Exception as error:  # whatever another program raises
        return Judged(counter, None, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    finally:
        counter.clean(case)


def fastest(judged: list[Judged], added: dict[str, float], verdicts: tuple[str, ...], right_macs: int) -> str | None:
    """The name of the counter that adds least of those with one of these verdicts."""
    names = [j.counter.name for j in judged if j.verdict(right_macs) in verdicts and j.counter.name in added]
    return min(names, key=lambda name: added[name], default=None)


def ratio_words(ours: float, judged: list[Judged], added: dict[str, float], right_macs: int) -> str:
    """flopwatch's time over that of the fastest counter with a right answer, then of those that come near one."""

    def ratio_to(name: str) -> str:
        return f"{ours / added[name]:.2f} of {name}" if added[name] > 0 else f"{name} adds nothing measurable"

    right = fastest(judged, added, ("right",), right_macs)
    mixed = fastest(judged, added, ("right", "mixed"), right_macs)
    anyone = fastest(judged, added, ("right", "mixed", "wrong"), right_macs)
    if right is None:
        words = "no other counter is right"
    else:
        met = ours <= GOAL_RATIO * added[right]
        words = f"{ratio_to(right)}, right (goal {GOAL_RATIO}: {'met' if met else 'missed'})"
    if mixed not in (None, right):
        words += f"; {ratio_to(mixed)}, mixed"
    if anyone not in (None, right, mixed):
        words += f"; {ratio_to(anyone)}, wrong"
    return words


def _ms(samples: Samples | None) -> str:
    return f"{'–':>15}" if samples is None else f"{samples.median:8.2f} ±{samples.spread:6.2f}"


def print_case(case: Case, judged: list[Judged], times: Times, ours: Flopwatch) -> None:
    shape = tuple(case.inputs[0].shape)
    print(f"\n{case.name}, input {shape}: bare forward {times.bare.median:.2f} ms; right: {case.macs:,} MACs, exactly")
    width = max(len(j.counter.title) for j in judged)
    print(f"  {'added to it, ms':<{width}}  {'counted once':>15}  {'each, in session':>16}  {'answer, MACs':>13}")
    for j in judged:
        once, each = times.added_once.get(j.counter.name), times.added_each.get(j.counter.name)
        print(f"  {j.counter.title:<{width}}  {_ms(once)}   {_ms(each)}  {j.words(case.macs)}")

    parts = {name: statistics.median(p[name] for p in ours.parts_ns) / 1e6 for name in ours.parts_ns[0]}
    print(f"  flopwatch once: start {parts['start']:.2f}, forward {parts['forward'] - times.bare.median:+.2f}, "
          f"stop {parts['stop']:.2f}, totals {parts['totals']:.2f} ms (medians of each part)")
    peers = [j for j in judged if j.counter is not ours]
    once = {name: s.median for name, s in times.added_once.items()}
    # A counter without sessions does all of its work again for each forward.
    each = {**once, **{name: s.median for name, s in times.added_each.items()}}
    print(f"  flopwatch counted once: {ratio_words(once[ours.name], peers, once, case.macs)}")
    print(f"  flopwatch each forward: {ratio_words(each[ours.name], peers, each, case.macs)}")


def run_case(case: Case, peers: list[Counter], rounds: int) -> bool:
    """Measures and prints one case; whether flopwatch's answer is right."""
    ours = Flopwatch()
    judged = [judge(case, counter) for counter in (ours, *peers)]
    if judged[0].answer is None:
        print(f"\n{case.name}: flopwatch fails: {judged[0].failure}")
        return False
    ours.parts_ns.clear()
    times = time_counters(case, [j.counter for j in judged if j.answer is not None], rounds)
    print_case(case, judged, times, ours)
    return judged[0].verdict(case.macs) == "right"


def print_imports(processes: int) -> None:
    alone = import_ms("import torch", "import flopwatch", processes)
    # The public names load what they need when they are asked for, so the import alone does not tell what it costs.
    names = ("watch", "count", "profile")
    used = import_ms("import torch", "import flopwatch; " + "; ".join(f"flopwatch.{n}" for n in names), processes)
    met = "met" if used.median <= GOAL_IMPORT_MS else "missed"
    print(f"\nimport beyond torch, new processes: flopwatch {alone.median:.0f} ms; with {', '.join(names)}, which "
          f"load when asked for, {used.median:.0f} ms (goal {GOAL_IMPORT_MS:.0f}: {met})")
    others = {"thop": "import thop", "fvcore": "import fvcore.nn", "torchprofile": "import torchprofile"}
    words = []
    for name, statement in others.items():
        try:
            words.append(f"{name} {import_ms('import torch', statement, 3).median:.0f} ms")
        except Exception:  # it is not installed, which was said already
            continue
    if words:
        print(f"  for comparison: {', '.join(words)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11, help="samples of each time, 2 at least (11)")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("--rounds is 2 or more")
    cases = [c for c in all_cases() if not options.names or any(name in c.name for name in options.names)]
    if not cases:
        parser.error("no case has such a name")

    torch.set_num_threads(1)
    torch.manual_seed(0)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    peers, missing = all_peers()
    print("Python: processor time that counting adds to one forward on the CPU, one thread; medians of "
          f"{options.rounds} rounds ± half the distance of their quartiles")
    for line in missing:
        print(f"  {line}")
    right = [run_case(case, peers, options.rounds) for case in cases]
    print_imports(processes=7)
    if not all(right):
        print("flopwatch's own answer is wrong: its times mean nothing", file=sys.stderr)
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
