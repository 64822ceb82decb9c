#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What a session adds to a call of a compiled model: in all, and for counting its region from the graph.

    bench/python_regions.py [--rounds N]

flopwatch must be importable. Ends with 1 when counting the region adds more than its bound, or counts wrong. The rest
is what any module's scope costs.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
import warnings
from collections.abc import Callable, Iterator

import torch
from torch import nn

import flopwatch
from flopwatch._compiled.watch import RegionWatch

MOST_ADDED_US = 20.0
CALLS = 500


class Vectors(nn.Module):
    """Products with vectors, of which the compiler makes loops, and elementwise arithmetic around them."""

    def forward(self, x: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        for _ in range(8):
            v = (x @ v).tanh() * 0.5 + v
        return v


@contextlib.contextmanager
def without_regions() -> Iterator[None]:
    """Sessions in the block record everything but regions."""
    install = RegionWatch.install
    RegionWatch.install = lambda _self: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        RegionWatch.install = install  # type: ignore[method-assign]


def us_per_call(run: Callable[[], object]) -> float:
    start = time.perf_counter_ns()
    for _ in range(CALLS):
        run()
    return (time.perf_counter_ns() - start) / CALLS / 1e3


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    right = True
    worst = 0.0
    for dynamic in (False, True):
        torch._dynamo.reset()
        model, x, v = Vectors(), torch.randn(16, 16), torch.randn(16)
        run = torch.compile(model, dynamic=dynamic)
        bare, scoped, counted = [], [], []
        with torch.no_grad():
            for _ in range(3):
                run(x, v)
            for _ in range(options.rounds):
                bare.append(us_per_call(lambda: run(x, v)))
                with without_regions(), flopwatch.watch(model):
                    run(x, v)
                    scoped.append(us_per_call(lambda: run(x, v)))
                with flopwatch.watch(model) as w:
                    run(x, v)
                    counted.append(us_per_call(lambda: run(x, v)))
                right = right and w.result.exact and w.result.total.operator.macs == (CALLS + 1) * 8 * 16 * 16
        cost = min(counted) - min(scoped)
        worst = max(worst, cost)
        print(
            f"compiled region, {'dynamic' if dynamic else 'static'} sizes: {min(bare):.1f} us a call, counted"
            f" {min(counted) - min(bare):+.1f} us, of which the region {cost:+.1f} us (bound {MOST_ADDED_US:.0f})"
        )
    if not right:
        print("flopwatch's own answer is wrong: its times mean nothing", file=sys.stderr)
    return 0 if right and worst <= MOST_ADDED_US else 1


if __name__ == "__main__":
    sys.exit(main())
