#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over the C++ files that changed since the branch left origin/main, or over all (--all).

A file is compiled as in the first of the named build folders that has it; a file in none of them is skipped. For a
changed header, one source file that includes it is checked.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lint_files
import lint_includes

MAJOR = 14  # .clang-tidy is for its checks; newer versions have more
PRECOMPILED = re.compile(r" -(?:Winvalid-pch|include \S*/cmake_pch\.hxx)(?= )")
_TREE = Path(__file__).resolve().parent.parent


def find_clang_tidy() -> tuple[str | None, str]:
    """A clang-tidy of the right version, or None and the version that was found."""
    found = "none"
    for name in (f"clang-tidy-{MAJOR}", "clang-tidy"):
        program = shutil.which(name)
        if program is None:
            continue
        output = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
        version = re.search(r"version (\d+)[.\d]*", output)
        if version and int(version[1]) == MAJOR:
            return program, version[0]
        found = version[0] if version else "one of unknown version"
    return None, found


def compiled_files(root: Path, build_folders: list[Path], databases: Path) -> dict[Path, Path]:
    """Source files of the tree, relative to it, with the folder of the compile commands to use.

    clang cannot read the other compiler's precompiled headers, so the commands are copied without them into
    folders below `databases`; each source file includes what it uses.
    """
    found: dict[Path, Path] = {}
    for number, folder in enumerate(build_folders):
        database = folder / "compile_commands.json"
        if not database.is_file():
            sys.exit(f"tidy: {database} is missing: configure that build first")
        commands = json.loads(database.read_text())
        copy = databases / str(number)
        copy.mkdir()
        for entry in commands:
            entry["command"] = PRECOMPILED.sub("", entry["command"])
            path = (Path(entry["directory"]) / entry["file"]).resolve()
            own = path.is_relative_to(root) and not any(path.is_relative_to(build) for build in build_folders)
            if own and path.suffix != ".cu":
                found.setdefault(path.relative_to(root), copy)
        (copy / "compile_commands.json").write_text(json.dumps(commands))
    return found


def git(root: Path, *arguments: str) -> str | None:
    result = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    return result.stdout if result.returncode == 0 else None


def changed_files(root: Path) -> list[Path] | None:
    """C++ files that changed since the branch began; None if there is nothing to compare with."""
    head = (git(root, "rev-parse", "HEAD") or "").strip()
    base = (git(root, "merge-base", "HEAD", "origin/main") or "").strip()
    if not base or base == head:
        base = (git(root, "rev-parse", "--verify", "--quiet", "HEAD~1") or "").strip()
    if not base:
        return None
    names = (git(root, "diff", "--name-only", "-z", "--diff-filter=d", base) or "").split("\0")
    names += (git(root, "ls-files", "-z", "--others", "--exclude-standard") or "").split("\0")
    return sorted({Path(name) for name in names if name and Path(name).suffix in lint_files.CXX_SUFFIXES})


def includers(root: Path, headers: set[Path], sources: list[Path]) -> set[Path]:
    """For each header one source that includes it directly, preferably one of the same name."""
    chosen: dict[Path, Path] = {}
    for source in sources:
        for line in lint_files.text_lines(root / source):
            name = lint_includes.included(line)
            header = lint_includes.resolve(root, source, name) if name else None
            if header in headers and (header not in chosen or header.stem == source.stem):
                chosen[header] = source
    return set(chosen.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="every file, not only those that changed")
    parser.add_argument("--root", type=Path, default=_TREE)
    parser.add_argument("build", nargs="+", type=Path, help="build folders with a compile_commands.json")
    options = parser.parse_args()
    root = options.root.resolve()

    program, version = find_clang_tidy()
    if program is None:
        print(f"tidy: skipped: it needs clang-tidy {MAJOR}, found {version}")
        return 0

    with tempfile.TemporaryDirectory(prefix="flopwatch-tidy-") as databases:
        return look(root, program, compiled_files(root, [b.resolve() for b in options.build], Path(databases)),
                    every=options.all)


def look(root: Path, program: str, compiled: dict[Path, Path], *, every: bool) -> int:
    chosen = set(compiled)
    changed = None if every else changed_files(root)
    if changed is not None:
        chosen &= set(changed)
        headers = {path for path in changed if path not in compiled}
        chosen |= includers(root, headers, sorted(compiled))

    def tidy(path: Path) -> int:
        # The build's compiler can know warnings that clang does not.
        command = [program, "--quiet", "-p", str(compiled[path]), "--extra-arg=-Wno-unknown-warning-option",
                   str(root / path)]
        result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            errors = [line for line in result.stderr.splitlines() if not re.match(r"\d+ warnings? ", line)]
            print(result.stdout.replace(f"{root}/", ""), *errors, sep="\n", flush=True)
        return result.returncode

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = sum(1 for code in pool.map(tidy, sorted(chosen)) if code != 0)
    print(f"tidy: {len(chosen)} of {len(compiled)} source files checked, {failures} with findings")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
