# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The open questions, each asked by a separate small process. An answer is a finding, never a failure."""

from __future__ import annotations

import json

import runner
from gate import Gate

LIMIT_S = 8.0  # of each
SPARE_S = 1.0  # of that, to say what was answered until then


def ask(gate: Gate, program, question: dict, answers: list[dict]) -> None:
    name = question["probe"]
    try:
        limit_s = LIMIT_S * gate.stage_factor
        done = gate.run(name, [program, name, *gate.kernel_arguments(), "--limit", max(limit_s - SPARE_S, 0.5)],
                        good=None, limit_s=limit_s)
    except runner.StageError as e:
        if gate.left_s() <= 0:
            raise
        # A crash or a hang is an answer too.
        answers.append({**question, "answer": str(e), "facts": {}})
        gate.finding(name, str(e))
        return
    gate.equal(f"asked.{name}", 0, done.code, "exit code", f"logs/{done.log.name}")
    if done.code == 0:
        answer = json.loads(done.out)
        answers.append(answer)
        gate.finding(name, answer["answer"], question=question["question"], **answer["facts"])


def run(gate: Gate) -> None:
    program = gate.program("gpu_probes")
    questions = json.loads(gate.run("list", [program, "--list"]).out)
    gate.claim("questions", bool(questions), "at least one", len(questions))
    answers: list[dict] = []
    try:
        for question in questions:
            ask(gate, program, question, answers)
    finally:
        (gate.out / "probes.json").write_text(json.dumps(answers, indent=1) + "\n")
