#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Refuses paths of one machine, missing SPDX lines, versions that differ, metric names outside src/metrics, wide docs,
and kinds of data loss that readers do not find."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import lint_files
from lint_files import Problem

# Folders that exist on one machine only. The text before one must not make it a relative path or an address
# (`tests/home/x`, `${root}/work/x`).
_MACHINE_PATH = re.compile(
    r"(?<![\w.})\]$*-])(?:/(?:home|Users|root|work|workspace|mnt|media|scratch)/|[A-Z]:\\Users\\)[\w.]"
)

SPDX_LINES = ("SPDX-FileCopyrightText: the flopwatch authors", "SPDX-License-Identifier: Apache-2.0")
_SPDX_SUFFIXES = lint_files.CXX_SUFFIXES | {".py", ".pyi", ".sh", ".cmake", ".toml", ".yml", ".yaml"}
_SPDX_NAMES = {"CMakeLists.txt", "Makefile", ".ci/run"}
_SPDX_WITHIN = 4  # a shebang and a document mark may come first

# Only src/metrics knows what a metric counts; other parts ask it (`weight_of`, `is_half_fused`). Comments, tests, samples
# and docs may name metrics.
_METRIC_NAME = re.compile(r'"[^"\n]*(?:\b|_)(?:sass_|ops_path)')

_VERSION = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?")
_HEADING = re.compile(r"^## \[?([^\]\s]+)")

_DOC_WIDTH = 100  # without tables and code
_GENERATED_DOCS = {Path("docs/hardware.md")}


def check_machine_paths(root: Path) -> Iterator[Problem]:
    for path in lint_files.files(root):
        for number, line in enumerate(lint_files.text_lines(root / path), start=1):
            found = _MACHINE_PATH.search(line)
            if found:
                yield Problem(path, number, f"a path of one machine: {found[0]}...")


def needs_spdx(path: Path) -> bool:
    name = path.name
    if name.endswith(".in"):  # a template: the build writes the file without .in
        return needs_spdx(path.with_suffix(""))
    if re.fullmatch(r"requirements-\w+\.txt", name):
        return True
    return path.suffix in _SPDX_SUFFIXES or name in _SPDX_NAMES or path.as_posix() in _SPDX_NAMES


def check_spdx(root: Path) -> Iterator[Problem]:
    for path in lint_files.files(root):
        if not needs_spdx(path):
            continue
        head = lint_files.text_lines(root / path)[:_SPDX_WITHIN]
        for wanted in SPDX_LINES:
            if not any(line.rstrip().endswith(wanted) for line in head):
                yield Problem(path, 1, f"lacks the line '{wanted}'")


def check_metric_names(root: Path) -> Iterator[Problem]:
    for path in lint_files.files(root):
        if path.parts[0] != "src" or path.parts[1] == "metrics" or path.suffix not in lint_files.CXX_SUFFIXES:
            continue
        for number, line in enumerate(lint_files.text_lines(root / path), start=1):
            if _METRIC_NAME.search(line.split("//")[0]):
                yield Problem(path, number, "a metric name outside src/metrics: ask a function there")


def check_version(root: Path) -> Iterator[Problem]:
    version_file, changelog = Path("VERSION"), Path("CHANGELOG.md")
    for path in (version_file, changelog):
        if not (root / path).is_file():
            yield Problem(path, 1, "is missing")
            return
    version = (root / version_file).read_text().strip()
    if not _VERSION.fullmatch(version):
        yield Problem(version_file, 1, f"'{version}' is not a version: three numbers with dots")
        return
    for number, line in enumerate(lint_files.text_lines(root / changelog), start=1):
        heading = _HEADING.match(line)
        if heading:
            if heading[1] != version:
                yield Problem(changelog, number, f"the top entry is {heading[1]}, VERSION says {version}")
            return
    yield Problem(changelog, 1, f"has no entry; the top one must be '## {version}'")


def check_width_of_docs(root: Path) -> Iterator[Problem]:
    for path in lint_files.files(root):
        if path.suffix != ".md" or path in _GENERATED_DOCS:
            continue
        in_code = False
        for number, line in enumerate(lint_files.text_lines(root / path), start=1):
            if line.lstrip().startswith("```"):
                in_code = not in_code
            table_or_code = line.startswith(("|", "    ")) or in_code
            if len(line) > _DOC_WIDTH and not table_or_code and " " in line.strip():
                yield Problem(path, number, f"{len(line)} columns: wrap text at {_DOC_WIDTH}")


def check_loss_kinds(root: Path) -> Iterator[Problem]:
    """Every kind of data loss is in the list of all kinds, by which readers find it."""
    header = root / "include/flopwatch/diagnostics.hpp"
    if not header.is_file():
        return
    text = header.read_text()
    defined = re.findall(r"inline constexpr loss_kind (\w+)\{", text)
    listed = re.search(r"inline constexpr std::array all\{(.*?)\};", text, re.DOTALL)
    for name in defined:
        if listed is None or not re.search(rf"\b{name},", listed[1]):
            yield Problem(header.relative_to(root), text[: text.index(f"loss_kind {name}{{")].count("\n") + 1,
                          f"the data loss {name} is missing from the list `all`")


if __name__ == "__main__":
    sys.exit(lint_files.run(__doc__, [check_machine_paths, check_spdx, check_metric_names, check_version, check_width_of_docs,
                                          check_loss_kinds]))
