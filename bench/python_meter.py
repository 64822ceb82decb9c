#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What flopwatch.meter adds to a training step on the CPU, from the third step on.

    bench/python_meter.py [--rounds N]

Each metered step is paired with the same step without any hook, in this one process, in changing order; processor time
of all threads, one thread for PyTorch. Because the pairs are noisy on a busy machine, the same figure is also made of
its parts. Ends with 1 when a count is not that of a full watch.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

import flopwatch

GOAL = 0.005
"""The meter is to add at most this part of a step."""


@dataclass
class Case:
    """A model and one training step of it."""

    name: str
    model: nn.Module
    train: Callable[[], None]


def case(name: str, model: nn.Module, x: torch.Tensor) -> Case:
    optimizer = torch.optim.AdamW(model.train().parameters(), lr=1e-4)

    def train() -> None:
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()

    return Case(name, model, train)


def cases() -> list[Case]:
    from torchvision import models

    layer = nn.TransformerEncoderLayer(512, 8, 2048, batch_first=True)
    encoder = nn.TransformerEncoder(layer, 12, enable_nested_tensor=False)
    return [
        case("resnet50, 2 images of 224 x 224", models.resnet50(), torch.randn(2, 3, 224, 224)),
        case("12-layer nn.TransformerEncoder, 2 x 128 tokens of 512", encoder, torch.randn(2, 128, 512)),
    ]


def timed_ns(call: Callable[[], object]) -> int:
    start = time.process_time_ns()
    call()
    return time.process_time_ns() - start


def pair(m: flopwatch.meter, one: Case, metered_first: bool) -> tuple[int, int]:
    """Nanoseconds of a bare step and of a metered one."""

    def bare() -> int:
        m._calls.remove()
        taken = timed_ns(one.train)
        m._calls.install()
        m._tracker.begin()
        return taken

    def metered() -> int:
        def step() -> None:
            one.train()
            m.step()

        return timed_ns(step)

    if metered_first:
        last, first = metered(), bare()
        return first, last
    return bare(), metered()


def measure(one: Case, rounds: int) -> bool:
    """Prints one case; whether all counts are right."""
    one.train()
    with flopwatch.watch(one.model) as w:
        one.train()
    total = w.result.total.operator
    order = random.Random(0)
    with flopwatch.meter(one.model, steps="manual", check_budget=0) as m:
        counted = []
        for _ in range(3):
            start = time.process_time_ns()
            one.train()
            m.step()
            counted.append(time.process_time_ns() - start)
        pairs = [pair(m, one, order.random() < 0.5) for _ in range(rounds)]
    right = all(i.executed_flops == total.flops + total.other_flops and i.exact for i in m.history)
    bare = statistics.median(b for b, _ in pairs)
    ratios = [metered / b - 1 for b, metered in pairs]
    ratio = statistics.median(ratios)
    # Of a median; what counts is how far it can be trusted on a machine that others use.
    error = 1.2533 * statistics.stdev(ratios) / len(ratios) ** 0.5
    calls, call_us, own_us = module_calls(one), hook_us(), look_us(one)
    direct = (calls * call_us + own_us) * 1e3 / bare
    print(f"\n{one.name}: bare step {bare / 1e6:.1f} ms, {len(pairs)} pairs")
    print(f"  a step whose count is reused, paired: {ratio:+.3%}, standard error {error:.3%} "
          f"(goal {GOAL:.1%}: {'too noisy to tell' if 2 * error > GOAL else verdict(ratio)})")
    print(f"  from its parts: {calls} module calls of {call_us:.2f} us more each, and {own_us:.0f} us of its own code: "
          f"{direct:+.3%} (goal {GOAL:.1%}: {verdict(direct)})")
    print(f"  a step that is counted in full (the first two, and checks): {counted[1] / bare - 1:+.1%}")
    print(f"  counts {'are those of a full watch' if right else 'DIFFER from those of a full watch'}")
    return right


def verdict(ratio: float) -> str:
    return "met" if ratio <= GOAL else "missed"


def module_calls(one: Case) -> int:
    """Of one step."""
    seen = [0]

    def count(*_: object) -> None:
        seen[0] += 1

    handle = nn.modules.module.register_module_forward_pre_hook(count)
    one.train()
    handle.remove()
    return seen[0]


def hook_us(calls: int = 20_000, rounds: int = 7) -> float:
    """Microseconds by which a call of a module that is no root takes longer while a meter is open."""
    other = nn.Identity()
    x = torch.zeros(1)

    def run() -> None:
        for _ in range(calls):
            other(x)

    m = flopwatch.meter(nn.Linear(1, 1), check_budget=0)
    added = []
    for _ in range(rounds):
        bare = timed_ns(run)
        m._calls.install()
        added.append(timed_ns(run) - bare)
        m._calls.remove()
    return statistics.median(added) / calls / 1e3


def look_us(one: Case, steps: int = 200) -> float:
    """Microseconds of the meter's own code for one step of one call and one optimizer, called over and over."""
    x = torch.randn(2, 8)
    optimizer = torch.optim.SGD(one.model.parameters(), lr=0.0)
    with flopwatch.meter(one.model, steps="manual", check_budget=0) as m:

        def look() -> None:
            m._called(one.model, (x,), {})
            m._stepped(optimizer)
            m.step()

        for _ in range(3):
            look()
        return timed_ns(lambda: [look() for _ in range(steps)]) / steps / 1e3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=21, help="pairs of steps, 4 at least (21)")
    options = parser.parse_args()
    if options.rounds < 4:
        parser.error("--rounds is 4 or more")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    warnings.simplefilter("ignore")
    print("Python: processor time that flopwatch.meter adds to a training step on the CPU, one thread; medians")
    right = [measure(one, options.rounds) for one in cases()]
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
