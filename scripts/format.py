#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Formats the C++ files of the tree with clang-format, or lists those that it would change (--check)."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lint_files

MAJOR = 14  # other versions format differently; requirements-dev.txt installs this one
_TREE = Path(__file__).resolve().parent.parent
_BATCH = 25


def find_clang_format() -> str | None:
    """A clang-format of the right version: that of .venv, otherwise one on PATH."""
    for name in (str(_TREE / ".venv/bin/clang-format"), f"clang-format-{MAJOR}", "clang-format"):
        program = shutil.which(name)
        if program is None:
            continue
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
        if re.search(rf"version {MAJOR}\.", version):
            return program
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a file is not formatted")
    parser.add_argument("root", nargs="?", type=Path, default=_TREE)
    options = parser.parse_args()
    root = options.root.resolve()

    program = find_clang_format()
    if program is None:
        print(f"format: clang-format {MAJOR} was not found: run scripts/bootstrap.sh", file=sys.stderr)
        return 1
    paths = [str(path) for path in lint_files.files(root) if path.suffix in lint_files.CXX_SUFFIXES]
    mode = ["--dry-run", "-Werror"] if options.check else ["-i"]
    style = f"--style=file:{root / '.clang-format'}"

    def clang_format(batch: list[str]) -> int:
        return subprocess.run([program, style, *mode, *batch], cwd=root, check=False).returncode

    batches = [paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failed = any(list(pool.map(clang_format, batches)))
    if failed and options.check:
        print("format: run `make format`", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
