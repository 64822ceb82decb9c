# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A second run, of what failed or was not reached in a first one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

# Stages that use what others left in the evidence: these run again with them.
NEEDS = {"ncu": ("known",), "recheck": ("known", "modes")}


class NoRecord(Exception):
    """There is no first run to read; why."""


def newest(folder: Path) -> Path:
    """Of the runs in a folder, the one that ended last."""
    records = sorted(folder.glob("*/results.json"), key=lambda file: file.stat().st_mtime)
    if not records:
        raise NoRecord(f"{folder} has no results.json of a first run; name its folder")
    return records[-1].parent


def read(first: Path, stand_in: bool) -> dict:
    """The record of the run in this folder, which was on a stand-in too, or on a GPU too. Raises NoRecord."""
    try:
        results = json.loads((first / "results.json").read_text())
    except (OSError, ValueError) as e:
        raise NoRecord(f"{first} has no results.json that can be read: {e}") from e
    if results["synthetic"] != stand_in:
        raise NoRecord(f"{first} is of a {'run on a GPU' if stand_in else 'dry run'}; name another folder")
    return results


def stages(results: dict, order: Sequence[str]) -> list[str]:
    """Those that the first run did not pass, or did not reach, with those that they need."""
    passed = {stage["name"] for stage in results["stages"] if stage["passed"]}
    failed = [name for name in order if name not in passed]
    needed = {name for stage in failed for name in NEEDS.get(stage, ())}
    return [name for name in order if name in failed or name in needed]
