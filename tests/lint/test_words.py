# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/lint_words.py: red on words that the table refuses, green on those that look like them."""

import unittest

from made_up_tree import MadeUpTree

import lint_words  # isort: skip

REFUSED = {
    "a trouble": "error",
    "What Troubles it": "error",
    "the_trouble": "error",
    "mend the rule": "fix",
    "a name that is none": "malformed",
    "nothing that befell it": "affected",
    "the device at hand": "available",
    "counters cannot be had": "available",
    "the kernels are told apart": "distinguished",
    "the listener is told": "notified",
    "held against the sum": "compared",
    "lies in the folder": "is in",
    "stands above it": "is in",
    "stands in the way of counting": "prevents",
    "the paper's count": "hand-computed",
}
ALLOWED = [
    "amend, recommended and troubled",
    "return None if the device is None",
    "empty when there is none",
    "it stands in for the driver",
    "a stand-in driver",
    "FP64 stands for double precision",
    "a second hand",
    "worked out on paper",
    "what had been told",
]


class Words(MadeUpTree):
    checks = (lint_words.check_words,)

    def test_refused(self):
        for words, better in REFUSED.items():
            for path, text in (
                ("docs/a.md", f"first line\n{words}\n"),
                ("made/a.cpp", f"int a;\n/// {words}\n"),
                ("made/a.py", f'\nprint("{words}")\n'),
            ):
                with self.subTest(path=path, words=words):
                    self.write(path, text)
                    self.assert_red(f"{path}:2:", better)
                (self.root / path).unlink()

    def test_allowed(self):
        self.write("made/a.cpp", "".join(f"// {words}\n" for words in ALLOWED))
        self.assert_green()

    def test_a_phrase_may_cross_lines(self):
        for line_break in ("\n", "\n  /// ", "\n# ", ' "\n    "', ' "\n    f"'):
            with self.subTest(line_break=line_break):
                self.write("made/a.cpp", f'int a;\nauto b = "gone for{line_break}want of memory";\n')
                self.assert_red("made/a.cpp:2:", "for", "of': say because of a lack of")

    def test_places_that_are_not_checked(self):
        for path in ("tests/captures/a.json", "LICENSE", "scripts/lint_words.py"):
            self.write(path, "trouble\n")
        self.write("a.bin", "\0trouble\n")
        self.assert_green()
        self.write("tests/captures_too.md", "trouble\n")
        self.assert_red("tests/captures_too.md:1:")

    def test_program(self):
        self.write("made/a.md", "good\n")
        result = self.run_script("lint_words.py")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.write("made/a.md", "bad: trouble\n")
        result = self.run_script("lint_words.py")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertEqual(result.stderr, "made/a.md:1: 'trouble': say error, reason or cause\n")


if __name__ == "__main__":
    unittest.main()
