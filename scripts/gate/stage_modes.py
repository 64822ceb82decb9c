# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Every replay mode against every other, on kernels launched from several threads on several streams."""

from __future__ import annotations

import json
from dataclasses import dataclass

import kernels
from gate import Gate


@dataclass(frozen=True)
class Mode:
    metrics: str
    threads: int = 4
    max_ranges: int = 64  # launches between two readings of the counters

    @property
    def launches(self) -> int:
        return self.threads * LAUNCHES


# Of each thread, which so launches all kernels of a GH100 once. Counters are read twice; each reading of 64 launches is
# an image of some 12 MB for each group of metrics, before it is compressed.
LAUNCHES = 22
# The metrics overlap in those of the CUDA cores. Kernel replay is last, and small: on a GPU a launch took 60 ms with room
# for 1,024 ranges.
MODES = {"none": Mode("cuda-core"), "iteration": Mode("full"), "scope": Mode("cuda-core"),
         "kernel": Mode("full", threads=1, max_ranges=16)}
# Kernel replay says that it ran kernels again.
EXPECTED_LOSSES = {"kernel": ["kernel_replay"]}
LIMIT_S = 30.0  # of each mode: one that hangs must not keep the others from running
SCOPE_RANGE = "scope range"


def totals(result: dict) -> dict[str, int]:
    out: dict[str, int] = {}
    for kernel in result["kernels"].values():
        for metric, value in (kernel["counters"] or {}).items():
            out[metric] = out.get(metric, 0) + value
    return out


def shared(a: dict, b: dict) -> tuple[dict, dict]:
    both = a.keys() & b.keys()
    return {k: a[k] for k in sorted(both)}, {k: b[k] for k in sorted(both)}


def differences(a: dict, b: dict, launched: tuple[int, int] = (1, 1)) -> dict:
    """What differs of two results, kernel by kernel, over the metrics that both have. `launched`: how many launches each
    made, or the ratio of these numbers; a launch counts the same in both.
    """
    out = {}

    def differ(x: int, y: int) -> bool:
        return x * launched[1] != y * launched[0]

    for name in sorted((a["kernels"].keys() | b["kernels"].keys()) - {SCOPE_RANGE}):
        first, second = (r["kernels"].get(name, {"launches": 0, "counters": {}}) for r in (a, b))
        x, y = shared(first["counters"] or {}, second["counters"] or {})
        metrics = {m: [x[m], y[m]] for m in x if differ(x[m], y[m])}
        if differ(first["launches"], second["launches"]) or metrics:
            out[name] = [first["launches"], second["launches"], metrics]
    return out


def right_totals(gate: Gate, result: dict) -> tuple[dict, dict]:
    """Expected and seen thread instructions of the CUDA cores, over all launches."""
    expected: dict[str, int] = {}
    table = gate.table
    for kernel in table["kernels"]:
        ran = result["kernels"].get(kernel["kernel"])
        if ran and kernel["metric"].endswith(".sum"):
            more = ran["launches"] * kernels.expected_count(table, kernel)
            expected[kernel["metric"]] = expected.get(kernel["metric"], 0) + more
    seen = totals(result)
    return expected, {metric: seen.get(metric) for metric in expected}


def count(gate: Gate, mode: str, how: Mode, results: dict) -> None:
    capture = gate.captures / f"mixed-{mode}.flops"
    done = gate.run(mode, [gate.program("mixed_program"), *gate.kernel_arguments(), "--mode", mode,
                           "--threads", how.threads, "--launches", LAUNCHES, "--metrics", how.metrics,
                           "--max-ranges", how.max_ranges, "--raw", "all", "--save", capture],
                    limit_s=LIMIT_S * gate.stage_factor)
    (gate.out / f"mixed-{mode}.json").write_text(done.out)
    results[mode] = json.loads(done.out)
    mode_claims(gate, mode, results[mode])


def mode_claims(gate: Gate, mode: str, result: dict) -> None:
    """`result` as mixed_program prints it."""
    source = f"captures/mixed-{mode}.flops"
    gate.equal(f"losses.{mode}", EXPECTED_LOSSES.get(mode, []), result["data_losses"], source=source)
    expected, seen = right_totals(gate, result)
    gate.claim(f"paper.{mode}", bool(expected) and expected == seen, expected, seen, "thread instructions", source)


def agreement_claims(gate: Gate, results: dict[str, dict]) -> None:
    by_kernel = [m for m in MODES if m != "scope" and m in results]
    for i, a in enumerate(by_kernel):
        for b in by_kernel[i + 1:]:
            launched = (MODES[a].launches, MODES[b].launches)
            gate.equal(f"equal.{a}_and_{b}", {}, differences(results[a], results[b], launched))
    if "none" in results and "scope" in results:
        x, y = shared(totals(results["none"]), totals(results["scope"]))
        gate.claim("equal.none_and_scope", bool(x) and x == y, x, y)


def run(gate: Gate) -> None:
    results: dict[str, dict] = {}
    for mode, how in MODES.items():
        gate.part(mode, count, mode, how, results)
    agreement_claims(gate, results)
