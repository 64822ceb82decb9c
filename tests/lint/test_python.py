# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/lint_python.py: red on a file that is badly formatted, breaks a rule or lacks types; --fix fixes it."""

import unittest

from made_up_tree import MadeUpTree

import lint_python  # isort: skip

GOOD = "def doubled(number: int) -> int:\n    return 2 * number\n"


@unittest.skipIf(lint_python.find("ruff") is None or lint_python.find("mypy") is None, "no ruff and mypy in .venv")
class Python(MadeUpTree):
    def assert_refused(self, path: str, text: str, *wanted: str) -> None:
        file = self.write(path, text)
        result = self.run_script("lint_python.py")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        for words in (f"{path}:", *wanted):
            self.assertIn(words, result.stderr)
        file.unlink()

    def test_green(self):
        self.write("python/flopwatch/good.py", GOOD)
        result = self.run_script("lint_python.py")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_format(self):
        self.assert_refused("samples/python/a.py", GOOD.replace("2 * number", "2*number"), "make format")

    def test_rules(self):
        self.assert_refused("tests/python/package/test_a.py", "import os\n", "F401")

    def test_types_of_the_package(self):
        untyped = GOOD.replace(": int", "")
        self.assert_refused("python/flopwatch/a.py", untyped, "no-untyped-def")
        self.write("python/flopwatch/a.py", GOOD)
        self.write("tests/python/package/test_a.py", untyped)
        self.assertEqual(self.run_script("lint_python.py").returncode, 0)

    def test_fix(self):
        file = self.write("python/flopwatch/a.py", "import os\nimport abc\n\n\n" + GOOD.replace("2 * number", "2*number"))
        self.assertEqual(self.run_script("lint_python.py", "--fix").returncode, 0)
        self.assertEqual(file.read_text(), GOOD)

    def test_other_folders_are_not_looked_at(self):
        self.write("scripts/a.py", "import os\nx=1\n")
        result = self.run_script("lint_python.py")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
