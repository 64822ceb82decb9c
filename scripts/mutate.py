#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
r"""Do the tests notice a fault? Puts small faults into one file, one at a time, and runs the tests of each.

    cmake -B build-mutate -G Ninja -DCMAKE_BUILD_TYPE=Debug -DFLOPWATCH_TORCH=OFF -DFLOPWATCH_WERROR=OFF \
      -DFLOPWATCH_UNITY=OFF      # one file is compiled for each fault, and warnings do not stop it
    scripts/mutate.py src/rules/operator/matmul.cpp --build build-mutate --limit 20

A C++ file is built with what its tests need, and ctest runs them: those of tests/unit/<the file's part>, or those that
--tests names. A Python file is tested by pytest, with the paths of --tests. --command runs instead of both, in the
folder that the script is called in.

Each fault is one of scripts/mutate_kinds.py. The file is put back at the end, on Ctrl-C and SIGTERM too; until then a
copy is next to it. Ends with 0 when every fault was noticed, 1 when one survived, 2 when the tests fail without one.
Some survivors do not change what the code does: judge them by eye.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mutate_kinds import Mutant, language_of, mutants_of

# How GoogleTest, pytest, unittest and ctest name what failed; ctest's own names where nothing else is printed.
_FAILED_CASE = re.compile(r"^(?:\[  FAILED  \] |FAILED |FAIL: |ERROR: )([^\s,(]+)", re.MULTILINE)
_FAILED_TEST = re.compile(r"^\s*\d+ - (\S+) \(", re.MULTILINE)
_TIMEOUT = "FAILED timeout"
SURVIVED = "SURVIVED"
_NOT_BUILT = "does not compile"


class Step(NamedTuple):
    command: list[str]
    is_build: bool = False


def run(step: Step, timeout: float) -> tuple[bool, str]:
    """Whether the command ended well, and what it printed; with all its children it is ended after `timeout`."""
    with subprocess.Popen(
        step.command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as child:
        try:
            printed, _ = child.communicate(timeout=timeout)
        except BaseException as why:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            if isinstance(why, subprocess.TimeoutExpired):
                return False, _TIMEOUT
            raise
    return child.returncode == 0, printed


def tests_in(build: Path, file: Path, wanted: str | None) -> list[tuple[str, str]]:
    """The ctest tests that `wanted` matches, else the unit tests of the file's part, each with its program."""
    listed = subprocess.run(
        ["ctest", "--test-dir", str(build), "--show-only=json-v1"], capture_output=True, text=True, check=True
    )
    parts = file.resolve().parts
    part = parts[parts.index("src") + 1] if "src" in parts[:-2] else ""
    here, found = build.resolve(), []
    for test in json.loads(listed.stdout)["tests"]:
        folder = next((p["value"] for p in test.get("properties", ()) if p["name"] == "WORKING_DIRECTORY"), "")
        if re.search(wanted, test["name"]) if wanted is not None else folder.endswith(f"/tests/unit/{part}"):
            # Not built yet: ctest has no command, and the target is called as the test is.
            found.append((test["name"], test.get("command", [here / test["name"]])[0]))
    return found


def steps_of(options: argparse.Namespace, language: str) -> list[Step]:
    if options.command:
        return [Step(["bash", "-c", options.command])]
    if language == "python":
        paths = shlex.split(options.tests or "")
        return [Step([sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *paths])]
    tests = tests_in(options.build, options.file, options.tests)
    if not tests:
        raise SystemExit("mutate: no tests match: name some with --tests")
    here = options.build.resolve()
    programs = sorted({os.path.relpath(program, here) for _, program in tests if Path(program).is_relative_to(here)})
    names = "|".join(re.escape(name) for name, _ in tests)
    return [
        Step(["cmake", "--build", str(options.build), "--target", *programs], is_build=True),
        Step(["ctest", "--test-dir", str(options.build), "--output-on-failure", "-R", f"^({names})$"]),
    ]


def verdict(steps: list[Step], timeout: float) -> str:
    """What noticed the fault: names of tests, or that nothing did."""
    for step in steps:
        good, printed = run(step, timeout)
        if not good:
            if step.is_build:
                return "timeout" if printed == _TIMEOUT else _NOT_BUILT
            named = list(dict.fromkeys(_FAILED_CASE.findall(printed) or _FAILED_TEST.findall(printed)))
            more = f" and {len(named) - 1} more" if len(named) > 1 else ""
            return named[0] + more if named else "the command"
    return SURVIVED


def replace(file: Path, content: bytes) -> None:
    """Writes the whole file at once, with a new time, so that a build sees every change."""
    new = file.with_name(f".{file.name}.mutate-new")
    new.write_bytes(content)
    new.chmod(file.stat().st_mode)
    os.replace(new, file)


def copy_of(file: Path) -> Path:
    return file.with_name(f".{file.name}.mutate-original")


@contextlib.contextmanager
def put_back(file: Path, content: bytes) -> Iterator[None]:
    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    try:
        copy_of(file).write_bytes(content)
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):  # a second Ctrl-C must not come in between
            signal.signal(number, signal.SIG_IGN)
        if file.read_bytes() != content:
            replace(file, content)
        copy_of(file).unlink(missing_ok=True)


def shown(mutant: Mutant, text: str) -> str:
    """The line with the fault, as it was and as it is."""
    begin = text.rfind("\n", 0, mutant.start) + 1
    end = mutant.end + len(text[mutant.end :].partition("\n")[0])
    was = " ".join(text[begin:end].split())
    now = " ".join((text[begin : mutant.start] + mutant.new + text[mutant.end : end]).split())
    return f"    - {was}\n    + {now}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--build", type=Path, default=Path("build-q"), help="a configured build folder")
    parser.add_argument("--tests", help="ctest tests by a regular expression; for Python the arguments of pytest")
    parser.add_argument("--command", help="what tests the file, for bash")
    parser.add_argument("--limit", type=int, default=20, help="faults at most, chosen by chance; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, help="seconds for one fault; 10 times as long as without one")
    parser.add_argument("--list", action="store_true", help="show the faults and run nothing")
    options = parser.parse_args()
    language = language_of(options.file.name)
    if language is None or not options.file.is_file():
        parser.error(f"no C++ or Python file: {options.file}")

    if copy_of(options.file).exists():
        parser.error(f"a run was killed: {copy_of(options.file)} is the file as it was; put it back first")

    content = options.file.read_bytes()
    text = content.decode()
    mutants = mutants_of(text, language)
    if 0 < options.limit < len(mutants):
        mutants = sorted(random.Random(options.seed).sample(mutants, options.limit), key=lambda mutant: mutant[1:])

    def place(mutant: Mutant) -> str:
        return f"{options.file}:{text.count(chr(10), 0, mutant.start) + 1}: {mutant.kind}"

    if options.list:
        for mutant in mutants:
            print(f"{place(mutant)}\n{shown(mutant, text)}")
        return 0

    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # compiled files are known by size and second: too coarse here
    steps = steps_of(options, language)
    started = time.monotonic()
    for step in steps:
        good, printed = run(step, 3600)
        if not good:
            print(f"{printed}\nmutate: this fails without any fault", file=sys.stderr)
            return 2
    timeout = options.timeout or 60 + 10 * (time.monotonic() - started)

    verdicts = []
    with put_back(options.file, content):
        for mutant in mutants:
            replace(options.file, mutant.applied_to(text).encode())
            verdicts.append(verdict(steps, timeout))
            print(f"{place(mutant):60} {verdicts[-1]}", flush=True)
            if verdicts[-1] == SURVIVED:
                print(shown(mutant, text), flush=True)
    survived, not_built = verdicts.count(SURVIVED), verdicts.count(_NOT_BUILT)
    noticed = len(verdicts) - survived - not_built
    print(f"{options.file}: {noticed} noticed, {survived} survived, {not_built} did not compile")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
