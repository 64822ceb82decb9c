# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The page of data losses, from include/flopwatch/diagnostics.hpp: every kind, what it means, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

_KIND = re.compile(
    r'inline constexpr loss_kind \w+\{\s*"(?P<name>\w+)",\s*severity::(?P<severity>\w+),(?P<text>(?:\s*"(?:\\.|[^"\\])*")+)'
)
SEVERITIES = {
    "error": "A number is wrong or lacks something. It is never shown as exact, and the exit code is 5.",
    "warning": "Something may be missing, or in the wrong row.",
    "note": "The numbers are right, but the reader should know.",
}


def kinds(include: Path) -> list[tuple[str, str, str]]:
    """Name, severity and sentence of each kind."""
    text = (include / "flopwatch/diagnostics.hpp").read_text()
    found = []
    for kind in _KIND.finditer(text):
        parts = re.findall(r'"((?:\\.|[^"\\])*)"', kind["text"])
        found.append((kind["name"], kind["severity"], re.sub(r"\\(.)", r"\1", "".join(parts))))
    return found


def page(include: Path) -> str:
    lines = ["# Data losses", "",
             "Whatever was dropped, not matched or not seen has a name, a severity and a sentence. Captures keep it and",
             "every report shows it, at the end, with how often it happened. Cut from `include/flopwatch/diagnostics.hpp`.", ""]
    for severity, meaning in SEVERITIES.items():
        lines += [f"## {severity.capitalize()}s", "", meaning, "",
                  "| data loss | what it means, and what to do |", "|---|---|"]
        for name, of, sentence in sorted(kinds(include)):
            if of == severity:
                lines.append(f"| `{name}` | {sentence.replace('|', chr(92) + '|')} |")
        lines.append("")
    return "\n".join(lines)
