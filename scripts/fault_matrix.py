#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a counted program while something fails, and prints what became of it.

    scripts/fault_matrix.py [--short] [--only FAMILY] [--seed N] [BUILD]

Families: cupti (each call of CUPTI's, with the codes its headers name), files (each call on the capture's files),
signals (at random moments), memory (limits of the address space), branches (fork, exit, exec and threads at each stage
of a session). For each family: how many runs there were, and in how many

  finished   the program came to its own result, or ended as the signal ends it without flopwatch
  opens      what the session left can be read, and nothing is left that cannot
  named      whatever is missing has a data loss or a message that says so

BUILD has the targets fault_victim, file_faults and flopwatch. Ends with 1 where a column is below 100 %, and says which
runs those are.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

SUCCESS = 7
STEPS = 40
LAUNCHES = 2 * STEPS  # of one thread
MACS_A_STEP = 10
FLOPS_A_LAUNCH = 3
LIMIT_S = 120  # against hangs

CUPTI_CALLS = (
    "cuptiProfilerInitialize cuptiProfilerDeviceSupported cuptiDeviceGetChipName cuptiProfilerGetCounterAvailability "
    "cuptiProfilerHostInitialize cuptiProfilerHostConfigAddMetrics cuptiProfilerHostGetConfigImageSize "
    "cuptiProfilerHostGetConfigImage cuptiProfilerHostGetNumOfPasses cuptiProfilerHostEvaluateToGpuValues "
    "cuptiRangeProfilerEnable cuptiRangeProfilerGetCounterDataSize cuptiRangeProfilerCounterDataImageInitialize "
    "cuptiRangeProfilerSetConfig cuptiRangeProfilerStart cuptiRangeProfilerStop cuptiRangeProfilerDecodeData "
    "cuptiRangeProfilerGetCounterDataInfo cuptiRangeProfilerDisable cuptiSubscribe_v2 cuptiEnableCallback "
    "cuptiUnsubscribe cuptiGetDeviceId"
).split()
CODES = (1, 2, 3, 7, 8, 9, 10, 13, 15, 23, 26, 27, 33, 35, 36, 39, 41, 43, 999)
FILE_ERRORS = {"ENOSPC": 28, "EIO": 5, "EACCES": 13, "EINTR": 4, "EFBIG": 27}
STAGES = 5


@dataclass
class Run:
    """One run of the program, and what is asked of it."""

    name: str
    arguments: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    memory_bytes: int = 0
    signal: int = 0
    after_s: float = 0.0
    threads: int = 1
    branch_macs: int = 0

    def words(self) -> list[str]:
        return [*self.arguments, "--threads", str(self.threads)]

    def macs(self) -> int:
        return self.threads * LAUNCHES * MACS_A_STEP + self.branch_macs

    def measured_flops(self) -> int:
        return self.threads * LAUNCHES * FLOPS_A_LAUNCH


@dataclass
class Outcome:
    name: str
    finished: bool
    opens: bool
    named: bool
    words: str = ""

    def good(self) -> bool:
        return self.finished and self.opens and self.named


class Matrix:
    def __init__(self, build: Path) -> None:
        self.victim = build / "tests/fault_victim"
        self.preload = build / "tests/file_faults.so"
        self.program = build / "bin/flopwatch"
        self.environment = {
            **os.environ,
            "FLOPWATCH_CUPTI": str(build / "standin/libcupti.so.13"),
            "LD_LIBRARY_PATH": str(build / "standin"),
        }
        for file in (self.victim, self.preload, self.program):
            if not file.exists():
                raise SystemExit(f"fault_matrix: {file} is missing: build its target")
        self.results = {threads: self._result_alone(threads) for threads in (1, 2)}

    def _result_alone(self, threads: int) -> str:
        with tempfile.TemporaryDirectory() as folder:
            process = self._start(Run("plain", ["--alone"], threads=threads), Path(folder))
            result = _result_of(process.communicate(timeout=LIMIT_S)[0])
        if process.returncode != SUCCESS or not result:
            raise SystemExit("fault_matrix: the program fails by itself")
        return result

    def _start(self, run: Run, folder: Path) -> subprocess.Popen[str]:
        def limit() -> None:
            if run.memory_bytes:
                resource.setrlimit(resource.RLIMIT_AS, (run.memory_bytes, run.memory_bytes))

        return subprocess.Popen(
            [self.victim, folder / "run.flops", *run.words()],
            env={**self.environment, **run.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=limit,
        )

    def alone(self, run: Run) -> bool:
        """Whether the program comes to its result without flopwatch."""
        with tempfile.TemporaryDirectory() as folder:
            process = self._start(Run(run.name, [*run.arguments, "--alone"], memory_bytes=run.memory_bytes), Path(folder))
            text = process.communicate(timeout=LIMIT_S)[0]
            return process.returncode == SUCCESS and _result_of(text) == self.results[1]

    def peak_bytes(self) -> int:
        """The address space of a run in which nothing fails."""
        with tempfile.TemporaryDirectory() as folder:
            process = self._start(Run("peak", ["--sleep-us", "5000"]), Path(folder))
            peak = 0
            while process.poll() is None:
                try:
                    found = re.search(r"VmPeak:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
                    peak = max(peak, int(found.group(1)) * 1024 if found else 0)
                except OSError:
                    break
                time.sleep(0.01)
            process.communicate()
            return peak

    def file_calls(self) -> dict[str, int]:
        """How often a run in which nothing fails makes each call on its files."""
        with tempfile.TemporaryDirectory() as folder:
            counts = Path(folder) / "counts"
            run = Run("counts", environment=self._file_environment("") | {"FILE_FAULT_COUNTS": str(counts)})
            self._start(run, Path(folder)).communicate(timeout=LIMIT_S)
            pairs = (line.split() for line in counts.read_text().splitlines())
            return {name: int(number) for name, number in pairs if int(number)}

    def _file_environment(self, fault: str) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.preload), "FILE_FAULTS_ON": "run.flops", "FILE_FAULT": fault}

    def file_run(self, call: str, number: str, error: str) -> Run:
        fault = f"{call}#{number}={FILE_ERRORS[error]}"
        return Run(f"files {call}#{number}={error}", environment=self._file_environment(fault))

    def judge(self, run: Run) -> Outcome:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            process = self._start(run, folder)
            try:
                if run.signal:
                    try:
                        process.wait(run.after_s)
                    except subprocess.TimeoutExpired:
                        process.send_signal(run.signal)
                text, _ = process.communicate(timeout=LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                return Outcome(run.name, False, False, False, "it hangs")
            return self._outcome(run, folder, process.returncode, text)

    def _outcome(self, run: Run, folder: Path, code: int, text: str) -> Outcome:
        killed = run.signal and code == -run.signal
        finished = bool(killed) or (code == SUCCESS and _result_of(text) == self.results[run.threads])
        opens, losses, numbers = self._read(folder)
        said = bool(losses) or "refused " in text or "loss " in text
        named = numbers == (run.macs(), run.measured_flops()) or said or (bool(killed) and numbers is None)
        return Outcome(run.name, finished, opens, named, f"exit {code}; {text.strip()[-300:]}; {losses}")

    def _read(self, folder: Path) -> tuple[bool, list[str], tuple[int, int | None] | None]:
        """Whether all that is left opens; the losses, and MACs and measured FLOPs of the last file."""
        losses: list[str] = []
        numbers: tuple[int, int | None] | None = None
        files = [f for f in sorted(folder.iterdir()) if f.name.startswith("run.flops") and not f.name.endswith(("-wal", "-shm", "-journal", "counts"))]
        for file in files:
            if file.stat().st_size == 0:
                continue  # it was killed as it made the file
            report = subprocess.run(
                [self.program, "report", "--json", file], capture_output=True, text=True, timeout=LIMIT_S, check=False
            )
            if report.returncode not in (0, 5):
                if "ended before its tables were there" in report.stderr:
                    continue
                return False, [report.stderr.strip()], None
            found = json.loads(report.stdout)
            losses += [loss["kind"] for loss in found["data_losses"]]
            numbers = found["totals"]["operator_macs"], found["totals"]["measured_total_flops"]
        return True, losses, numbers


def _result_of(text: str) -> str:
    found = re.search(r"^result ([0-9a-f]{16})$", text, re.MULTILINE)
    return found.group(1) if found else ""


def cupti_runs(short: bool) -> Iterator[Run]:
    for call in CUPTI_CALLS:
        for code in (7, 999) if short else CODES:
            for number in ("1",) if short else ("1", "3", "6"):
                fault = f"{call}#{number}={code}"
                yield Run(f"cupti {fault}", environment={"STANDIN_FAULTS": fault})


def file_runs(matrix: Matrix, short: bool) -> Iterator[Run]:
    for call, count in matrix.file_calls().items():
        numbers = sorted({1, (count + 1) // 2, count})
        for error in ("ENOSPC", "EIO") if short else FILE_ERRORS:
            for number in numbers:
                yield matrix.file_run(call, str(number), error)
            # EINTR for ever is no fault of a file: SQLite tries again, as it must.
            if not short and error != "EINTR":
                yield matrix.file_run(call, f"{numbers[len(numbers) // 2]}+", error)


def signal_runs(short: bool, chance: random.Random) -> Iterator[Run]:
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        for i in range(5 if short else 200):
            after = chance.uniform(0.0, 3.0)
            yield Run(
                f"signals {number.name} after {after:.3f} s",
                ["--sleep-us", "20000"],
                signal=number,
                after_s=after,
                threads=1 + i % 2,
            )


def memory_runs(matrix: Matrix, short: bool) -> Iterator[Run]:
    peak = matrix.peak_bytes()
    for tenth in (3, 6, 9) if short else range(1, 11):
        run = Run(f"memory {tenth * 10} % of {peak >> 20} MiB", memory_bytes=peak * tenth // 10)
        if matrix.alone(run):  # else it is not flopwatch that lacks it
            yield run


def branch_runs(short: bool) -> Iterator[Run]:
    for what in ("fork", "exit", "exec", "thread"):
        for stage in (1, 3) if short else range(STAGES):
            for threads in (1,) if short else (1, 2):
                yield Run(
                    f"branches {what} at stage {stage}, threads {threads}",
                    ["--branch", what, "--branch-at", str(stage)],
                    threads=threads,
                    branch_macs=MACS_A_STEP if what == "thread" and 1 <= stage <= 3 else 0,
                )


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.4g} %" if whole else "–"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="about one run in ten")
    parser.add_argument("--only", choices=("cupti", "files", "signals", "memory", "branches"))
    parser.add_argument("--seed", type=int, default=1, help="of the random moments (1)")
    parser.add_argument("build", nargs="?", default="build", type=Path)
    options = parser.parse_args()
    matrix = Matrix(options.build.resolve())
    chance = random.Random(options.seed)
    families: dict[str, Callable[[], Iterator[Run]]] = {
        "cupti": lambda: cupti_runs(options.short),
        "files": lambda: file_runs(matrix, options.short),
        "signals": lambda: signal_runs(options.short, chance),
        "memory": lambda: memory_runs(matrix, options.short),
        "branches": lambda: branch_runs(options.short),
    }
    print(f"{'family':<10} {'runs':>6} {'finished':>10} {'opens':>10} {'named':>10}")
    bad: list[Outcome] = []
    runs = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, make in families.items():
            if options.only not in (None, name):
                continue
            outcomes = list(pool.map(matrix.judge, make()))
            n = len(outcomes)
            columns = [sum(getattr(o, c) for o in outcomes) for c in ("finished", "opens", "named")]
            print(f"{name:<10} {n:>6} " + " ".join(f"{percent(c, n):>10}" for c in columns), flush=True)
            bad += [o for o in outcomes if not o.good()]
            runs += n
    for o in bad:
        lacking = ", ".join(c for c in ("finished", "opens", "named") if not getattr(o, c))
        print(f"\n{o.name}: not {lacking}\n  {o.words}")
    print(f"\n{runs - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
