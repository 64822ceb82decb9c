# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What `flopwatch run` adds to a program that launches nothing: one that ends at once, and one that initialises CUDA.

    bench/injection.py [BUILD] [--rounds N]

On the stand-in driver of BUILD (default: build). Programs run in turn, alone and recorded; the medians are compared.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOUND_MS = 5.0


def seconds(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def compare(name: str, ways: dict[str, tuple[list[str], dict[str, str]]], rounds: int) -> bool:
    """Whether all added times are within the bound."""
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, (command, environment) in ways.items():
            times[way].append(seconds(command, environment))
    medians = {way: 1e3 * statistics.median(found) for way, found in times.items()}
    alone = medians.pop("alone")
    print(f"{name}: alone {alone:.2f} ms")
    for way, found in medians.items():
        print(f"  {way}: {found:.2f} ms, {found - alone:+.2f} ms (bound {BOUND_MS:g} ms)")
    return all(found - alone <= BOUND_MS for found in medians.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, nargs="?", default=ROOT / "build")
    parser.add_argument("--rounds", type=int, default=50)
    given = parser.parse_args()
    build = given.build.resolve()
    program, flopwatch = str(build / "tests/counted_program"), str(build / "bin/flopwatch")
    plain = {**os.environ, "FLOPWATCH_CUPTI": str(build / "standin/libcupti.so.13")}
    good = True
    with tempfile.TemporaryDirectory() as folder:
        capture = str(Path(folder) / "it.flops")
        for name, steps in (("a program that does nothing", []), ("a program that initialises CUDA", ["init"])):
            alone = [program, *steps]
            recorded = [flopwatch, "run", "-o", capture, "--", *alone]
            ways = {"alone": (alone, plain), "started by flopwatch run": (recorded, plain)}
            good = compare(name, ways, given.rounds) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
