# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The raw images of the captures that there are by then, evaluated again: the same values."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from gate import Gate


def measured_in(captures: Path) -> list[Path]:
    """Those that were made on a GPU."""
    return [f for f in sorted(captures.glob("*.flops")) if not f.stem.split("-by-")[0].endswith("-cpu")]


def keeps_images(capture: Path) -> bool:
    """Of a file that is no capture, `flopwatch recheck` says so."""
    try:
        with contextlib.closing(sqlite3.connect(f"{capture.resolve().as_uri()}?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM raw_image").fetchone() != (0,)
    except sqlite3.Error:
        return True


def again(gate: Gate, capture: Path, claim: str = "equal") -> None:
    done = gate.run(f"{claim}-{capture.stem}", [gate.build / "bin/flopwatch", "recheck", capture], good=None)
    last = (done.out.strip() or done.log.read_text().strip()).splitlines()[-1:]
    gate.claim(f"{claim}.{capture.stem}", done.code == 0, "equal values", last[0] if last else done.code,
               source=f"captures/{capture.name}")


def run(gate: Gate) -> None:
    measured = [f for f in measured_in(gate.captures) if keeps_images(f)]
    gate.claim("captures", bool(measured), "at least one", len(measured))
    for capture in measured:
        again(gate, capture)
