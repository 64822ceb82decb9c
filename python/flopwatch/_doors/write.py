# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Writes a result for other tools: `Result.to_speedscope` and its like, and `flopwatch export`."""

from __future__ import annotations

import warnings
from typing import Any

from .. import _arguments as arguments
from .._errors import UsageError
from .._result import Result
from .figures import COLUMNS, Figures, figures_of
from .folded import folded_text
from .hatchet import hatchet_text
from .perfetto import perfetto_text
from .speedscope import speedscope_text

FORMATS = ("speedscope", "folded", "perfetto", "hatchet")


def write(result: Result, format: str, path: Any, column: str | None = None) -> None:
    """Raises UsageError for a column that is not there, and OSError where the file cannot be written. Warns
    where the figures are not exact: folded stacks have no place to say so."""
    target = arguments.path("path", path)
    arguments.choice("column", column, (None, *COLUMNS))
    figures = figures_of(result)
    write_figures(figures, format, target, column)
    if figures.doubts:
        # At the line that called Result.to_folded or its like.
        warnings.warn(f"flopwatch: {' '.join(figures.doubts)}", RuntimeWarning, stacklevel=4)


def write_figures(figures: Figures, format: str, path: Any, column: str | None = None) -> str:
    """Returns a line that says what the file has."""
    columns = figures.columns
    if format == "folded":
        columns = (_column(figures, column),)
        text = folded_text(figures, columns[0])
    else:
        texts = {"speedscope": speedscope_text, "perfetto": perfetto_text, "hatchet": hatchet_text}
        text = texts[format](figures)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return ", ".join(f"{name} {sum(figures.of_column(name)):,} FLOPs" for name in columns)


def _column(figures: Figures, asked: str | None) -> str:
    if asked is None:
        return figures.columns[0]
    if asked not in figures.columns:
        raise UsageError(
            f"the column '{asked}' was not collected, or not for all that ran; this capture has "
            f"{', '.join(figures.columns)}"
        )
    return asked
