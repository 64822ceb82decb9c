# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The file format of speedscope: a sampled profile for each column and phase, weighted with FLOPs."""

from __future__ import annotations

import json

from .._build import VERSION
from .figures import MOST_FRAMES, TEXTS, Figures, Profile


def speedscope_text(figures: Figures) -> str:
    title = f"{figures.program}: FLOPs, not time"
    document = {
        "$schema": "https://www.speedscope.app/file-format-schema.json",
        "name": " ".join([title, *(f"[{note}]" for note in figures.notes)]),
        "exporter": f"flopwatch@{VERSION}",
        "activeProfileIndex": 0,
        "shared": {"frames": [{"name": row.name} for row in figures.rows]},
        "profiles": [_profile(figures, profile) for profile in figures.profiles],
    }
    return json.dumps(document)


def _profile(figures: Figures, profile: Profile) -> dict[str, object]:
    shown = [index for index, flops in enumerate(profile.self_flops) if flops]
    return {
        "type": "sampled",
        "name": f"{profile.column}, {profile.phase}: {TEXTS[profile.column]}",
        "unit": "none",
        "startValue": 0,
        "endValue": profile.total_flops,
        "samples": figures.stacks(shown, MOST_FRAMES),
        "weights": [profile.self_flops[index] for index in shown],
    }
