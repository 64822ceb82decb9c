# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The same kernels under Nsight Compute with the same metrics: equal, count by count."""

from __future__ import annotations

import json
from pathlib import Path

import kernels
import machine
import ncu_csv
import runner
from gate import Gate

KNOWN_COUNTS = "ncu-known-counts.csv"


def command(log: Path, metrics: list[str], stand_in: bool = False) -> list:
    ncu = machine.ncu(stand_in)
    if ncu is None:
        raise runner.StageError("there is no ncu; put Nsight Compute's on the PATH, or name one in NCU")
    return [ncu, "--csv", "--page", "raw", "--print-units", "base", "--clock-control", "none", "--log-file", log,
            "--metrics", ",".join(metrics)]


def compare(ours: dict[str, float], theirs: dict[str, float | None]) -> tuple[int, dict]:
    """How many metrics both have, and those that differ; one of ours that ncu has no number for must be 0."""
    both = {m: (v, theirs[m]) for m, v in ours.items() if theirs.get(m) is not None}
    different = {m: list(pair) for m, pair in both.items() if pair[0] != pair[1]}
    different.update({m: [v, None] for m, v in ours.items() if v and m not in both})
    return len(both), different


def own_metrics(kernel: dict, ours: dict[str, float], theirs: dict[str, float | None]) -> list[str]:
    """Of the compared metrics, those that counted what the kernel does."""
    return [m for m, v in ours.items() if v and theirs.get(m) is not None and kernels.counts(kernel, m)]


def claims(gate: Gate, outcomes: list[dict], launches: dict[str, dict[str, float | None]], source: str) -> None:
    """`outcomes` as known_counts prints them, `launches` what ncu has of them."""
    by_name = {k["kernel"]: k for k in gate.table["kernels"]}
    for o in outcomes:
        theirs = launches.get(o["kernel"])
        if theirs is None:
            gate.claim(f"equal.{o['kernel']}", False, "a launch", "ncu lists none", source=source)
            continue
        compared, different = compare(o["counters"], theirs)
        own = own_metrics(by_name[o["kernel"]], o["counters"], theirs)
        expected = f"{compared} metrics equal, {', '.join(own) or 'the one that counts it'} among them"
        seen = different or (expected if own else f"{compared} metrics equal, none of which counted what it does")
        gate.claim(f"equal.{o['kernel']}", bool(own) and not different, expected, seen, source=source)
        if missing := sorted(m for m in o["counters"] if theirs.get(m) is None):
            gate.finding(f"not_in_ncu.{o['kernel']}", "metrics that ncu had no number for", metrics=missing)


def read(log: Path) -> dict[str, dict[str, float | None]]:
    """Metrics of each kernel. Raises StageError."""
    try:
        return dict(ncu_csv.read(log.read_text(errors="replace")))
    except (OSError, ncu_csv.BadCsv) as e:
        raise runner.StageError(f"ncu's {log.name} cannot be read: {e}") from e


def run(gate: Gate) -> None:
    known = gate.out / "known-counts.json"
    if not known.is_file():
        raise runner.StageError("there are no counts of ours to compare: stage known left none")
    outcomes = json.loads(known.read_text())
    metrics = sorted({m for o in outcomes for m in o["counters"]})
    log = gate.out / KNOWN_COUNTS
    gate.run("known_counts", [*command(log, metrics, gate.stand_in), gate.program("known_counts"),
                              *gate.kernel_arguments(), "--bare"])
    claims(gate, outcomes, read(log), log.name)
