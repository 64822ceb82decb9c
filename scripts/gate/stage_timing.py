# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Wall time of the same launches: bare, counted in every mode, and under ncu. All in one run, so ratios hold."""

from __future__ import annotations

import json
import statistics

import stage_ncu
from gate import Gate

# Of what ncu adds to a launch. It was 1/15 on the first GPU, with counters for 1,024 launches at once.
MOST = 1 / 20
LAUNCHES = 110
WAYS = {"bare": "", "none": "cuda-core", "iteration": "cuda-core", "kernel": "cuda-core"}
REPEATS = {"bare": 3, "none": 3, "iteration": 3, "kernel": 1}  # the last takes long, and no claim is about it


def under_ncu(gate: Gate, command: list, results: dict) -> None:
    done = gate.run("ncu", [*command, "--mode", "bare"])
    # What ncu prints comes before the program's output.
    results["ncu"] = [json.loads(done.out[done.out.index("{"):done.out.rindex("}") + 1])]


def timings(results: dict[str, list[dict]]) -> list[dict]:
    """Of what mixed_program printed, way by way; "bare" is among them."""
    launches = results["bare"][0]["launches"]
    loop = {way: statistics.median(r["loop_ns"] for r in rs) for way, rs in results.items()}
    return [{"way": way, "launches": launches, "runs": len(rs), "loop_ns": loop[way],
             "added_ns_per_launch": (loop[way] - loop["bare"]) / launches,
             "whole_session_ns": statistics.median(r["session_ns"] for r in rs)} for way, rs in results.items()]


def claims(gate: Gate, timed: list[dict]) -> None:
    """`timed` as `timings` has it."""
    added = {t["way"]: t["added_ns_per_launch"] for t in timed}
    if "ncu" not in added:
        return
    # Counting that adds nothing has not counted, or the machine was too busy for timing: neither shows anything.
    gate.claim("none_to_ncu", 0 < added["none"] <= MOST * added["ncu"],
               f"more than 0 and at most {MOST:g} of what ncu adds, {added['ncu']:.0f} ns", round(added["none"]),
               "ns added to a launch")


def run(gate: Gate) -> None:
    base = [gate.program("mixed_program"), *gate.kernel_arguments(), "--threads", 1, "--launches", LAUNCHES]
    results: dict[str, list[dict]] = {}
    for repeat in range(max(REPEATS.values())):
        for way, metrics in WAYS.items():
            if repeat < REPEATS[way]:
                done = gate.run(f"{way}_{repeat}", [*base, "--mode", way, "--metrics", metrics])
                results.setdefault(way, []).append(json.loads(done.out))
    counted = {way: sum(k["launches"] for k in rs[0]["kernels"].values()) for way, rs in results.items()
               if "kernels" in rs[0]}
    gate.equal("counted", dict.fromkeys(counted, LAUNCHES), counted, "launches")
    first = next(iter(results["none"][0]["kernels"].values()))
    log = gate.out / "ncu-timing.csv"
    gate.part("ncu", under_ncu, stage_ncu.command(log, sorted(first["counters"]), gate.stand_in) + base, results)
    gate.record.timings += timings(results)
    claims(gate, gate.record.timings)
