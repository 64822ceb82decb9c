# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Stream captures and CUDA graphs while a session counts: none is disturbed, what is captured is no launch, a graph's
kernels are listed by scope, and launches before and after are counted exactly.
"""

from __future__ import annotations

import json

import kernels
from gate import Gate

# How kernels are counted, and what is lost: one by one, a graph's kernels have no counters of their own.
WAYS = {"by-launch": ["graph_not_measured"], "by-scope": []}
MODES = ("global", "thread_local", "relaxed")  # of capturing; tests/gpu/captured_program.cpp does the same in each
REPLAYS = 2
DIRECT = {"known_fadd": 2, "known_ffma": 3}  # launches in each mode
NODES = {"known_fadd": 2, "known_ffma": 1}  # of each graph
GOOD = {"begin": 0, "end": 0, "instantiate": 0, "launches": [0] * REPLAYS}
GRAPH = "(CUDA graph"


def named(way: str) -> str:
    return f"captured-{way}"


def by_hand(gate: Gate, kernel: str) -> tuple[str, int, int]:
    """The metric of a kernel, and what one launch adds to it; its FLOPs."""
    table = gate.table
    (found,) = (k for k in table["kernels"] if k["kernel"] == kernel)
    count = kernels.expected_count(table, found)
    return found["metric"], count, count * found["flops_each"]


def driver_claims(gate: Gate, way: str, checks: dict) -> None:
    """`checks` as captured_program writes them."""
    source = f"{named(way)}.json"
    gate.equal(f"undisturbed.{way}", dict.fromkeys(MODES, GOOD), checks["captures"], "codes of the driver", source)
    gate.equal(f"same_results.{way}", True, checks["results_equal"], "as without a session", source)
    if not gate.stand_in:  # whose kernels compute nothing
        gate.equal(f"has_results.{way}", True, checks["results_changed"], source=source)


def launched(report: dict) -> tuple[dict[str, int], list]:
    """Launches by kernel, graphs among them; and what ran in graphs: module, kernel, how often."""
    direct: dict[str, int] = {}
    in_graphs = []
    for kernel in report["kernels"]:
        if kernel["graph"] is None:
            direct[kernel["kernel"]] = direct.get(kernel["kernel"], 0) + kernel["launches"]
        else:
            in_graphs.append([report["rows"][kernel["row"]]["path"], kernel["kernel"], kernel["launches"]])
    return direct, sorted(in_graphs)


def counted(report: dict, kernel: str, metric: str) -> int:
    """Over the launches of a kernel by itself."""
    return sum(k["metric_sums"].get(metric) or 0 for k in report["kernels"] if k["kernel"] == kernel and k["graph"] is None)


def claims(gate: Gate, way: str, report: dict) -> None:
    source = f"captures/{named(way)}.flops"
    gate.equal(f"losses.{way}", WAYS[way], [loss["kind"] for loss in report["data_losses"]], source=source)
    direct, in_graphs = launched(report)
    expected = {kernel: len(MODES) * n for kernel, n in DIRECT.items()}
    graphs = {name: n for name, n in direct.items() if name.startswith(GRAPH)}
    gate.equal(f"launches.{way}", expected, {k: n for k, n in direct.items() if k not in graphs}, "launches", source)
    gate.equal(f"graphs.{way}", [REPLAYS] * len(MODES), sorted(graphs.values()), "launches of each graph", source)
    gate.equal(f"in_a_graph.{way}", sorted([f"captured {mode}", kernel, n * REPLAYS] for mode in MODES
                                           for kernel, n in NODES.items()), in_graphs, "runs", source)
    if way == "by-scope":
        of_each = {k: DIRECT[k] + REPLAYS * NODES[k] for k in DIRECT}
        flops = sum(len(MODES) * n * by_hand(gate, k)[2] for k, n in of_each.items())
        gate.equal(f"counted.{way}", flops, report["totals"]["measured_total_flops"], "FLOPs, those of graphs too", source)
    else:
        instructions = {k: n * by_hand(gate, k)[1] for k, n in expected.items()}
        seen = {k: counted(report, k, by_hand(gate, k)[0]) for k in expected}
        gate.equal(f"counted.{way}", instructions, seen, "thread instructions", source)


def count(gate: Gate, way: str) -> None:
    checks = gate.out / f"{named(way)}.json"
    more = ["--by-scope"] if way == "by-scope" else []
    done = gate.run(named(way), [gate.program("captured_program"), *gate.kernel_arguments(), *more, "--checks", checks,
                                 "--save", gate.captures / f"{named(way)}.flops"])
    driver_claims(gate, way, json.loads(checks.read_text()))
    claims(gate, way, json.loads(done.out))


def run(gate: Gate) -> None:
    for way in WAYS:
        gate.part(way, count, way)
