# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/format.py: red on an unformatted file, which it can put right."""

import shutil
import unittest

from made_up_tree import TREE, MadeUpTree

import format as format_script  # isort: skip

BAD = "int  f( ) {return 1 ;}\n"
GOOD = "int f() { return 1; }\n"


@unittest.skipIf(format_script.find_clang_format() is None, f"no clang-format {format_script.MAJOR} here")
class Format(MadeUpTree):
    def setUp(self):
        super().setUp()
        shutil.copy(TREE / ".clang-format", self.root)

    def test_check(self):
        self.write("src/report/good.cpp", GOOD)
        self.assertEqual(self.run_script("format.py", "--check").returncode, 0)
        self.write("src/report/bad.hpp", BAD)
        result = self.run_script("format.py", "--check")
        self.assertEqual(result.returncode, 1)
        self.assertIn("src/report/bad.hpp:1:", result.stderr)
        self.assertIn("make format", result.stderr)

    def test_check_changes_nothing(self):
        file = self.write("a.cpp", BAD)
        self.run_script("format.py", "--check")
        self.assertEqual(file.read_text(), BAD)

    def test_format(self):
        file = self.write("a.cpp", BAD)
        self.assertEqual(self.run_script("format.py").returncode, 0)
        self.assertEqual(file.read_text(), GOOD)


if __name__ == "__main__":
    unittest.main()
