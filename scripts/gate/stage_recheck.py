# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The raw images of every capture, evaluated again: the same values."""

from __future__ import annotations

from pathlib import Path

from gate import Gate


def measured_in(captures: Path) -> list[Path]:
    """Those that were made on a GPU."""
    return [f for f in sorted(captures.glob("*.flops")) if not f.stem.split("-by-")[0].endswith("-cpu")]


def run(gate: Gate) -> None:
    measured = measured_in(gate.captures)
    gate.claim("captures", bool(measured), "at least one", len(measured))
    for capture in measured:
        done = gate.run(capture.stem, [gate.build / "bin/flopwatch", "recheck", capture], good=None)
        last = (done.out.strip() or done.log.read_text().strip()).splitlines()[-1:]
        gate.claim(f"equal.{capture.stem}", done.code == 0, "equal values", last[0] if last else done.code,
                   source=f"captures/{capture.name}")
