# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/lint_tree.py: machine paths, SPDX lines, metric names and the version, each red and green."""

import subprocess
import unittest

from made_up_tree import MadeUpTree, spdx

import lint_tree  # isort: skip

SOURCES = {
    "include/flopwatch/a.hpp": "//",
    "src/report/a.cpp": "//",
    "tests/gpu/a.cu": "//",
    "scripts/a.py": "#",
    "scripts/a.sh": "#",
    "cmake/A.cmake": "#",
    "src/report/CMakeLists.txt": "#",
    ".github/workflows/a.yml": "#",
    "pyproject.toml": "#",
    "python/flopwatch/a.pyi": "#",
    "python/a.py.in": "#",
    "requirements-dev.txt": "#",
    "Makefile": "#",
    ".ci/run": "#",
}


class GoodTree(MadeUpTree):
    checks = (lint_tree.check_machine_paths, lint_tree.check_spdx, lint_tree.check_version)

    def setUp(self):
        super().setUp()
        self.write("VERSION", "1.2.3\n")
        self.write("CHANGELOG.md", "# Changes\n\n## [1.2.3] - unreleased\n\n## [1.2.2]\n")


class MachinePaths(GoodTree):
    def test_refused(self):
        for top in ("home", "Users", "root", "work", "mnt"):
            for text in (f'open("/{top}/someone/x.flops")', f"see /{top}/x", f"-I/{top}/x"[2:]):
                with self.subTest(text=text):
                    file = self.write("docs/a.md", f"first line\n{text}\n")
                    self.assert_red("docs/a.md:2:", f"/{top}/")
                    file.unlink()

    def test_windows(self):
        self.write("docs/a.md", "C:" + "\\Users\\someone\n")
        self.assert_red("docs/a.md:1:")

    def test_allowed(self):
        self.write(
            "docs/a.md",
            "#!/usr/bin/env python3\n/usr/local/cuda/include\nsrc/work/a\n${x}/work/a\n"
            "https://example.org/home/a\n../root/a\na /home/ alone\n",
        )
        self.assert_green()

    def test_binary_files_are_not_looked_at(self):
        self.write("a.bin", "\0/" + "home/someone")
        self.assert_green()


class SpdxLines(GoodTree):
    def test_green(self):
        for path, mark in SOURCES.items():
            self.write(path, "#!/bin/sh\n" * path.endswith(".sh") + spdx(mark))
        self.assert_green()

    def test_each_line_is_wanted(self):
        for path, mark in SOURCES.items():
            lines = spdx(mark).splitlines(keepends=True)
            for kept, missing in (lines, lines[::-1]):
                with self.subTest(path=path, kept=kept):
                    file = self.write(path, kept)
                    self.assert_red(f"{path}:1:", missing.removeprefix(mark).strip())
                    file.unlink()

    def test_at_the_top(self):
        self.write("src/report/a.cpp", "\n" * 4 + spdx("//"))
        self.assertEqual(len(self.problems()), 2)

    def test_other_files_need_none(self):
        self.write("docs/a.md", "text\n")
        self.write("tests/golden/a.json", "{}\n")
        self.write("docs/a.in", "text\n")
        self.assert_green()


class Version(GoodTree):
    def test_green(self):
        self.assert_green()

    def test_heading_without_brackets(self):
        self.write("CHANGELOG.md", "## 1.2.3 (unreleased)\n")
        self.assert_green()

    def test_differs(self):
        self.write("VERSION", "1.2.4\n")
        self.assert_red("CHANGELOG.md:3:", "1.2.3", "1.2.4")

    def test_only_the_top_entry_counts(self):
        self.write("VERSION", "1.2.2\n")
        self.assert_red("CHANGELOG.md:3:")

    def test_no_entry(self):
        self.write("CHANGELOG.md", "# Changes\n")
        self.assert_red("CHANGELOG.md:1:", "no entry")

    def test_no_version(self):
        self.write("VERSION", "soon\n")
        self.assert_red("VERSION:1:", "soon")

    def test_missing_file(self):
        for name in ("VERSION", "CHANGELOG.md"):
            with self.subTest(name=name):
                text = (self.root / name).read_text()
                (self.root / name).unlink()
                self.assert_red(f"{name}:1:", "missing")
                self.write(name, text)


class WidthOfDocs(GoodTree):
    checks = (lint_tree.check_width_of_docs,)
    wide = "word " * 20 + "end\n"  # 103 columns

    def test_refused(self):
        self.write("docs/a.md", f"first line\n\n{self.wide}")
        self.assert_red("docs/a.md:3:", "103 columns")

    def test_allowed(self):
        address = "https://example.org/" + "a" * 100
        self.write("docs/a.md", f"{self.wide[5:]}\n| {self.wide}    {self.wide}```text\n{self.wide}```\n{address}\n")
        self.write("docs/hardware.md", self.wide)
        self.write("a.py", self.wide)
        self.assert_green()

    def test_after_a_code_block(self):
        self.write("docs/a.md", f"```\n{self.wide}```\n{self.wide}")
        self.assert_red("docs/a.md:4:")


class WhichFiles(GoodTree):
    def test_git_decides(self):
        """In a git work tree: tracked and new files, without ignored and deleted ones."""
        git = ["git", "-C", str(self.root)]
        subprocess.run([*git, "init", "-q"], check=True)
        self.write(".gitignore", "/ignored/\n")
        self.write("ignored/a.py")
        deleted = self.write("deleted.py")
        subprocess.run([*git, "add", "-A"], check=True)
        deleted.unlink()
        self.assert_green()
        self.write("new.py", spdx("#").splitlines()[0])
        self.assert_red("new.py:1:")


class MetricNames(MadeUpTree):
    checks = (lint_tree.check_metric_names,)

    def test_refused(self):
        for line in (
            'constexpr auto name = "sm__sass_thread_inst_executed_op_hfma_pred_on.sum";',
            'bool tensor = name.find("__ops_path_tensor_") != npos;',
            'auto rest = "sass_thread_inst";',
        ):
            self.write("src/report/a.cpp", f"\n{line}\n")
            with self.subTest(line=line):
                self.assert_red("src/report/a.cpp:2: a metric name outside src/metrics")

    def test_allowed(self):
        name = 'auto name = "sm__sass_thread_inst_executed_op_hfma_pred_on.sum";\n'
        self.write("src/metrics/a.cpp", name)
        self.write("tests/unit/metrics/a.cpp", name)
        self.write("src/report/a.cpp", '/// CUPTI\'s name: "sm__ops_path_tensor_src_fp16.sum"\nauto s = "a sassy_word";\n')
        self.assert_green()


class LossKinds(MadeUpTree):
    checks = (lint_tree.check_loss_kinds,)
    one = "inline constexpr loss_kind {}{{\n}};\n"

    def test_refused(self):
        self.write("include/flopwatch/diagnostics.hpp", self.one.format("first") + self.one.format("second")
                   + "inline constexpr std::array all{\n    second,\n};\n")
        self.assert_red("include/flopwatch/diagnostics.hpp:1:", "the data loss first")

    def test_allowed(self):
        self.write("include/flopwatch/diagnostics.hpp", self.one.format("first")
                   + "inline constexpr std::array all{\n    first,\n};\n")
        self.assert_green()


class Program(GoodTree):
    def test_exit_code_and_output(self):
        result = self.run_script("lint_tree.py")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.write("a.py")  # no SPDX lines
        self.write("docs/a.md", "/" + "home/someone\n")
        self.write("VERSION", "2.0.0\n")
        result = self.run_script("lint_tree.py")
        self.assertEqual((result.returncode, len(result.stderr.splitlines())), (1, 4), result.stderr)

    def test_no_such_folder(self):
        self.root = self.root / "nowhere"
        result = self.run_script("lint_tree.py")
        self.assertEqual(result.returncode, 2)
        self.assertIn("no such folder", result.stderr)


if __name__ == "__main__":
    unittest.main()
