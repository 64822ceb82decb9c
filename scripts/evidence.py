#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Checks committed evidence of GPU runs with no GPU: evaluates every raw image again, and says how many there are.

    scripts/evidence.py [--flopwatch PROGRAM] [FOLDER]     FOLDER: tests/captures

A folder of evidence is one that scripts/gpu_gate.sh left: results.json and captures/. Ends with 0 when all values are the
same (no evidence at all is fine, and said), with 1 when one differs, a capture is missing, or a run on a stand-in lies
among them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def runs(folder: Path) -> list[tuple[Path, dict]]:
    """Every folder of evidence below, oldest name first, with its results."""
    return [(file.parent, json.loads(file.read_text())) for file in sorted(folder.glob("*/results.json"))]


def captures_of(results: dict) -> list[str]:
    """Captures that were evaluated again on the spot."""
    return sorted({c["source"] for c in results["claims"] if c["claim"].startswith("recheck.equal.") and c["source"]})


def problems_of(run: Path, results: dict, flopwatch: Path) -> list[str]:
    if results["synthetic"]:
        return ["was made on a stand-in, which proves nothing about a GPU; take it out"]
    problems = []
    captures = captures_of(results)
    if not captures:
        problems.append("has no capture that could be evaluated again")
    for name in captures:
        if not (run / name).is_file():
            problems.append(f"lacks {name}")
            continue
        done = subprocess.run([flopwatch, "recheck", run / name], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = (done.stdout + done.stderr).strip().splitlines()[-1:]
            problems.append(f"{name}: {last[0] if last else f'flopwatch recheck ended with {done.returncode}'}")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flopwatch", type=Path, default=ROOT / "build/bin/flopwatch")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "tests/captures")
    options = parser.parse_args()
    found = runs(options.folder)
    captures = bad = 0
    for run, results in found:
        captures += len(captures_of(results))
        for problem in problems_of(run, results, options.flopwatch):
            bad += 1
            print(f"evidence: {run.name} {problem}")
    if not found:
        print("evidence: none: no run on a GPU has been committed")
    else:
        print(f"evidence: {len(found)} runs on GPUs with {captures} recordings, evaluated again: {bad} problems")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
