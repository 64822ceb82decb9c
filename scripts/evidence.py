#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Checks evidence of GPU runs with no GPU: evaluates every raw image again, makes the claims of results.json again.

    scripts/evidence.py [--flopwatch PROGRAM] [FOLDER | FILE.tar.gz]     FOLDER: tests/captures
    scripts/evidence.py --keep FILE.tar.gz [FOLDER]                      puts it there as <chip>-<date>, if it is good
    scripts/evidence.py --keep RUN --captures-not-kept WHY.txt [FOLDER]  the same of a run whose captures are lost

A folder of evidence is one that scripts/gpu_gate.sh left: results.json and captures/. Ends with 0 when all values are
the same (no evidence at all is fine, and said), with 1 when one differs, results.json claims what the other files do
not give, no capture is there, or one of the runs was on a stand-in. Without a capture, the claims about it are not
shown, and said to be so; the others are.

FILE.tar.gz may be the first part of an archive, FILE.tar.gz.000, with the others and their list next to it. RUN is
an archive, or the folder itself. Where its captures were not kept, captures-not-kept.txt says why, and where it was
made; then results.json is compared with what the programs printed: none of it can be evaluated again.
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
import needed  # noqa: E402
import recount  # noqa: E402
import stage_recheck  # noqa: E402

# Output of programs, many files full of the machine's paths; and a list that nothing reads. The archive has them.
LEFT_OUT = ("logs", "ncu-timing.csv")
# As scripts/lint_tree.py refuses them, and where machines have what was not packaged for them.
MACHINE_FOLDER = re.compile(r"(?<![\w.})\]$*-])"
                            r"/(?:home|Users|root|work|workspace|mnt|media|scratch|opt|tmp)/(?=[\w.])")


def runs(folder: Path) -> list[tuple[Path, dict]]:
    """Every folder of evidence below, oldest name first, with its results."""
    return [(file.parent, json.loads(file.read_text())) for file in sorted(folder.glob("*/results.json"))]


def is_without_captures(run: Path) -> bool:
    return (run / recount.NOT_KEPT).exists()


def captures_of(run: Path, results: dict) -> list[str]:
    """Captures that were made on a GPU: those that are there, and those that were evaluated again on the spot."""
    if is_without_captures(run):
        return []
    return sorted(rechecked(results) | {f"captures/{f.name}" for f in stage_recheck.measured_in(run / "captures")})


def rechecked(results: dict) -> set[str]:
    return {c["source"] for c in results["claims"] if c["claim"].startswith(recount.RECHECKED) and c["source"]}


def without_images(run: Path, results: dict) -> list[str]:
    """Of these captures, those that keep no raw images, and that nobody says to have evaluated."""
    return [name for name in there(run, results)
            if name not in rechecked(results) and not stage_recheck.keeps_images(run / name)]


def there(run: Path, results: dict) -> list[str]:
    return [name for name in captures_of(run, results) if (run / name).is_file()]


def lost_claims(run: Path, results: dict) -> list[dict]:
    """Claims about captures that are missing: nothing shows them. Where no captures were kept, other files do."""
    return [] if is_without_captures(run) else needed.split(run, results)[1]


def problems_of(run: Path, results: dict, flopwatch: Path) -> list[str]:
    if results["synthetic"]:
        return ["was made on a stand-in, which proves nothing about a GPU; take it out"]
    files = recount.files_of(run, flopwatch)
    if is_without_captures(run):
        return missing_captures_problems(run, results, files) + recount.problems_of(run, results, files)
    problems = []
    captures = there(run, results)
    if not captures:
        problems.append("has no capture that could be evaluated again")
    bare = without_images(run, results)
    for name in captures:
        problems += capture_problems(run, name, None if name in bare else flopwatch, files)
    return problems + recount.problems_of(run, results, files)


def missing_captures_problems(run: Path, results: dict, files: recount.Files) -> list[str]:
    """What is wrong with evidence that says it lacks its captures."""
    problems, text = [], (run / recount.NOT_KEPT).read_text().strip()
    if (run / "captures").exists():
        problems.append(f"has captures/ next to {recount.NOT_KEPT}, which says that there are none")
    if not text:
        problems.append(f"does not say in {recount.NOT_KEPT} why")
    if not files.names():
        problems.append("has nothing in reports/, so nothing says on which chip it was made, and when")
    for name in files.names():
        try:
            problems += report_problems(name, files.report(name)["capture"], results, text)
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            problems.append(f"has a reports/{name}.json that cannot be read: {type(e).__name__}: {e}")
    return problems


def report_problems(name: str, capture: dict, results: dict, text: str) -> list[str]:
    """Of a report that was printed when its capture was made: of the GPU that results.json and `text` name."""
    if capture["synthetic"]:
        return [f"reports/{name}.json: its figures are made up"]
    gpu, driver = capture["gpu"], capture["driver"].split(",")[0]
    problems = []
    if not results["machine"]["gpu"].startswith(f"{gpu}, {driver},"):
        problems.append(f"reports/{name}.json is of {gpu} with driver {driver}, results.json of another")
    cupti, date = capture["more"]["cupti"].split(" from ")[0], capture["created_utc"][:10]
    for what in (gpu, capture["more"]["chip"], driver, cupti, date):
        if what not in text:
            problems.append(f"does not say {what} in {recount.NOT_KEPT}, and reports/{name}.json does")
    return problems


def capture_problems(run: Path, name: str, flopwatch: Path | None, files: recount.Files) -> list[str]:
    """`flopwatch` evaluates its images again; None: it has none."""
    if flopwatch is not None:
        done = subprocess.run([flopwatch, "recheck", run / name], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = (done.stdout + done.stderr).strip().splitlines()[-1:]
            return [f"{name}: {last[0] if last else f'flopwatch recheck ended with {done.returncode}'}"]
    try:
        if files.report(Path(name).stem)["capture"]["synthetic"]:
            return [f"{name}: its figures are made up"]
    except recount.StageError as e:
        return [str(e)]
    return []


def lost_by_capture(run: Path, results: dict) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for claim in lost_claims(run, results):
        for name in needed.missing(run, claim["claim"]):
            out.setdefault(name, []).append(claim["claim"])
    return out


def check(found: list[tuple[Path, dict]], flopwatch: Path) -> int:
    """Prints what is wrong; how much it is."""
    bad = 0
    for run, results in found:
        for problem in problems_of(run, results, flopwatch):
            bad += 1
            print(f"evidence: {run.name} {problem}")
        for name, claims in lost_by_capture(run, results).items():
            print(f"evidence: {run.name} lacks captures/{name}.flops, so {len(claims)} of its claims are not shown")
    captures = sum(len(there(run, results)) for run, results in found)
    bare = sum(len(without_images(run, results)) for run, results in found)
    without = sum(1 for run, _ in found if is_without_captures(run))
    lost = f"; {without} of the runs kept no recording, so only what its programs printed was counted again"
    print(f"evidence: {len(found)} runs on GPUs with {captures} recordings, evaluated again"
          f"{f', but for {bare} that keep no raw images' if bare else ''}{lost if without else ''}: "
          f"{bad} problems")
    return bad


def name_of(run: Path, flopwatch: Path) -> str:
    """Chip and date, as its first capture has them: gh100-2026-01-31."""
    files = recount.files_of(run, flopwatch)
    first = files.names()[0] if is_without_captures(run) else stage_recheck.measured_in(run / "captures")[0].stem
    capture = files.report(first)["capture"]
    chip = re.sub(r"[^a-z0-9]+", "-", capture["more"].get("chip", "unknown").lower()).strip("-")
    machine = json.loads((run / "results.json").read_text())["machine"]
    return f"{chip}-{(capture['created_utc'] or 'undated')[:10]}{'-again' if 'again_after' in machine else ''}"


def put(run: Path, target: Path) -> None:
    """Without logs, and without the names of the machine's own folders."""
    shutil.copytree(run, target, ignore=lambda folder, names: LEFT_OUT if Path(folder) == run else ())
    for file in target.rglob("*"):
        content = file.read_bytes() if file.is_file() else b"\0"
        if b"\0" not in content and MACHINE_FOLDER.search(text := content.decode(errors="replace")):
            file.write_text(MACHINE_FOLDER.sub("MACHINE/", text))


def brought_back(source: Path, into: Path) -> Path:
    """A copy of the run in `source`, archive or folder."""
    if source.is_dir():
        run = Path(shutil.copytree(source, into / "run"))
    else:
        run = archive.unpack(source, into)
    if not (run / "results.json").is_file():
        raise archive.BadArchive(f"{source.name} holds no results.json")
    return run


def report_in(file: Path) -> dict | None:
    """The report that a program printed; None where it printed something else."""
    try:
        report = json.loads(file.read_text(errors="replace"))
    except ValueError:
        return None
    return report if isinstance(report, dict) and "capture" in report else None


def take_what_was_printed(run: Path, why: Path) -> None:
    """Instead of lost captures: the reports from logs/, and the machine code where sass/ is lost too."""
    shutil.copyfile(why, run / recount.NOT_KEPT)
    for folder in ("reports", "sass"):
        (run / folder).mkdir(exist_ok=True)
    for log in sorted([*(run / "logs").glob("models_*.out"), *(run / "logs").glob("captures_*.out")]):
        if report_in(log) is not None:
            name = log.stem.partition("_")[2].removeprefix("report-")
            shutil.copyfile(log, run / "reports" / f"{name}.json")
    for log in sorted((run / "logs").glob("build_sass_*.out")):
        listing = run / "sass" / f"{log.stem.removeprefix('build_sass_')}.sass"
        if not listing.exists():
            shutil.copyfile(log, listing)


def with_run(source: Path, shelf: Path | None, flopwatch: Path, why: Path | None = None) -> int:
    """Checks it, and puts it on the shelf when it is good. `why`: its captures were not kept."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            run = brought_back(source, Path(folder))
            if why is not None:
                take_what_was_printed(run, why)
        except (archive.BadArchive, OSError) as e:
            print(f"evidence: {e}")
            return 1
        if check([(run, json.loads((run / "results.json").read_text()))], flopwatch):
            return 1
        if shelf is None:
            return 0
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
    parser.add_argument("--keep", metavar="RUN", type=Path, help="put this archive into FOLDER, if it is good")
    parser.add_argument("--captures-not-kept", metavar="WHY.txt", type=Path,
                        help="with --keep: the captures of the run are lost, as this text says")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "tests/captures", help="or an archive")
    options = parser.parse_args()
    if options.captures_not_kept and not options.keep:
        parser.error("--captures-not-kept needs --keep")
    if options.keep:
        return with_run(options.keep, options.folder, options.flopwatch, options.captures_not_kept)
    if options.folder.is_file():
        return with_run(options.folder, None, options.flopwatch)
    found = runs(options.folder)
    if not found:
        print("evidence: none: no run on a GPU has been committed")
        return 0
    return 1 if check(found, options.flopwatch) else 0


if __name__ == "__main__":
    sys.exit(main())
