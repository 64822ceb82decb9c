# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A Chrome trace, which Perfetto opens. It has no time: the axis is FLOPs, and every name says so."""

from __future__ import annotations

import json
from typing import Any

from .._build import VERSION
from .figures import TEXTS, Figures, Profile

_LONGEST_US = 10**12
"""Of the axis. Perfetto keeps nanoseconds in 64 bits, and viewers read numbers as doubles."""
_PROCESS = 1
_MOST_LEVELS = 512
"""Perfetto leaves out slices below these, without a word."""
_LARGEST_INTEGER = 2**53


def perfetto_text(figures: Figures) -> str:
    flops_per_us = _flops_per_us(max(profile.total_flops for profile in figures.profiles))
    axis = f"The axis is FLOPs, not time: 1 us is {flops_per_us} FLOPs"
    events: list[dict[str, Any]] = [
        _named("process_name", 0, f"flopwatch: {figures.program}. {axis}"),
    ]
    for track, profile in enumerate(figures.profiles, start=1):
        summed = f"{TEXTS[profile.column]}, {profile.total_flops:,} in all"
        title = f"{profile.column}, {profile.phase}: {summed} (axis: FLOPs, not time)"
        events.append(_named("thread_name", track, title))
        events += _slices(figures, profile, track, flops_per_us)
        events.append(
            {
                "ph": "C",
                "pid": _PROCESS,
                "ts": 0,
                "name": f"total FLOPs: {profile.column}, {profile.phase}",
                "args": {"FLOPs": profile.total_flops},
            }
        )
    about = {"axis": axis, "exporter": f"flopwatch {VERSION}", "notes": " ".join(figures.notes)}
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ns", "otherData": about})


def _flops_per_us(largest: int) -> int:
    scale = 1
    while largest // scale > _LONGEST_US:
        scale *= 10
    return scale


def _named(kind: str, track: int, name: str) -> dict[str, Any]:
    return {"ph": "M", "pid": _PROCESS, "tid": track, "name": kind, "args": {"name": name}}


def _slices(figures: Figures, profile: Profile, track: int, flops_per_us: int) -> list[dict[str, Any]]:
    """Each row from where the one before it ends; what it did itself comes after the rows below it."""
    inclusive = figures.inclusive(profile.self_flops)
    below = figures.children()
    shown = (level for level, flops in zip(figures.levels(), inclusive, strict=True) if flops)
    figures.check_depth(max(shown, default=0), _MOST_LEVELS, "Perfetto")
    out: list[dict[str, Any]] = []
    waiting = [(0, 0)]
    while waiting:
        index, begin = waiting.pop()
        if not inclusive[index]:
            continue
        row, end = figures.rows[index], begin + inclusive[index]
        out.append(
            {
                "ph": "X",
                "pid": _PROCESS,
                "tid": track,
                "cat": "flops",
                "name": row.name,
                "ts": begin // flops_per_us,
                "dur": end // flops_per_us - begin // flops_per_us,
                "args": {
                    "flops": _exact(inclusive[index]),
                    "self_flops": _exact(profile.self_flops[index]),
                    "column": profile.column,
                    "phase": profile.phase,
                    "path": row.path,
                    "type": row.type,
                    "calls": row.calls,
                },
            }
        )
        begins = []
        for child in below[index]:
            begins.append((child, begin))
            begin += inclusive[child]
        # In the order of the axis: readers sort by begin alone, and would put a slice of no length into the next one.
        waiting += reversed(begins)
    return out


def _exact(flops: int) -> int | str:
    """As text where a viewer that reads doubles would round it."""
    return flops if flops <= _LARGEST_INTEGER else str(flops)
