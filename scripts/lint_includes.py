#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Refuses vendor headers outside their folders, includes against the arrows between the parts, and circles of includes.

docs/developing.md has the same tables for people (a test compares them).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import lint_files
from lint_files import Problem

# Which other parts a part may include. `base` is value types for every part.
ARROWS: dict[str, set[str]] = {
    "base": set(),
    "text": set(),
    "metrics": {"base", "rules"},
    "rules": {"base", "metrics"},
    "capture": {"base", "text"},
    "attribution": {"base", "capture", "metrics"},
    "comparison": {"base", "text", "capture", "attribution", "metrics"},
    "report": {"base", "text", "capture", "attribution", "comparison", "metrics"},
    "audit": {"base", "text", "metrics", "capture", "attribution", "comparison", "report"},
    "html": {"base", "text", "capture", "attribution", "comparison", "report", "metrics"},
    "import": {"base", "text", "capture", "attribution", "metrics", "rules"},
    "reduction": {"base", "text", "capture", "attribution", "comparison", "report", "metrics"},
    "recording": {"base", "text", "capture", "rules"},
    "cupti": {"base", "text", "capture", "metrics"},
    "collect": {"base", "text", "capture", "metrics", "recording", "cupti"},
    "doctor": {"base", "text", "capture", "metrics", "cupti"},
    "recheck": {"base", "text", "capture", "metrics", "cupti"},
    "session": {"base", "capture", "attribution", "comparison", "report", "metrics", "rules", "recording", "cupti", "collect"},
    "torch": {"base", "text", "capture", "attribution", "comparison", "report", "metrics", "rules", "recording", "session"},
    "inject": {"base", "capture", "recording", "cupti", "collect", "session"},
    "cli": {
        "base", "text", "capture", "attribution", "comparison", "report", "metrics", "rules", "recording", "cupti",
        "collect", "audit", "html", "doctor", "import", "recheck", "session", "inject",
    },
}  # fmt: skip

# They build without vendor headers, and the same input gives the same answer on any machine.
PURE = {
    "base", "text", "metrics", "rules", "capture", "attribution", "comparison", "report", "audit", "html", "import",
    "reduction",
}  # fmt: skip

# They see other parts only through public headers.
PUBLIC_ONLY = {"metrics", "rules"}

# Which part the public headers belong to: first match of the path below include/flopwatch/.
PUBLIC_HEADERS: list[tuple[str, str]] = [
    (r"(checked|error|precision|replay|reuse|version|wide|work)\.hpp", "base"),
    (r"(operator_rule|module_rule|rules?)\.hpp", "rules"),
    (r"(metrics?|peaks|plan)\.hpp", "metrics"),
    (r"(capture(_reader|_records)?|diagnostics|live|merge)\.hpp", "capture"),
    (r"attribution\.hpp", "attribution"),
    (r"(comparison|executed|ranks)\.hpp", "comparison"),
    (r"audit\.hpp", "audit"),
    (r"(diff|meter_interval|meter_ranks|report|result|roofline|testing)\.hpp", "report"),
    (r"(detail/)?scope\w*\.hpp", "recording"),
    (r"((detail/)?session\w*|flopwatch)\.hpp", "session"),
    (r"html\.hpp", "html"),
    (r"import\.hpp", "import"),
    (r"cupti\.hpp", "cupti"),
    (r"torch(/.+)?\.hpp", "torch"),
]


class Vendor(NamedTuple):
    name: str
    header: str  # regular expression, matched at the start of the included name
    homes: tuple[str, ...]  # where it may be included: path prefixes


_NOT_PUBLIC = ("src/", "tests/", "samples/", "bench/", "python/")
VENDORS = [
    Vendor("CUPTI", r"(.*/)?(cupti|nvperf)", ("src/cupti/", "src/collect/", "tests/standin/", "tests/gpu/probes/")),
    Vendor(
        "torch",
        r"(torch|ATen|c10|caffe2)/",
        (
            "src/torch/", "include/flopwatch/torch/", "include/flopwatch/torch.hpp", "python/src/", "samples/",
            "tests/torch/", "tests/consumer/", "bench/",
        ),
    ),
    Vendor("NVTX", r"nvtx3/|nvToolsExt", ("src/recording/nvtx/", "tests/")),
    Vendor("CUDA", r"cuda|cu(blas|dnn|fft|rand|solver|sparse)|thrust/|cub/", _NOT_PUBLIC),
    Vendor("fmt", r"fmt/", _NOT_PUBLIC),
    Vendor("nlohmann-json", r"nlohmann/", _NOT_PUBLIC),
    Vendor("SQLite", r"sqlite3", _NOT_PUBLIC),
    Vendor("zstd", r"zstd(_errors)?\.h", _NOT_PUBLIC),
    Vendor("zlib", r"zlib\.h", _NOT_PUBLIC),
    Vendor("CLI11", r"CLI/", ("src/cli/", "samples/", "bench/", "tests/fuzz/", "tests/gpu/", "tests/torch/", "tests/faults/")),
]  # fmt: skip
# Vendors that a pure part may not include, even if its folder is listed above.
_NOT_PURE = {"CUPTI", "torch", "NVTX", "CUDA"}

_INCLUDE = re.compile(r'^\s*#\s*(?:include|include_next|import)\b\s*(?:(["<])([^">]+)[">]|(\S.*))')
_SEARCH_FOLDERS = ("include", "src", "tests", "samples", "bench", "python/src")


def part_of(path: Path) -> str | None:
    """The part that a file of the tree belongs to; None outside src/ and include/."""
    if path.parts[0] == "src" and len(path.parts) > 2:
        return path.parts[1]
    if path.parts[:2] == ("include", "flopwatch"):
        below = path.relative_to("include/flopwatch").as_posix()
        return next((part for pattern, part in PUBLIC_HEADERS if re.fullmatch(pattern, below)), "")
    return None


def resolve(root: Path, includer: Path, name: str) -> Path | None:
    """The file of the tree that an include names, relative to the root; None when it is no such file."""
    for folder in (includer.parent, *map(Path, _SEARCH_FOLDERS)):
        candidate = Path(os.path.normpath(folder / name))
        if (root / candidate).is_file():
            return candidate
    return None


def included(line: str) -> str | None:
    """The name that an #include line includes; None for other lines and for a macro in place of a name."""
    include = _INCLUDE.match(line)
    return include[2] if include else None


def check_own(target: Path, part: str) -> str | None:
    """Why a file of `part` may not include `target` of this tree; None when it may."""
    target_part = part_of(target)
    if target_part == part:
        return None
    if target_part is None:
        return f"{part} may not include {target.as_posix()}: it is not part of the library"
    if target_part not in ARROWS[part]:
        return f"{part} may not include {target_part} ({target.as_posix()}): against the arrows"
    if part in PUBLIC_ONLY and target.parts[0] != "include":
        return f"{part} sees {target_part} only through its public headers, not {target.as_posix()}"
    return None


def check_vendor(path: Path, name: str, part: str | None) -> str | None:
    for vendor in VENDORS:
        if not re.match(vendor.header, name):
            continue
        if part in PURE and vendor.name in _NOT_PURE:
            return f"<{name}>: {part} is pure and may include no {vendor.name} header"
        if not path.as_posix().startswith(vendor.homes):
            return f"<{name}>: {vendor.name} headers belong in {', '.join(vendor.homes)}"
    return None


def check_includes(root: Path) -> Iterator[Problem]:
    for path in lint_files.files(root):
        if path.suffix not in lint_files.CXX_SUFFIXES:
            continue
        part = part_of(path)
        if part is not None and part not in ARROWS:
            yield Problem(path, 1, "is in no part of scripts/lint_includes.py: add it to the tables there")
            continue
        for number, line in enumerate(lint_files.text_lines(root / path), start=1):
            include = _INCLUDE.match(line)
            if include is None:
                continue
            name = include[2]
            if name is None:
                yield Problem(path, number, f"#include {include[3]}: name the header, so that it can be checked")
                continue
            target = resolve(root, path, name)
            if target is None:
                reason = check_vendor(path, name, part)
            else:
                reason = check_own(target, part) if part is not None else None
            if reason is not None:
                yield Problem(path, number, reason)


def _room(path: Path) -> Path:
    """A source and its header are one room."""
    return path.with_suffix("")


def includes_between_rooms(root: Path) -> dict[Path, dict[Path, tuple[Path, int]]]:
    """Rooms of the library -> the other rooms that they include -> the first such line."""
    rooms: dict[Path, dict[Path, tuple[Path, int]]] = {}
    for path in lint_files.files(root):
        if path.suffix not in lint_files.CXX_SUFFIXES or path.parts[0] not in ("src", "include"):
            continue
        found = rooms.setdefault(_room(path), {})
        for number, line in enumerate(lint_files.text_lines(root / path), start=1):
            name = included(line)
            target = resolve(root, path, name) if name else None
            if target is not None and _room(target) != _room(path):
                found.setdefault(_room(target), (path, number))
    return rooms


def check_circles(root: Path) -> Iterator[Problem]:
    rooms = includes_between_rooms(root)
    done: set[Path] = set()
    way: list[Path] = []

    def visit(room: Path) -> Iterator[Problem]:
        done.add(room)
        way.append(room)
        for target, (path, number) in rooms.get(room, {}).items():
            if target in way:
                circle = [*way[way.index(target) :], target]
                yield Problem(path, number, f"a circle of includes: {' -> '.join(r.as_posix() for r in circle)}")
            elif target not in done:
                yield from visit(target)
        way.pop()

    for room in sorted(rooms):
        if room not in done:
            yield from visit(room)


if __name__ == "__main__":
    sys.exit(lint_files.run(__doc__.splitlines()[0], [check_includes, check_circles]))
