# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Which captures a claim is about: without one of them, that claim cannot be shown, and the others still can."""

from __future__ import annotations

from pathlib import Path

import stage_captures
import stage_modes
import stage_models


def known(_: str) -> list[str]:
    return ["known-counts"]


def modes(what: str) -> list[str]:
    """Of "paper.none" and "equal.none_and_kernel"."""
    return [f"mixed-{mode}" for mode in what.split(".")[1].split("_and_") if mode in stage_modes.MODES]


def captures(what: str) -> list[str]:
    way = what.split(".")[1]
    return [stage_captures.named(way)] if way in stage_captures.WAYS else []


def models(what: str) -> list[str]:
    """Of "agrees.attention-cuda0", and of "operator.products-cuda0.bf16-1024x2048x512"."""
    name = what.split(".")[1]
    return [f"{name}-{way}" for way in stage_models.WAYS] if name.startswith("custom-op-") else [name]


def recheck(what: str) -> list[str]:
    return [what.partition(".")[2]] if what.startswith("equal.") else []


OF_STAGE = {"known": known, "ncu": known, "modes": modes, "captures": captures, "models": models, "recheck": recheck}


def captures_of(name: str) -> list[str]:
    """The captures, without ending, that a claim or a finding of this name is about."""
    stage, _, what = name.partition(".")
    return OF_STAGE[stage](what) if stage in OF_STAGE else []


def missing(run: Path, name: str) -> list[str]:
    """Of them, those that this evidence lacks."""
    return [capture for capture in captures_of(name) if not (run / "captures" / f"{capture}.flops").is_file()]


def split(run: Path, results: dict) -> tuple[list[dict], list[dict]]:
    """Claims about captures that are there, and those about a capture that is not. That something did not reach its end
    needs no capture.
    """
    lost = [c for c in results["claims"] if c["claim"].split(".")[1] != "ran" and missing(run, c["claim"])]
    return [c for c in results["claims"] if c not in lost], lost
