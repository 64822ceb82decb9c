# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Wall time of the same training steps: bare, counted in every mode, and under ncu. All in one run, so ratios hold."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass

import stage_ncu
from gate import Gate


@dataclass(frozen=True)
class Way:
    metrics: str = "cuda-core"
    steps: int = 5
    runs: int = 1
    max_ranges: int = 64


# Of what ncu adds to a step. A step is the launches of a training step (tests/gpu/training_step.hpp), and a wait at its
# end; the middle one of several counts, so neither is charged for what only the first step takes.
MOST = 1 / 20
WAYS = {"bare": Way("", runs=3), "none": Way(runs=3), "iteration": Way(), "kernel": Way(steps=1, max_ranges=16)}
UNDER_NCU = Way("", steps=2)  # the program runs each step twice, first to load what is loaded late


def arguments(way: str, how: Way) -> list:
    return ["--mode", way, "--metrics", how.metrics, "--steps", how.steps, "--max-ranges", how.max_ranges]


def under_ncu(gate: Gate, command: list, results: dict) -> None:
    done = gate.run("ncu", [*command, *arguments("bare", UNDER_NCU)])
    # What ncu prints comes before the program's output.
    results["ncu"] = [json.loads(done.out[done.out.index("{"):done.out.rindex("}") + 1])]


def timings(results: dict[str, list[dict]]) -> list[dict]:
    """Of what mixed_program printed, way by way; "bare" is among them."""
    launches = results["bare"][0]["launches"] // results["bare"][0]["steps"]
    step = {way: statistics.median(ns for r in rs for ns in r["step_ns"]) for way, rs in results.items()}
    return [{"way": way, "launches": launches, "runs": len(rs), "steps": sum(len(r["step_ns"]) for r in rs),
             "step_ns": step[way], "first_step_ns": statistics.median(r["step_ns"][0] for r in rs),
             "added_ns_per_step": step[way] - step["bare"],
             "added_ns_per_launch": (step[way] - step["bare"]) / launches,
             "whole_session_ns": statistics.median(r["session_ns"] for r in rs)} for way, rs in results.items()]


def claims(gate: Gate, timed: list[dict]) -> None:
    """`timed` as `timings` has it."""
    added = {t["way"]: t["added_ns_per_step"] for t in timed}
    if "ncu" not in added:
        return
    launches = timed[0]["launches"]
    # Counting that adds nothing has not counted, or the machine was too busy for timing: neither shows anything.
    gate.claim("none_to_ncu", 0 < added["none"] <= MOST * added["ncu"],
               f"more than 0 and at most {MOST:g} of what ncu adds to a training step of {launches} launches, "
               f"{added['ncu']:.0f} ns", round(added["none"]), "ns added to a training step")


def run(gate: Gate) -> None:
    base = [gate.program("mixed_program"), *gate.kernel_arguments()]
    results: dict[str, list[dict]] = {}
    for repeat in range(max(way.runs for way in WAYS.values())):
        for way, how in WAYS.items():
            if repeat < how.runs:
                done = gate.run(f"{way}_{repeat}", [*base, *arguments(way, how)])
                results.setdefault(way, []).append(json.loads(done.out))
    ran = {way: rs[0] for way, rs in results.items() if "kernels" in rs[0]}
    gate.equal("counted", {way: r["launches"] for way, r in ran.items()},
               {way: sum(k["launches"] for k in r["kernels"].values()) for way, r in ran.items()}, "launches")
    first = next(iter(results["none"][0]["kernels"].values()))
    log = gate.out / "ncu-timing.csv"
    gate.part("ncu", under_ncu, stage_ncu.command(log, sorted(first["counters"]), gate.stand_in) + base, results)
    gate.record.timings += timings(results)
    claims(gate, gate.record.timings)
