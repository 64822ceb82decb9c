# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Wall time of the same launches: bare, counted in every mode, and under ncu. All in one run, so ratios hold."""

from __future__ import annotations

import json
import statistics

import stage_ncu
from gate import Gate

MOST = 1 / 20  # of what ncu adds to a launch
REPEATS = 3
LAUNCHES = 110
WAYS = {"bare": "", "none": "cuda-core", "iteration": "cuda-core", "kernel": "cuda-core"}


def under_ncu(gate: Gate, command: list, results: dict) -> None:
    done = gate.run("ncu", [*command, "--mode", "bare"])
    # Its own words stand before the program's.
    results["ncu"] = [json.loads(done.out[done.out.index("{"):done.out.rindex("}") + 1])]


def run(gate: Gate) -> None:
    base = [gate.program("mixed_program"), *gate.kernel_arguments(), "--threads", 1, "--launches", LAUNCHES]
    results: dict[str, list[dict]] = {}
    for repeat in range(REPEATS):
        for way, metrics in WAYS.items():
            done = gate.run(f"{way}_{repeat}", [*base, "--mode", way, "--metrics", metrics])
            results.setdefault(way, []).append(json.loads(done.out))
    first = next(iter(results["none"][0]["kernels"].values()))
    log = gate.out / "ncu-timing.csv"
    gate.part("ncu", under_ncu, stage_ncu.command(log, sorted(first["counters"]), gate.stand_in) + base, results)
    launches = results["bare"][0]["launches"]
    loop = {way: statistics.median(r["loop_ns"] for r in rs) for way, rs in results.items()}
    for way, rs in results.items():
        gate.record.timings.append({
            "way": way, "launches": launches, "runs": len(rs), "loop_ns": loop[way],
            "added_ns_per_launch": (loop[way] - loop["bare"]) / launches,
            "whole_session_ns": statistics.median(r["session_ns"] for r in rs),
        })
    if "ncu" not in results:
        return
    added = {way: max(loop[way] - loop["bare"], 0) / launches for way in ("none", "ncu")}
    gate.claim("none_to_ncu", added["ncu"] > 0 and added["none"] <= MOST * added["ncu"],
               f"at most {MOST:g} of what ncu adds, {added['ncu']:.0f} ns", round(added["none"]),
               "ns added to a launch")
