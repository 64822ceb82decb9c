# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Reads the CSV of `ncu --page raw --csv`: a line a launch, a column a metric, a line of units below the header."""

from __future__ import annotations

import csv
import io


class BadCsv(Exception):
    """The text is not such a CSV; what is wrong with it."""


def number(text: str) -> float | None:
    """Values come with thousands separators; a metric that was not collected is empty or n/a."""
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def read(text: str) -> list[tuple[str, dict[str, float | None]]]:
    """Kernel name and metrics of every launch, in order. Lines before the header (==PROF== ...) are passed over."""
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith('"ID"')), None)
    if start is None:
        raise BadCsv("there is no line that begins with \"ID\"")
    rows = list(csv.reader(io.StringIO("\n".join(line for line in lines[start:] if not line.startswith("==")))))
    header, rest = rows[0], [row for row in rows[1:] if row]
    if "Kernel Name" not in header:
        raise BadCsv("there is no column Kernel Name")
    name_at = header.index("Kernel Name")
    metrics = [(i, column) for i, column in enumerate(header) if "__" in column]
    out = []
    for row in rest:
        if not row[0]:
            continue  # units
        if len(row) != len(header):
            raise BadCsv(f"launch {row[0]} has {len(row)} of {len(header)} columns")
        out.append((row[name_at].split("(")[0], {column: number(row[i]) for i, column in metrics}))
    return out
