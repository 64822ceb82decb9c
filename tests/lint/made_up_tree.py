# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A temporary folder for a test, and a made-up source tree in it, on which the lint scripts run."""

import os
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
SCRIPTS = TREE / "scripts"
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "gate")]  # for the tests that import a script

# Git must see the made-up tree alone: not the repository of a hook that runs the tests, nor the user's settings.
for name in [name for name in os.environ if name.startswith("GIT_")]:
    del os.environ[name]
os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")

SPDX = "SPDX-FileCopyrightText: the flopwatch authors\n{mark} SPDX-License-Identifier: Apache-2.0\n"


def spdx(mark: str) -> str:
    return f"{mark} " + SPDX.format(mark=mark)


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class MadeUpTree(InFolder):
    checks: tuple[Callable, ...] = ()  # the checks under test

    def setUp(self) -> None:
        super().setUp()
        self.root = self.folder

    def write(self, path: str, text: str = "") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def problems(self) -> list[str]:
        return [str(problem) for check in self.checks for problem in check(self.root)]

    def assert_green(self) -> None:
        self.assertEqual(self.problems(), [])

    def assert_red(self, *wanted: str) -> None:
        """Exactly one problem, which holds all of `wanted`."""
        problems = self.problems()
        self.assertEqual(len(problems), 1, problems)
        for text in wanted:
            self.assertIn(text, problems[0])

    def run_script(self, name: str, *arguments: str) -> subprocess.CompletedProcess:
        """The script as a program on the made-up tree."""
        return subprocess.run(
            [sys.executable, str(SCRIPTS / name), *arguments, str(self.root)],
            capture_output=True,
            text=True,
            check=False,
        )
