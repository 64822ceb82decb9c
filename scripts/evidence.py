#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Checks evidence of GPU runs with no GPU: evaluates every raw image again, counts anew what results.json claims.

    scripts/evidence.py [--flopwatch PROGRAM] [FOLDER | FILE.tar.gz]     FOLDER: tests/captures
    scripts/evidence.py --keep FILE.tar.gz [FOLDER]                      puts it there as <chip>-<date>, if it is good

A folder of evidence is one that scripts/gpu_gate.sh left: results.json and captures/. Ends with 0 when all values are
the same (no evidence at all is fine, and said), with 1 when one differs, results.json claims what the files beside it
do not give, a capture is missing, or a run on a stand-in lies among them.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts/gate"))

import archive  # noqa: E402
import recount  # noqa: E402
import stage_recheck  # noqa: E402

NOT_KEPT = ("logs",)  # what programs printed: many files, full of the machine's paths; the archive has them
# As scripts/lint_tree.py refuses them.
MACHINE_FOLDER = re.compile(r"(?<![\w.})\]$*-])/(?:home|Users|root|work|workspace|mnt|media|scratch)/(?=[\w.])")


def runs(folder: Path) -> list[tuple[Path, dict]]:
    """Every folder of evidence below, oldest name first, with its results."""
    return [(file.parent, json.loads(file.read_text())) for file in sorted(folder.glob("*/results.json"))]


def captures_of(run: Path, results: dict) -> list[str]:
    """Captures that were made on a GPU: those that are there, and those that were evaluated again on the spot."""
    said = {c["source"] for c in results["claims"] if c["claim"].startswith("recheck.equal.") and c["source"]}
    return sorted(said | {f"captures/{f.name}" for f in stage_recheck.measured_in(run / "captures")})


def problems_of(run: Path, results: dict, flopwatch: Path) -> list[str]:
    if results["synthetic"]:
        return ["was made on a stand-in, which proves nothing about a GPU; take it out"]
    problems = []
    captures = captures_of(run, results)
    if not captures:
        problems.append("has no capture that could be evaluated again")
    report = recount.reader(run / "captures", flopwatch)
    for name in captures:
        problems += capture_problems(run, name, flopwatch, report)
    return problems + recount.problems_of(run, results, report)


def capture_problems(run: Path, name: str, flopwatch: Path, report: recount.Report) -> list[str]:
    if not (run / name).is_file():
        return [f"lacks {name}"]
    done = subprocess.run([flopwatch, "recheck", run / name], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        return [f"{name}: {last[0] if last else f'flopwatch recheck ended with {done.returncode}'}"]
    try:
        if report(Path(name).stem)["capture"]["synthetic"]:
            return [f"{name}: its figures are made up"]
    except recount.StageError as e:
        return [str(e)]
    return []


def check(found: list[tuple[Path, dict]], flopwatch: Path) -> int:
    """Prints what is wrong; how much it is."""
    bad = 0
    for run, results in found:
        for problem in problems_of(run, results, flopwatch):
            bad += 1
            print(f"evidence: {run.name} {problem}")
    captures = sum(len(captures_of(run, results)) for run, results in found)
    print(f"evidence: {len(found)} runs on GPUs with {captures} recordings, evaluated again: {bad} problems")
    return bad


def name_of(run: Path, flopwatch: Path) -> str:
    """Chip and date, as its first capture has them: gh100-2026-01-31."""
    first = stage_recheck.measured_in(run / "captures")[0]
    capture = recount.reader(first.parent, flopwatch)(first.stem)["capture"]
    chip = re.sub(r"[^a-z0-9]+", "-", capture["more"].get("chip", "unknown").lower()).strip("-")
    return f"{chip}-{(capture['created_utc'] or 'undated')[:10]}"


def put(run: Path, target: Path) -> None:
    """Without logs, and without the names of the machine's own folders."""
    shutil.copytree(run, target, ignore=lambda folder, names: NOT_KEPT if Path(folder) == run else ())
    for file in target.rglob("*"):
        content = file.read_bytes() if file.is_file() else b"\0"
        if b"\0" not in content and MACHINE_FOLDER.search(text := content.decode(errors="replace")):
            file.write_text(MACHINE_FOLDER.sub("MACHINE/", text))


def unpacked(file: Path, into: Path) -> list[tuple[Path, dict]]:
    run = archive.unpack(file, into)
    if not (run / "results.json").is_file():
        raise archive.BadArchive(f"{file.name} holds no results.json")
    return [(run, json.loads((run / "results.json").read_text()))]


def with_archive(file: Path, shelf: Path | None, flopwatch: Path) -> int:
    """Checks it, and puts it on the shelf when it is good."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = unpacked(file, Path(folder))
        except archive.BadArchive as e:
            print(f"evidence: {e}")
            return 1
        if check(found, flopwatch):
            return 1
        if shelf is None:
            return 0
        run = found[0][0]
        target = shelf / name_of(run, flopwatch)
        if target.exists():
            print(f"evidence: there is a {target.name} already; nothing was put there")
            return 1
        put(run, target)
        print(f"evidence: kept as {target.name}; now run scripts/hardware_page.py, and commit both")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flopwatch", type=Path, default=ROOT / "build/bin/flopwatch")
    parser.add_argument("--keep", metavar="FILE.tar.gz", type=Path, help="put this archive into FOLDER, if it is good")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "tests/captures", help="or an archive")
    options = parser.parse_args()
    if options.keep:
        return with_archive(options.keep, options.folder, options.flopwatch)
    if options.folder.is_file():
        return with_archive(options.folder, None, options.flopwatch)
    found = runs(options.folder)
    if not found:
        print("evidence: none: no run on a GPU has been committed")
        return 0
    return 1 if check(found, options.flopwatch) else 0


if __name__ == "__main__":
    sys.exit(main())
