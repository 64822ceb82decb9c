# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the code of a page in docs/, block by block, and compares what it prints with the page.

    ```python              runs, and prints the ```text block that follows at once
    ```python title="x.py" is a file that commands of the page use
    ```console             runs each line after "$ " in a shell; other lines are what it prints

A line `...` in what is printed stands for any lines. With FLOPWATCH_UPDATE_DOCS=1 what is printed is written into the
page where it has no such line.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
MACHINE = re.compile(r" *(recorded|device|measured|program|[AB]):|CUPTI \d|flopwatch: recorded in")
UPDATE = os.environ.get("FLOPWATCH_UPDATE_DOCS") == "1"


class Step(NamedTuple):
    what: str  # the code or the command
    shown: str  # what the page says that it prints
    printed: str


def lines_of(text: str) -> list[str]:
    """Without the lines that say when and where it ran, which differ from run to run."""
    return [line.rstrip() for line in text.strip("\n").splitlines() if not MACHINE.match(line)]


def agrees(shown: str, printed: str) -> bool:
    patterns = ["(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in lines_of(shown)]
    return re.fullmatch("".join(patterns), "".join(f"{line}\n" for line in lines_of(printed))) is not None


def run_command(command: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PATH": f"{programs()}:{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )  # fmt: skip
    return done.stdout + done.stderr


def programs() -> str:
    """The folder of the command line program."""
    return os.environ.get("FLOPWATCH_BIN_DIR", "")


def console_steps(block: str, folder: Path) -> list[Step]:
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    commands = [part.partition("\n") for part in parts]
    return [Step(command, shown, run_command(command, folder)) for command, _, shown in commands]


def run_page(page: Path, folder: Path) -> list[Step]:
    """Runs all that a page shows, in `folder`, which is the current one."""
    text = page.read_text()
    blocks = list(BLOCK.finditer(text))
    namespace: dict[str, object] = {"__name__": "page"}
    steps: list[Step] = []
    changes: list[tuple[int, int, str]] = []
    for number, block in enumerate(blocks):
        language, title, code = block.groups()
        if language == "python" and title:
            (folder / title).write_text(code)
        elif language == "python":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(code, str(page), "exec"), namespace)
            following = blocks[number + 1] if number + 1 < len(blocks) else None
            shown = ""
            if following is not None and following[1] == "text" and not text[block.end() : following.start()].strip():
                shown = following[3]
                changes.append((*following.span(3), printed.getvalue()))
            steps.append(Step(code, shown, printed.getvalue()))
        elif language == "console":
            done = console_steps(code, folder)
            steps += done
            kept = "".join(f"$ {s.what}\n{s.shown if has_gap(s.shown) else s.printed}" for s in done)
            changes.append((*block.span(3), kept))
    if UPDATE:
        for begin, end, printed_text in reversed(changes):
            if text.startswith("$ ", begin) or not has_gap(text[begin:end]):
                text = (
                    text[:begin] + "\n".join(line.rstrip() for line in printed_text.splitlines()) + "\n" + text[end:]
                )
        page.write_text(text)
    return steps


def has_gap(shown: str) -> bool:
    return "..." in shown.splitlines()
