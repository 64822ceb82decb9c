# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A program that is recorded from outside, by `flopwatch run`: the same counts as from inside, and a capture that rechecks."""

from __future__ import annotations

import json
import sqlite3

from gate import Gate

PRINTED = "run.json"
CAPTURE = "run.flops"
METRICS = "cuda-core"
STEPS = 2
RUNS = 2  # mode bare runs its steps once more, for what is loaded late


def counters(capture) -> dict[str, dict]:
    """Launches and sums by kernel, as the program prints them of itself; metrics that are 0 are left out."""
    with sqlite3.connect(f"file:{capture}?mode=ro", uri=True) as db:
        names = dict(db.execute('SELECT "column", name FROM metric WHERE plan = 1'))
        sums = ", ".join(f'SUM(c."{column}")' for column in names)
        rows = db.execute(f"SELECT k.name, COUNT(*), {sums} FROM launch l JOIN kernel k ON k.id = l.kernel "
                          "LEFT JOIN counters_1 c ON c.launch = l.id GROUP BY k.name").fetchall()
    return {kernel: {"launches": launches, "counters": {name: value for name, value in zip(names.values(), values) if value}}
            for kernel, launches, *values in rows}


def times(kernels: dict[str, dict], factor: int) -> dict[str, dict]:
    return {kernel: {"launches": factor * found["launches"],
                     "counters": {name: factor * value for name, value in found["counters"].items() if value}}
            for kernel, found in kernels.items()}


def claims(gate: Gate, printed: dict) -> None:
    """`printed` as `run` writes it."""
    gate.equal("counts", times(printed["inside"]["kernels"], RUNS), printed["outside"],
               "by kernel: launches and counters, from inside and from outside", PRINTED)
    gate.equal("losses", [], printed["losses"], "data losses of the capture", PRINTED)


def losses(capture) -> list[str]:
    with sqlite3.connect(f"file:{capture}?mode=ro", uri=True) as db:
        return [kind for (kind,) in db.execute("SELECT kind FROM data_loss")]


def run(gate: Gate) -> None:
    program = [gate.program("mixed_program"), *gate.kernel_arguments(), "--steps", STEPS]
    flopwatch = gate.build / "bin" / "flopwatch"
    capture = gate.captures / CAPTURE
    gate.captures.mkdir(parents=True, exist_ok=True)
    inside = json.loads(gate.run("inside", [*program, "--mode", "none", "--metrics", METRICS]).out)
    gate.run("outside", [flopwatch, "run", "--strict", "--metrics", METRICS, "--raw", "all", "-o", capture, "--",
                         *program, "--mode", "bare"])
    printed = {"inside": inside, "outside": counters(capture), "losses": losses(capture)}
    (gate.out / PRINTED).write_text(json.dumps(printed, indent=2) + "\n")
    claims(gate, printed)
    rechecked = gate.run("recheck", [flopwatch, "recheck", capture], good=None)
    gate.equal("rechecked", 0, rechecked.code, "exit code of flopwatch recheck", CAPTURE)
