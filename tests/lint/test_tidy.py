# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/tidy.py: which files it looks at, and that a finding makes it red."""

import json
import subprocess
import unittest
from pathlib import Path

from made_up_tree import MadeUpTree

import tidy  # isort: skip

GOOD = "int f() { return 1; }\n"
BAD = "struct base { virtual void f(); virtual ~base(); };\nstruct derived : base { virtual void f(); };\n"


class Repository(MadeUpTree):
    def setUp(self):
        super().setUp()
        self.git("init", "-q", "-b", "main")
        self.write(".gitignore", "/build/\n")
        self.write(".clang-tidy", "Checks: '-*,modernize-use-override'\nWarningsAsErrors: '*'\n")
        self.write("src/report/old.cpp", GOOD)
        self.write("src/report/gone.cpp", GOOD)
        self.write("include/flopwatch/report.hpp", "int f();\n")
        self.commit()

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(self.root), *identity, *arguments], check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change")

    def compile_commands(self, *paths: str) -> None:
        entries = [
            {"directory": str(self.root), "file": path, "command": f"c++ -std=c++20 -Iinclude -c {path}"}
            for path in paths
        ]
        self.write("build/compile_commands.json", json.dumps(entries))


class ChangedFiles(Repository):
    def changed(self) -> list[str] | None:
        found = tidy.changed_files(self.root)
        return None if found is None else [path.as_posix() for path in found]

    def test_no_earlier_commit(self):
        self.assertIsNone(self.changed())

    def test_against_the_last_commit(self):
        self.write("src/report/new.cpp", GOOD)
        self.write("docs/a.md")
        (self.root / "src/report/gone.cpp").unlink()
        self.commit()
        self.assertEqual(self.changed(), ["src/report/new.cpp"])

    def test_uncommitted_and_untracked(self):
        self.write("src/report/new.cpp", GOOD)
        self.commit()
        self.write("src/report/untracked.cpp", GOOD)
        self.write("include/flopwatch/report.hpp", "long f();\n")
        self.write("build/generated.cpp")
        self.assertEqual(
            self.changed(), ["include/flopwatch/report.hpp", "src/report/new.cpp", "src/report/untracked.cpp"]
        )

    def test_against_origin_main(self):
        self.git("update-ref", "refs/remotes/origin/main", "HEAD")
        for name in ("one", "two"):
            self.write(f"src/report/{name}.cpp", GOOD)
            self.commit()
        self.assertEqual(self.changed(), ["src/report/one.cpp", "src/report/two.cpp"])

    def test_on_origin_main_itself(self):
        self.write("src/report/one.cpp", GOOD)
        self.commit()
        self.git("update-ref", "refs/remotes/origin/main", "HEAD")
        self.assertEqual(self.changed(), ["src/report/one.cpp"])


class Includers(MadeUpTree):
    def test_prefers_the_source_of_the_same_name(self):
        self.write("include/flopwatch/report.hpp")
        sources = [Path(f"src/report/{name}.cpp") for name in ("a", "report", "z")]
        for source in sources:
            self.write(source.as_posix(), '#include "flopwatch/report.hpp"\n')
        header = Path("include/flopwatch/report.hpp")
        self.assertEqual(tidy.includers(self.root, {header}, sources), {sources[1]})
        self.assertEqual(tidy.includers(self.root, {header}, sources[2:]), {sources[2]})
        self.assertEqual(tidy.includers(self.root, {Path("include/flopwatch/other.hpp")}, sources), set())


@unittest.skipIf(tidy.find_clang_tidy()[0] is None, f"no clang-tidy {tidy.MAJOR} here")
class Findings(Repository):
    def tidy(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.run_script("tidy.py", *arguments, str(self.root / "build"), "--root")

    def test_finding_in_a_changed_file(self):
        self.write("src/report/new.cpp", GOOD)
        self.commit()
        self.compile_commands("src/report/old.cpp", "src/report/new.cpp")
        good = self.tidy()
        self.assertEqual(good.returncode, 0, good.stdout)
        self.assertIn("1 of 2 source files checked, 0 with findings", good.stdout)
        self.write("src/report/new.cpp", BAD)
        bad = self.tidy()
        self.assertEqual(bad.returncode, 1)
        self.assertIn("src/report/new.cpp:2:", bad.stdout)
        self.assertIn("modernize-use-override", bad.stdout)

    def test_unchanged_files_only_with_all(self):
        self.write("src/report/old.cpp", BAD)
        self.commit()
        self.write("src/report/new.cpp", GOOD)
        self.commit()
        self.compile_commands("src/report/old.cpp", "src/report/new.cpp")
        self.assertEqual(self.tidy().returncode, 0)
        self.assertEqual(self.tidy("--all").returncode, 1)

    def test_changed_header_is_seen_through_an_includer(self):
        self.write("src/report/user.cpp", '#include "flopwatch/report.hpp"\n')
        self.write("src/report/last.cpp", GOOD)
        self.commit()
        self.write("docs/a.md")
        self.commit()
        self.write(".clang-tidy", (self.root / ".clang-tidy").read_text() + "HeaderFilterRegex: '.*'\n")
        self.write("include/flopwatch/report.hpp", BAD)
        self.compile_commands("src/report/last.cpp", "src/report/user.cpp")
        result = self.tidy()
        self.assertEqual(result.returncode, 1)
        self.assertIn("report.hpp:2:", result.stdout)

    def test_precompiled_headers_of_the_build_and_cuda_are_left_out(self):
        self.write("src/report/user.cpp", "int f() { return 1; }\n")
        self.write("src/report/kernel.cu", "__global__ void f() {}\n")
        self.commit()
        entries = [
            {"directory": str(self.root), "file": file,
             "command": f"c++ -Winvalid-pch -include {self.root}/build/cmake_pch.hxx -c {file}"}
            for file in ("src/report/user.cpp", "src/report/kernel.cu")
        ]
        self.write("build/compile_commands.json", json.dumps(entries))
        self.write("build/cmake_pch.hxx", "\n")
        self.write("build/cmake_pch.hxx.gch", "what the other compiler makes\n")
        result = self.tidy("--all")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("1 of 1 source files checked", result.stdout)

    def test_no_such_build(self):
        result = self.tidy()
        self.assertEqual(result.returncode, 1)
        self.assertIn("configure that build first", result.stderr)


if __name__ == "__main__":
    unittest.main()
