# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Real signals at random moments, from a timer, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ALL = os.environ.get("FLOPWATCH_ALL_TESTS") == "1"
SIGNALS = 2000 if ALL else 150

PROGRAM = """
import random, signal, sys, time
import torch
from torch import nn
import test_interrupts
from interrupts import still_counts, whole_state
from test_interrupts import WORK, profiles_with_the_installed_thop

signals, seed = int(sys.argv[1]), int(sys.argv[2])
chosen = random.Random(seed)
work = [w for w in WORK if w is not profiles_with_the_installed_thop]
lasted, before = {}, {}
for w in work:
    for _ in range(2):
        began = time.perf_counter()
        torch.manual_seed(0)
        w()
        lasted[w] = time.perf_counter() - began
        test_interrupts.MODEL.calls.zero_()


def state():
    # A signal can also end the user's own forward of a watch, which counts its calls and draws.
    test_interrupts.MODEL.calls.zero_()
    torch.manual_seed(0)
    return whole_state(test_interrupts.MODEL)


expected = state()
sent = 0
ended_early = 0
deadline = time.monotonic() + float(sys.argv[3])
while sent < signals and time.monotonic() < deadline:
    w = work[sent % len(work)]
    sent += 1
    try:
        signal.setitimer(signal.ITIMER_REAL, max(1e-5, chosen.random() * lasted[w]))
        w()
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        ended_early += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    found = state()
    if found != expected:
        for part in expected:
            for key in expected[part] if isinstance(expected[part], dict) else ():
                if found[part][key] != expected[part][key]:
                    print("changed:", w.__name__, part, key, expected[part][key], found[part][key])
        print("changed:", w.__name__, "after", sent)
        sys.exit(1)
    if sent % 5 == 0:
        still_counts(32)
still_counts(32)
print(sent, ended_early)
"""


@pytest.mark.parametrize("seed", range(2))
def test_signals_at_random_moments_leave_nothing(seed: int) -> None:
    program = "import signal\nsignal.signal(signal.SIGALRM, signal.default_int_handler)\n" + PROGRAM
    done = subprocess.run(
        [sys.executable, "-c", program, str(SIGNALS), str(seed), "240" if ALL else "60"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sent, ended_early = map(int, done.stdout.split()[-2:])
    assert sent > 0 and ended_early > 0
