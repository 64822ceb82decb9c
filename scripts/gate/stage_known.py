# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Every kernel of known count has exactly the hand-computed count."""

from __future__ import annotations

import json

import runner
from gate import Gate


def claims(gate: Gate, outcomes: list[dict]) -> None:
    gate.claim("any", bool(outcomes), "at least one kernel", len(outcomes))
    for o in outcomes:
        gate.equal(f"exact.{o['kernel']}", o["expected"], o["counted"], o["unit"], "captures/known-counts.flops")
        if o["also_counted"]:
            gate.finding(f"also.{o['kernel']}", f"{o['kernel']} is seen by other counters of arithmetic as well",
                         **o["also_counted"])


def run(gate: Gate) -> None:
    capture = gate.captures / "known-counts.flops"
    command = [gate.program("known_counts"), *gate.kernel_arguments(), "--json", "--save", capture]
    done = gate.run("known_counts", command, good=(0, 1))
    try:
        outcomes = json.loads(done.out)
    except json.JSONDecodeError:
        said = done.log.read_text().strip().splitlines() or ["no output"]
        raise runner.StageError(f"known_counts: {said[-1]}") from None
    (gate.out / "known-counts.json").write_text(done.out)
    claims(gate, outcomes)
