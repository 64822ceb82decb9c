# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Folded stacks: a line for each row with FLOPs of its own, `forward;Net;fc (Linear) 1234`."""

from __future__ import annotations

from .figures import MOST_FRAMES, Figures


def folded_text(figures: Figures, column: str) -> str:
    """`column` is one of `figures.columns`."""
    lines = []
    for profile in figures.profiles:
        if profile.column != column:
            continue
        shown = [index for index, flops in enumerate(profile.self_flops) if flops]
        for index, stack in zip(shown, figures.stacks(shown, MOST_FRAMES), strict=True):
            frames = [profile.phase, *(_frame(figures.rows[above].name) for above in stack)]
            lines.append(f"{';'.join(frames)} {profile.self_flops[index]}\n")
    return "".join(lines)


def _frame(name: str) -> str:
    """A semicolon separates frames, so a name's own is escaped as control characters are."""
    return name.replace(";", "\\x3b")
