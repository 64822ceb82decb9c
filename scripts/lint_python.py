#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Checks the Python package, its tests and samples: ruff's rules and format, and the types of the package by mypy.

--fix formats them, and fixes what ruff can fix. pyproject.toml has the settings.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

_TREE = Path(__file__).resolve().parent.parent
FOLDERS = ("python", "tests/python/package", "samples/python")
TYPED = ("python/flopwatch", "python/flopwatch_pytest")


def find(program: str) -> str | None:
    """The program in .venv; other versions report other problems."""
    path = _TREE / ".venv/bin" / program
    return str(path) if path.is_file() else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fix", action="store_true", help="format and fix the files instead of checking them")
    parser.add_argument("root", nargs="?", type=Path, default=_TREE)
    options = parser.parse_args()
    root = options.root.resolve()

    folders = [name for name in FOLDERS if (root / name).is_dir()]
    if not folders:
        return 0
    ruff, mypy = find("ruff"), find("mypy")
    if ruff is None or mypy is None:
        print("lint_python: ruff and mypy are not in .venv: run scripts/bootstrap.sh", file=sys.stderr)
        return 1
    settings = ["--config", str(_TREE / "pyproject.toml"), "--no-cache", "--quiet"]
    check = ["check", *settings, *(["--fix"] if options.fix else ["--output-format=concise"]), *folders]
    style = ["format", *settings, *([] if options.fix else ["--check", "--output-format=concise"]), *folders]
    commands = [[ruff, *check], [ruff, *style]]
    typed = [name for name in TYPED if (root / name).is_dir()]
    if not options.fix and typed:
        commands.append([mypy, "--config-file", str(_TREE / "pyproject.toml"), "--no-error-summary", *typed])

    failed = False
    for command in commands:
        # Findings go to standard error, as in the other lint scripts.
        done = subprocess.run(command, cwd=root, stdout=sys.stderr, check=False)
        if done.returncode != 0:
            failed = True
            if command[1] == "format":
                print("lint_python: run `make format`", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
