# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The literal form of hatchet, which Triton's proton-viewer reads, too: a tree of frames with own metrics.

proton-viewer takes the second root out of the list, for Proton writes the devices there; hatchet reads it as any
other. So the second root here is one without FLOPs, whose name says what the metrics are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from .figures import Figures

_MOST_LEVELS = 450
"""json.load of Python goes 496 levels of nodes deep before its recursion ends; callers take some of them."""


def hatchet_text(figures: Figures) -> str:
    """`flops` is the operator column, or the measured one where that was not collected; `flops32` and so on are its
    parts by the width of the numbers, as Proton names them. Each column has its own metric, too."""
    figures.check_depth(max(figures.levels()), _MOST_LEVELS, "Python's json, with which hatchet's form is read,")
    metrics = _metrics(figures)
    about = f"flopwatch: {figures.program}: metrics are FLOPs, not time. {' '.join(figures.notes)}".rstrip()
    second = f"{_opened(about, dict.fromkeys(metrics, 0))}]}}"
    return f"[{_tree(figures, metrics)}, {second}]"


def _tree(figures: Figures, metrics: Mapping[str, Sequence[int]]) -> str:
    """The text of the root. Not by json.dumps, whose recursion would depend on how deep the caller is in its own."""
    below = figures.children()
    parts: list[str] = []
    waiting: list[int | str] = [0]
    while waiting:
        next_ = waiting.pop()
        if isinstance(next_, str):
            parts.append(next_)
            continue
        parts.append(_opened(figures.rows[next_].name, {name: values[next_] for name, values in metrics.items()}))
        waiting.append("]}")
        for place, child in reversed(list(enumerate(below[next_]))):
            waiting += [child, ", "] if place else [child]
    return "".join(parts)


def _opened(name: str, metrics: Mapping[str, int]) -> str:
    """A node up to its children."""
    frame = json.dumps({"name": name, "type": "function"})
    return f'{{"frame": {frame}, "metrics": {json.dumps(metrics)}, "children": ['


def _metrics(figures: Figures) -> dict[str, list[int]]:
    columns = {f"{column}_flops": figures.of_column(column) for column in figures.columns}
    headline = next(name for name in ("operator", "measured", "formula") if name in figures.columns)
    out = {"flops": columns[f"{headline}_flops"]}
    if headline == "operator":
        out |= {f"flops{width}": list(own) for width, own in figures.operator_by_width.items()}
    return out | columns
