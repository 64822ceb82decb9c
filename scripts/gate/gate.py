# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What all stages share: folders, the device, the clock, and the record."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import kernels
import runner
from record import Claim, Record


@dataclass
class Gate:
    root: Path
    build: Path
    out: Path
    sources: Path | None = None  # third-party sources for a machine without packages
    stand_in: bool = False
    limit_s: float = 430  # of the whole run
    stage_factor: float = 1.0  # of every stage's own limit
    record: Record = field(default_factory=Record)
    started: float = field(default_factory=time.monotonic)
    stage: str = ""
    stage_ends: float = 0

    @property
    def captures(self) -> Path:
        return self.out / "captures"

    @property
    def sass(self) -> Path:
        return self.out / "sass"

    @property
    def logs(self) -> Path:
        return self.out / "logs"

    @property
    def cubins(self) -> Path:
        return self.build / "gate-cubins" if not self.stand_in else self.out / "stand-in"

    def left_s(self) -> float:
        now = time.monotonic()
        return min(self.stage_ends - now, self.started + self.limit_s - now)

    def claim(self, name: str, passed: bool, expected, seen, unit: str = "", source: str = "") -> bool:
        self.record.claims.append(Claim(f"{self.stage}.{name}", bool(passed), expected, seen, unit, source))
        return bool(passed)

    def equal(self, name: str, expected, seen, unit: str = "", source: str = "") -> bool:
        return self.claim(name, expected == seen, expected, seen, unit, source)

    def finding(self, name: str, text: str, **facts) -> None:
        self.record.findings.append({"finding": f"{self.stage}.{name}", "text": text, "facts": facts})

    def environment(self) -> dict[str, str]:
        """For programs that open the driver themselves."""
        if not self.stand_in:
            return {}
        libraries = self.build / "standin"
        path = os.pathsep.join(p for p in (str(libraries), os.environ.get("LD_LIBRARY_PATH", "")) if p)
        return {"LD_LIBRARY_PATH": path, "FLOPWATCH_CUPTI": str(libraries / "libcupti.so.13"),
                "STANDIN_KERNELS": os.environ.get("STANDIN_KERNELS", str(self.cubins / "values"))}

    def run(self, name: str, command: list, **more) -> runner.Done:
        """As runner.run, within the time that is left to the stage."""
        more.setdefault("environment", self.environment())
        limit = min(more.pop("limit_s", 1e9), self.left_s())
        return runner.run(f"{self.stage}_{name}", command, limit, self.logs, **more)

    def part(self, name: str, work, *arguments) -> bool:
        """Runs a part; if it cannot be run to its end, that is a claim which does not hold, and the stage goes on."""
        try:
            work(self, *arguments)
        except runner.StageError as e:
            return self.claim(f"ran.{name}", False, "to its end", str(e))
        return True

    def program(self, name: str) -> Path:
        return self.build / "tests" / name

    @property
    def table_file(self) -> Path:
        """Of the kernels of known count: kept with what they counted, because it can change in the tree."""
        return self.out / "known-kernels.json"

    @property
    def table(self) -> dict:
        return kernels.read_table(self.table_file)

    def kernel_arguments(self) -> list:
        return ["--table", self.table_file, "--cubins", self.cubins]

    def torch_devices(self) -> list[str]:
        if self.stand_in:
            return ["cpu"]
        return [f"cuda:{i}" for i in range(min(2, self.record.machine.get("gpus", 1)))]
