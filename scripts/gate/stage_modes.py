# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Every replay mode against every other, on kernels launched from several threads on several streams."""

from __future__ import annotations

import json

import kernels
from gate import Gate

# Mode and metrics. The sets overlap in those of the CUDA cores. Kernel replay is the slow one.
MODES = {"none": "cuda-core", "iteration": "full", "scope": "cuda-core", "kernel": "full"}
# Of each of four threads, which launches all kernels of a GH100 once. Counters are read every 64 launches, twice here;
# each reading is an image of some 12 MB for each group of metrics, before it is compressed.
LAUNCHES = 22
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


def differences(a: dict, b: dict) -> dict:
    """What differs of two results, kernel by kernel, over the metrics that both have."""
    out = {}
    for name in sorted((a["kernels"].keys() | b["kernels"].keys()) - {SCOPE_RANGE}):
        first, second = (r["kernels"].get(name, {"launches": 0, "counters": {}}) for r in (a, b))
        x, y = shared(first["counters"] or {}, second["counters"] or {})
        if first["launches"] != second["launches"] or x != y:
            out[name] = [first["launches"], second["launches"], {m: [x[m], y[m]] for m in x if x[m] != y[m]}]
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


def count(gate: Gate, mode: str, metrics: str, results: dict) -> None:
    capture = gate.captures / f"mixed-{mode}.flops"
    done = gate.run(mode, [gate.program("mixed_program"), *gate.kernel_arguments(), "--mode", mode,
                           "--launches", LAUNCHES, "--metrics", metrics, "--save", capture],
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
            gate.equal(f"equal.{a}_and_{b}", {}, differences(results[a], results[b]))
    if "none" in results and "scope" in results:
        x, y = shared(totals(results["none"]), totals(results["scope"]))
        gate.claim("equal.none_and_scope", bool(x) and x == y, x, y)


def run(gate: Gate) -> None:
    results: dict[str, dict] = {}
    for mode, metrics in MODES.items():
        gate.part(mode, count, mode, metrics, results)
    agreement_claims(gate, results)
