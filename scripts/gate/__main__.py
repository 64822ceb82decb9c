# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Proves the measured numbers on a GPU, and leaves evidence that can be checked without one.

Ends with 0 when every claim holds, 1 when one does not or a stage did not reach its end, 2 on wrong usage, 3 when
there is no GPU.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import again
import archive
import kernels
import machine
import packing
import stage_build
import stage_captures
import stage_cost
import stage_doctor
import stage_known
import stage_models
import stage_modes
import stage_ncu
import stage_probes
import stage_python
import stage_recheck
import stage_reuse
import stage_run
import stage_timing
from gate import Gate
from record import Record, Stage
from runner import StageError

ROOT = Path(__file__).resolve().parent.parent.parent
# In this order, the most proof for the least time first, because a run can be cut off; after a failed stage the next
# ones still run. With the seconds that each has.
STAGES = [("build", stage_build.run, 140), ("doctor", stage_doctor.run, 10), ("known", stage_known.run, 25),
          ("ncu", stage_ncu.run, 20), ("modes", stage_modes.run, 50), ("recheck", stage_recheck.run, 25),
          ("cost", stage_cost.run, 45), ("captures", stage_captures.run, 20),
          ("reuse", stage_reuse.run, 30), ("run", stage_run.run, 20), ("models", stage_models.run, 80), ("timing", stage_timing.run, 50),
          ("python", stage_python.run, 90), ("probes", stage_probes.run, 90)]
LIMIT_S = 430
PART_MB, ARCHIVE_MB = 16, 62
EVIDENCE = ROOT / "gpu-gate-evidence"
NEWEST = Path()


def positive(text: str) -> float:
    value = float(text)
    if not 0.001 <= value <= 1e6:
        raise argparse.ArgumentTypeError(f"{text} is no size in MB")
    return value


def arguments(argv: list[str]) -> argparse.Namespace:
    names = [name for name, _, _ in STAGES]
    parser = argparse.ArgumentParser(prog="gpu_gate.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--stand-in", action="store_true",
                        help="a dry run on the stand-in for the driver, torch on the CPU: proves only the gate")
    parser.add_argument("--build", type=Path, help="build folder; build-gate, and build for a dry run")
    parser.add_argument("--out", type=Path, help="new folder for the evidence; gpu-gate-evidence/<time>")
    parser.add_argument("--archive", metavar="FILE.tar.gz", type=Path,
                        help="new files FILE.tar.gz.000, .001 ... that the folder is packed into at the end, whatever "
                             "the outcome, and their list FILE.tar.gz.parts; next to them FILE-small.tar.gz without "
                             "captures, after every stage")
    parser.add_argument("--archive-part", metavar="MB", type=positive,
                        help=f"the largest size of one of these files; {PART_MB}")
    parser.add_argument("--archive-limit", metavar="MB", type=positive,
                        help=f"the largest size of all together; captures that do not fit are left out; {ARCHIVE_MB}")
    parser.add_argument("--sources", type=Path, default=ROOT / "gpu-gate-sources",
                        help="what gpu_gate_prepare.sh filled; gpu-gate-sources")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--only", default=",".join(names), help=f"stages, with commas between: {', '.join(names)}")
    which.add_argument("--again", metavar="FOLDER", type=Path, nargs="?", const=NEWEST,
                       help="what failed or was not reached in the run whose evidence is there, on the build that is "
                            "there; in the newest of gpu-gate-evidence where no folder is named")
    parser.add_argument("--limit", metavar="SECONDS", type=float, default=LIMIT_S,
                        help=f"of all stages together; {LIMIT_S}")
    parser.add_argument("--stage-limit", metavar="FACTOR", type=float,
                        help="of each stage's time limit; 1, and 3 for a dry run, whose products are the CPU's")
    options = parser.parse_args(argv)
    options.only = options.only.split(",")
    if options.again is not None:
        try:
            options.again = again.newest(EVIDENCE) if options.again == NEWEST else options.again.resolve()
            options.only = again.stages(again.read(options.again, options.stand_in), names)
        except again.NoRecord as e:
            parser.error(str(e))
    if options.stage_limit is None:
        options.stage_limit = 3.0 if options.stand_in else 1.0
    if unknown := set(options.only) - set(names):
        parser.error(f"there is no stage {', '.join(sorted(unknown))}")
    if options.out is None:
        options.out = EVIDENCE / datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    if options.out.exists() and any(options.out.iterdir()):
        parser.error(f"{options.out} is not empty")
    if options.archive is not None:
        options.archive = options.archive.resolve()
        if not archive.is_archive(options.archive):
            parser.error(f"{options.archive.name} must end in {' or '.join(archive.ENDINGS)}")
        files = [options.archive, packing.small_of(options.archive), archive.list_of(options.archive)]
        if there := [str(f) for f in files if f.exists()]:
            parser.error(f"{there[0]} is there already")
        if options.out.resolve() in options.archive.parents:
            parser.error("the archive would be packed into itself; name a file outside --out")
    elif options.archive_part or options.archive_limit:
        parser.error("--archive-part and --archive-limit need --archive")
    options.archive_part, options.archive_limit = options.archive_part or PART_MB, options.archive_limit or ARCHIVE_MB
    if options.build is None:
        options.build = ROOT / ("build" if options.stand_in else "build-gate")
    return options


def go_through(gate: Gate, name: str, run, limit_s: float) -> None:
    stage = Stage(name, limit_s)
    gate.record.stages.append(stage)
    gate.stage, start = name, time.monotonic()
    gate.stage_ends = start + limit_s
    try:
        if gate.left_s() <= 0:
            raise StageError("no time was left for it")
        run(gate)
    except StageError as e:
        stage.error = str(e)
    except Exception as e:  # a fault of the gate itself must not hide the other stages
        stage.error = f"{type(e).__name__}: {e}"
    stage.seconds = round(time.monotonic() - start, 2)
    mine = [c for c in gate.record.claims if c.claim.startswith(name + ".")]
    stage.passed = not stage.error and bool(mine) and all(c.passed for c in mine)


def go_through_all(gate: Gate, options: argparse.Namespace) -> None:
    for name, run, limit_s in STAGES:
        if name not in options.only:
            continue
        print(f"gpu_gate: {name}", flush=True)
        try:
            go_through(gate, name, run, limit_s * options.stage_limit)
        finally:
            gate.record.seconds = round(time.monotonic() - gate.started, 1)
            gate.record.write(gate.out / "results.json")
            if options.archive is not None:
                tried(options.archive, packing.pack_small, gate.out, options.archive)
    if gate.stand_in:
        print("\nA dry run on a stand-in: nothing here was measured on a GPU.")
    print(f"\n{gate.record.text()}\n\n{gate.record.seconds:.0f} s; evidence in {options.out}")


def tried(file: Path, work, *arguments):
    """The result of the work; None, with a message, where it cannot write."""
    try:
        return work(*arguments)
    except OSError as e:
        print(f"gpu_gate: {file} cannot be written: {e}", file=sys.stderr)
        return None


def pack(folder: Path, options: argparse.Namespace) -> bool:
    lines = tried(options.archive, packing.pack_all, folder, options.archive, options.archive_part,
                  options.archive_limit)
    print("\n".join(lines or [f"the evidence is in {folder} alone"]), flush=True)
    return lines is not None


def main(argv: list[str]) -> int:
    options = arguments(argv)
    if not options.stand_in and machine.gpus() == 0:
        print("gpu_gate: there is no NVIDIA GPU here, so nothing was proved; --stand-in is a dry run", file=sys.stderr)
        return 3
    if not options.only:
        print(f"gpu_gate: every stage passed in {options.again}: there is nothing to run again")
        return 0
    sources = options.sources.resolve() if options.sources.is_dir() else None
    gate = Gate(ROOT, options.build.resolve(), options.out.resolve(), sources, options.stand_in,
                limit_s=options.limit, stage_factor=options.stage_limit)
    gate.captures.mkdir(parents=True)
    shutil.copyfile(kernels.table_file(ROOT), gate.table_file)
    gate.record = Record(machine=machine.describe(ROOT, sources), synthetic=options.stand_in)
    if options.again is not None:
        gate.record.machine["again_after"] = options.again.name
    if gate.stand_in:
        kernels.fake_all(gate.root, gate.cubins)
    # Ended from outside, it still packs what there is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    packed = True
    try:
        go_through_all(gate, options)
    finally:
        if options.archive is not None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            packed = pack(gate.out, options)
    return 0 if gate.record.passed and packed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
