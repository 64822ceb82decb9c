# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The raw images of every capture, evaluated again: the same values."""

from __future__ import annotations

from gate import Gate


def run(gate: Gate) -> None:
    measured = [f for f in sorted(gate.captures.glob("*.flops")) if not f.stem.split("-by-")[0].endswith("-cpu")]
    gate.claim("captures", bool(measured), "at least one", len(measured))
    for capture in measured:
        done = gate.run(capture.stem, [gate.build / "bin/flopwatch", "recheck", capture], good=None)
        last = (done.out.strip() or done.log.read_text().strip()).splitlines()[-1:]
        gate.claim(f"equal.{capture.stem}", done.code == 0, "equal values", last[0] if last else done.code,
                   source=f"captures/{capture.name}")
