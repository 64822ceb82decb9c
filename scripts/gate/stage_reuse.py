# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Training steps whose counts are reused: the same sums as measured in full, audits that agree, time within the budget."""

from __future__ import annotations

import json
import statistics

from gate import Gate

PRINTED = "reuse.json"
BUDGET = 0.2  # of the time: enough for audits in a run of seconds
MORE = 1.25  # the budget may be exceeded by what one measurement was dearer than expected, which a short run shows
FULL_STEPS = 2
LEAST_AUDITS = 2
METRICS = "cuda-core"


def steps(gate: Gate) -> int:
    return 300 if gate.stand_in else 2000


def of_one_step(result: dict) -> dict[str, dict[str, float]]:
    """Without the metrics that are 0."""
    return {kernel: {metric: value / result["steps"] for metric, value in found["counters"].items() if value}
            for kernel, found in result["kernels"].items()}


def claims(gate: Gate, printed: dict) -> None:
    """`printed` as `run` writes it."""
    full, reused = printed["none"], printed["reuse"]
    summary = reused["reuse"]
    gate.equal("sums", of_one_step(full), of_one_step(reused), "of a step, by kernel and metric", PRINTED)
    gate.equal("launches", reused["launches"], summary["launches"], "launches", PRINTED)
    gate.claim("few", summary["measured_launches"] < summary["launches"] / 10, "less than a tenth of the launches",
               summary["measured_launches"], "launches measured", PRINTED)
    gate.equal("audits", summary["all_audits"], summary["equal_audits"], "audited steps that agree to the last count", PRINTED)
    gate.claim("audited", summary["audits"] >= LEAST_AUDITS, f"at least {LEAST_AUDITS}", summary["audits"], "audits", PRINTED)
    gate.equal("bound", None, summary["bound"], "of a sum in which no two measurements differ", PRINTED)
    spent = (summary["measuring_ns"] - summary["learning_ns"]) / reused["loop_ns"]
    gate.claim("budget", spent <= MORE * BUDGET, f"at most {MORE * BUDGET:g}", round(spent, 4), "of the time", PRINTED)


def findings(gate: Gate, printed: dict) -> None:
    """What an unchosen launch costs a program that does nothing but launch: small kernels, and no time to hide it."""
    later = {way: statistics.median(r["step_ns"][len(r["step_ns"]) // 2:]) for way, r in printed.items()}
    each = printed["bare"]["launches"] // printed["bare"]["steps"]
    gate.finding("unchosen_launch", f"a step of {each} launches takes {later['bare']:.0f} ns bare and {later['reuse']:.0f} ns "
                 f"with counts reused: {(later['reuse'] - later['bare']) / each:.0f} ns a launch")


def run(gate: Gate) -> None:
    base = [gate.program("mixed_program"), *gate.kernel_arguments(), "--metrics", METRICS]
    ways = {"bare": ["--mode", "bare", "--steps", steps(gate)], "none": ["--mode", "none", "--steps", FULL_STEPS],
            "reuse": ["--mode", "reuse", "--steps", steps(gate), "--budget", BUDGET]}
    printed = {way: json.loads(gate.run(way, [*base, *how]).out) for way, how in ways.items()}
    (gate.out / PRINTED).write_text(json.dumps(printed, indent=2) + "\n")
    claims(gate, printed)
    findings(gate, printed)
