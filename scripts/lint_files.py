# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Shared by the lint scripts: the files of the tree, and how a problem is reported."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

CXX_SUFFIXES = frozenset({".hpp", ".h", ".cpp", ".cc", ".cu", ".cuh"})
_SKIPPED_FOLDER = re.compile(r"build(-.*)?|\.venv|gpu-gate-sources.*|\.git|__pycache__|\.pytest_cache")


class Problem(NamedTuple):
    path: Path  # relative to the root
    line: int  # from 1
    text: str

    def __str__(self) -> str:
        return f"{self.path.as_posix()}:{self.line}: {self.text}"


def files(root: Path) -> list[Path]:
    """The files of the tree, relative to `root`: what git tracks or would track; without git all but build output."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = {Path(name) for name in listed.stdout.decode().split("\0") if name}
    else:
        names = {path.relative_to(root) for path in root.rglob("*")}
        names = {name for name in names if not any(_SKIPPED_FOLDER.fullmatch(part) for part in name.parts)}
    return sorted(name for name in names if (root / name).is_file() and not (root / name).is_symlink())


def text_lines(path: Path) -> list[str]:
    """The lines of a text file; empty for a binary one."""
    content = path.read_bytes()
    return [] if b"\0" in content else content.decode(errors="replace").splitlines()


def run(description: str, checks: Iterable[Callable[[Path], Iterator[Problem]]]) -> int:
    """A script's main: runs the checks on the root from the command line, prints the problems."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root.resolve()
    if not root.is_dir():
        parser.error(f"no such folder: {root}")
    problems = [problem for check in checks for problem in check(root)]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0
