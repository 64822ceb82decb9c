# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A table of a result as a pandas frame, from its CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

_TEXTS = frozenset(
    ("path", "type", "state", "verdicts", "kernel", "operator", "precision", "first_scopes"),
)
_FLAGS = frozenset(("outside", "formula_hidden"))
_SHARES = frozenset(("share",))


def frame_of(text: str) -> Any:
    """Counts are integers (Int64), exact and with `<NA>` where they were not collected. Raises ImportError without
    pandas."""
    try:
        import pandas
    except ModuleNotFoundError as error:
        raise ImportError("to_pandas needs pandas: install it (pip install pandas), or use to_csv") from error
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    columns: dict[str, Any] = {}
    for place, name in enumerate(header):
        fields = [row[place] for row in rows]
        if name in _TEXTS:
            columns[name] = fields
        elif name in _FLAGS:
            columns[name] = [field == "1" for field in fields]
        elif name in _SHARES:
            columns[name] = [float(field) if field else float("nan") for field in fields]
        else:
            # Not by way of floats, which have 53 bits.
            columns[name] = pandas.array([int(field) if field else pandas.NA for field in fields], dtype="Int64")
    return pandas.DataFrame(columns)
