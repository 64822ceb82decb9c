# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Dry runs of the hardware gate, with a program of its build folder replaced."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("FLOPWATCH_BIN_DIR", ROOT / "build/bin")).parent
# Around mixed_program, so that no claim hangs on a wall time: where it is timed it says fixed ones, 60 us more for a
# launch that is counted and ADDED_BY_NCU ns under ncu.
TIMED = """
if "--save" in sys.argv:
    os.execv(REAL, [REAL, *sys.argv[1:]])
result = json.loads(real().stdout)
added_ns = ADDED_BY_NCU if "STANDIN_SLEEP_US" in os.environ else 0 if result["mode"] == "bare" else 60000
in_a_step = result["launches"] // result["steps"]
result["step_ns"] = [in_a_step * (30000 + added_ns)] * result["steps"]
print(json.dumps(result))
"""


def timed(added_by_ncu: int) -> str:
    return TIMED.replace("ADDED_BY_NCU", str(added_by_ncu))


class Outcome:
    def __init__(self, done: subprocess.CompletedProcess, folder: Path):
        self.code, self.text, self.folder = done.returncode, done.stdout + done.stderr, folder
        file = folder / "results.json"
        self.results = json.loads(file.read_text()) if file.is_file() else {}

    def stage(self, name: str) -> dict:
        return next(s for s in self.results["stages"] if s["name"] == name)

    def failed_claims(self) -> set[str]:
        return {c["claim"] for c in self.results["claims"] if not c["passed"]}


def gate(folder: Path, *arguments, build: Path = BUILD, **environment) -> Outcome:
    out = folder / "evidence"
    done = subprocess.run([ROOT / "scripts/gpu_gate.sh", "--stand-in", "--build", build, "--out", out, *arguments],
                          env={**os.environ, **environment}, capture_output=True, text=True, timeout=300,
                          check=False)
    return Outcome(done, out)


def build_with(folder: Path, program: str, text: str | None) -> Path:
    """A build folder in which a program is replaced by a Python text that may run the real one, `REAL`."""
    for part in ("bin", "tests"):
        (folder / part).mkdir(parents=True)
        for file in (BUILD / part).iterdir():
            (folder / part / file.name).symlink_to(file)
    for part in ("standin", "python"):
        (folder / part).symlink_to(BUILD / part)
    (folder / program).unlink()
    if text is not None:
        head = (f"#!{sys.executable}\nimport json, os, re, signal, subprocess, sys, time\n"
                f"REAL = {str(BUILD / program)!r}\n")
        run = "def real():\n    return subprocess.run([REAL, *sys.argv[1:]], capture_output=True, text=True)\n"
        (folder / program).write_text(head + run + text)
        (folder / program).chmod(0o755)
    return folder
