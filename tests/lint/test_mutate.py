# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/mutate.py and mutate_kinds.py: which faults are made, what notices them, and that the file is put back."""

import signal
import subprocess
import sys
import time
import unittest

from made_up_tree import SCRIPTS, MadeUpTree

from mutate_kinds import mutants_of  # isort: skip

CXX = """#include "a-b.hpp"  // a < b
#define LESS(a) ((a) < 1)
char const* const text = "1 < 2";
auto const raw = R"(3 < 4)";
/* 5
   == 6 */
template <class T> T smaller(T a, T b) {
  if (a <= b) return a;
  return b;
}
"""
PYTHON = '''"""1 < 2"""
LIMIT = 7  # 3 < 4


def smaller(a, b):
    """5 == 6"""
    print(f"{a + b}")
    return a if a <= b else b
'''
ADDS = "def add(a, b):\n    return a + b\n"


def changes(text, language):
    return {(m.kind, text[m.start : m.end], m.new) for m in mutants_of(text, language)}


class Kinds(unittest.TestCase):
    def test_cxx(self):
        self.assertEqual(
            changes(CXX, "c++"),
            {
                ("boundary", "<=", "<"),
                ("condition", "a <= b", "!(a <= b)"),
                ("return", "a", "{}"),
                ("return", "b", "{}"),
            },
        )

    def test_python(self):
        self.assertEqual(
            changes(PYTHON, "python"),
            {
                ("constant", "7", "8"),
                ("boundary", "<=", "<"),
                ("condition", "a <= b", "(not (a <= b))"),
                ("statement", 'print(f"{a + b}")', "pass"),
                ("return", "a if a <= b else b", "None"),
            },
        )

    def test_every_mutant_of_python_is_python(self):
        text = (SCRIPTS / "mutate_kinds.py").read_text()
        found = mutants_of(text, "python")
        self.assertGreater(len(found), 100)
        for mutant in found:
            compile(mutant.applied_to(text), "mutant", "exec")

    def test_statements_of_cxx(self):
        for code, removed in (
            ("list.push_back(1);", "list.push_back(1)"),
            ("a::b(c);", "a::b(c)"),
            ("sum += 2;", "sum += 2"),
            ("a::b c;", None),
            ("std::vector<int> v;", None),
            ("auto const x = f();", None),
            ("if (f()) return;", None),
        ):
            with self.subTest(code=code):
                found = {was for kind, was, _ in changes("void f() { " + code + " }", "c++") if kind == "statement"}
                self.assertEqual(found, {removed} - {None})

    def test_return_of_nothing_is_left_alone(self):
        for value in ("std::nullopt", "false", "{}"):
            self.assertNotIn("return", {kind for kind, *_ in changes(f"x f() {{ return {value}; }}", "c++")})

    def test_condition_after_an_initialiser(self):
        self.assertIn(("condition", "x > y", "!(x > y)"), changes("void f() { if (auto x = g(); x > y) h(); }", "c++"))
        declared = changes("void f() { if (auto x = g()) h(); if (y) h(); }", "c++")
        self.assertEqual({was for kind, was, _ in declared if kind == "condition"}, {"y"})

    def test_words_need_no_spaces(self):
        found = changes("void f() { for (;;) { x = std::min(a, b); if (x) continue; } }", "c++")
        self.assertLessEqual({("extreme", "min", "max"), ("jump", "continue", "break")}, found)

    def test_characters_of_several_bytes(self):
        text = 'def f():\n    g("é")\n    return "é"\n'
        self.assertEqual(changes(text, "python"), {("statement", 'g("é")', "pass"), ("return", '"é"', "None")})


class Runs(MadeUpTree):
    def setUp(self):
        super().setUp()
        self.file = self.write("adds.py", ADDS)

    def mutate(self, command, *arguments):
        return subprocess.run(
            [sys.executable, SCRIPTS / "mutate.py", self.file, "--command", command, *arguments],
            cwd=self.root, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def python(self, code):
        return f"{sys.executable} -c '{code}'"

    def assert_put_back(self):
        self.assertEqual(self.file.read_text(), ADDS)
        self.assertEqual([path.name for path in self.root.iterdir() if "mutate" in path.name], [])

    def test_every_fault_is_noticed(self):
        ran = self.mutate(self.python("from adds import add; assert add(2, 1) == 3"))
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertIn("2 noticed, 0 survived", ran.stdout)
        self.assert_put_back()

    def test_one_survives(self):
        ran = self.mutate(self.python("from adds import add; assert add(2, 0) == 2"))
        self.assertEqual(ran.returncode, 1, ran.stdout + ran.stderr)
        self.assertRegex(ran.stdout, r"adds\.py:2: arithmetic +SURVIVED\n    - return a \+ b\n    \+ return a - b\n")
        self.assertIn("1 noticed, 1 survived", ran.stdout)
        self.assert_put_back()

    def test_what_noticed_is_named(self):
        self.write("test_adds.py", "import adds, unittest\nclass Adds(unittest.TestCase):\n"
                   "    def test_sum(self): self.assertEqual(adds.add(2, 1), 3)\n")  # fmt: skip
        ran = self.mutate(f"{sys.executable} -m unittest test_adds")
        self.assertRegex(ran.stdout, r"adds\.py:2: arithmetic +test_sum\n")

    def test_endless_loop(self):
        ran = self.mutate(self.python("from adds import add\nwhile add(2, 1) != 3: pass"), "--timeout", "1")
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertRegex(ran.stdout, r"arithmetic +timeout\n")
        self.assert_put_back()

    def test_red_without_a_fault(self):
        ran = self.mutate("echo no such thing; false")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("no such thing", ran.stderr)
        self.assert_put_back()

    def test_list_and_limit(self):
        ran = self.mutate("false", "--list", "--limit", "1")
        self.assertEqual(ran.returncode, 0)
        self.assertEqual(ran.stdout.count("adds.py:2: "), 1)

    def test_put_back_when_it_is_ended(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                (self.root / "began").unlink(missing_ok=True)
                child = subprocess.Popen(
                    [sys.executable, SCRIPTS / "mutate.py", self.file, "--command",
                     "grep -q 'return a + b' adds.py || { touch began; sleep 60; }"],
                    cwd=self.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                while child.poll() is None and not (self.root / "began").exists():
                    time.sleep(0.01)
                self.assertNotEqual(self.file.read_text(), ADDS)
                child.send_signal(number)
                self.assertNotEqual(child.wait(20), 0)
                self.assert_put_back()

    def test_a_copy_that_a_killed_run_left(self):
        left = self.write(".adds.py.mutate-original", ADDS)
        ran = self.mutate("true")
        self.assertEqual(ran.returncode, 2)
        self.assertIn(left.name, ran.stderr)


if __name__ == "__main__":
    unittest.main()
