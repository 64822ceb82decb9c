# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What a run of the gate found: stages, claims that hold or do not, findings. Kept as results.json."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

SCHEMA_VERSION = 1


@dataclass
class Claim:
    """Something that must be true on a GPU, with what was expected and what was seen."""

    claim: str  # "known.exact.known_fadd": the group, then what of it
    passed: bool
    expected: object
    seen: object
    unit: str = ""
    source: str = ""  # file in the evidence that shows it


@dataclass
class Stage:
    name: str
    limit_s: float
    passed: bool = False
    seconds: float = 0
    error: str = ""  # why it did not reach its end; "" if it did


@dataclass
class Record:
    machine: dict = field(default_factory=dict)
    synthetic: bool = False
    stages: list[Stage] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    findings: list[dict] = field(default_factory=list)
    timings: list[dict] = field(default_factory=list)
    seconds: float = 0

    @property
    def passed(self) -> bool:
        return bool(self.stages) and all(s.passed for s in self.stages)

    def write(self, file: Path) -> None:
        # Written after every stage: what was found before a crash of the machine stays.
        content = {"schema_version": SCHEMA_VERSION, "passed": self.passed, **asdict(self)}
        part = file.with_suffix(".part")
        part.write_text(json.dumps(content, indent=1) + "\n")
        part.replace(file)

    def text(self) -> str:
        lines = [f"{'stage':<10} {'claims':>7} {'failed':>7} {'seconds':>8}"]
        for stage in self.stages:
            mine = [c for c in self.claims if c.claim.split(".")[0] == stage.name]
            failed = sum(1 for c in mine if not c.passed)
            lines.append(f"{stage.name:<10} {len(mine):>7} {failed:>7} {stage.seconds:>8.1f}  "
                         + ("good" if stage.passed else "FAILED"))
            if stage.error:
                lines.append(f"{'':<10} {stage.error}")
        for claim in self.claims:
            if not claim.passed:
                said = f"NOT TRUE: {claim.claim}: expected {claim.expected}, seen {claim.seen} {claim.unit}"
                lines.append(said.rstrip())
        return "\n".join(lines)
