# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/lint_includes.py: every rule red on an offending file and green on a good one."""

import re
import unittest

from made_up_tree import TREE, MadeUpTree

import lint_includes  # isort: skip

# A header of each vendor, files that may include it, files that may not.
VENDORS = {
    "cupti.h": (
        ["src/cupti/loader.cpp"],
        ["src/session/a.cpp", "src/torch/a.cpp", "src/cli/a.cpp", "tests/unit/recording/a.cpp", "include/flopwatch/scope.hpp"],
    ),
    "cupti_range_profiler.h": (["src/cupti/ranges.hpp"], ["src/metrics/a.cpp"]),
    "nvperf_host.h": (["src/cupti/host.cpp"], ["src/session/a.hpp", "bench/a.cpp"]),
    "torch/torch.h": (
        [
            "src/torch/a.cpp", "include/flopwatch/torch.hpp", "include/flopwatch/torch/nn.hpp", "python/src/a.cpp",
            "samples/a.cpp", "tests/torch/a.cpp", "bench/a.cpp",
        ],
        ["src/rules/a.cpp", "src/session/a.cpp", "src/cli/a.cpp", "include/flopwatch/session.hpp", "tests/unit/rules/a.cpp"],
    ),
    "ATen/record_function.h": (["src/torch/a.cpp"], ["src/recording/nvtx/a.cpp"]),
    "c10/util/Exception.h": (["src/torch/a.hpp"], ["src/report/a.hpp", "tests/cli/a.cpp"]),
    "nvtx3/nvToolsExt.h": (["src/recording/nvtx/a.cpp", "tests/unit/recording/a.cpp"], ["src/session/a.cpp", "include/flopwatch/scope.hpp"]),
    "cuda.h": (["src/cupti/a.cpp"], ["src/attribution/a.cpp", "include/flopwatch/session.hpp"]),
    "fmt/format.h": (["src/report/a.cpp", "samples/a.cpp"], ["include/flopwatch/report.hpp", "include/flopwatch/torch.hpp"]),
    "sqlite3.h": (["src/capture/a.cpp"], ["include/flopwatch/capture.hpp"]),
    "zstd.h": (["src/capture/a.cpp"], ["include/flopwatch/capture.hpp"]),
    "nlohmann/json.hpp": (["src/report/a.cpp"], ["include/flopwatch/report.hpp"]),
    "CLI/CLI.hpp": (["src/cli/a.cpp", "samples/a.cpp"], ["src/report/a.cpp"]),
}  # fmt: skip

# A part, parts that it may include, parts that it may not.
ARROWS = {
    "metrics": (["rules"], ["capture", "attribution", "report", "recording", "cupti", "torch", "session", "cli"]),
    "rules": (["metrics"], ["capture", "attribution", "report", "recording", "torch", "session", "cli"]),
    "capture": ([], ["rules", "metrics", "attribution", "report", "recording", "torch", "session", "cli"]),
    "attribution": (["capture", "metrics"], ["comparison", "report", "recording", "torch", "session", "cupti", "cli"]),
    "comparison": (["capture", "attribution", "metrics"], ["report", "recording", "torch", "session", "cli"]),
    "report": (["capture", "attribution", "comparison", "metrics"], ["rules", "recording", "torch", "session", "cli"]),
    "recording": (["capture"], ["attribution", "report", "torch", "session", "cli"]),
    "session": (["recording", "capture", "report"], ["torch", "cli"]),
    "torch": (["recording", "capture", "rules"], ["cli"]),
    "cli": (["report", "session", "capture"], ["torch"]),
}
PUBLIC_HEADER = {"rules": "operator_rule", "metrics": "metrics", "recording": "scope"}


class Vendors(MadeUpTree):
    checks = (lint_includes.check_includes,)

    def test_allowed(self):
        for header, (homes, _) in VENDORS.items():
            for home in homes:
                with self.subTest(header=header, home=home):
                    file = self.write(home, f"#include <{header}>\n")
                    self.assert_green()
                    file.unlink()

    def test_refused(self):
        for header, (_, others) in VENDORS.items():
            for other in others:
                for form in (f"#include <{header}>", f'  #  include "{header}"  // why'):
                    with self.subTest(header=header, other=other, form=form):
                        file = self.write(other, f"#include <vector>\n{form}\n")
                        self.assert_red(f"{other}:2:", f"<{header}>")
                        file.unlink()

    def test_own_folder_named_as_a_vendor(self):
        self.write("src/torch/formula_rule.hpp")
        self.write("src/torch/a.cpp", '#include "torch/formula_rule.hpp"\n')
        self.write("tests/unit/torch/a.cpp", '#include "torch/formula_rule.hpp"\n')
        self.assert_green()

    def test_macro_in_place_of_a_name(self):
        self.write("src/report/a.cpp", "#include TORCH_HEADER\n")
        self.assert_red("src/report/a.cpp:1:", "TORCH_HEADER")


class Arrows(MadeUpTree):
    checks = (lint_includes.check_includes,)

    def setUp(self):
        super().setUp()
        for part in {*ARROWS, *(part for pair in ARROWS.values() for part in pair[0] + pair[1])}:
            self.write(f"src/{part}/inner.hpp")
            if part != "cli":
                self.write(f"include/flopwatch/{PUBLIC_HEADER.get(part, part)}.hpp")

    def include(self, part: str, header: str):
        return self.write(f"src/{part}/a.cpp", f'#include "{header}"\n')

    def test_public_header_along_the_arrow(self):
        for part, (allowed, _) in ARROWS.items():
            for other in [part, *allowed]:
                if other == "cli":
                    continue
                with self.subTest(part=part, other=other):
                    file = self.include(part, f"flopwatch/{PUBLIC_HEADER.get(other, other)}.hpp")
                    self.assert_green()
                    file.unlink()

    def test_against_the_arrow(self):
        for part, (_, refused) in ARROWS.items():
            for other in refused:
                headers = [f"{other}/inner.hpp", f"../{other}/inner.hpp"]
                if other != "cli":
                    headers.append(f"flopwatch/{PUBLIC_HEADER.get(other, other)}.hpp")
                for header in headers:
                    with self.subTest(part=part, header=header):
                        file = self.include(part, header)
                        self.assert_red(f"src/{part}/a.cpp:1:", f"{part} may not include {other}")
                        file.unlink()

    def test_public_header_against_the_arrow(self):
        self.write("include/flopwatch/capture.hpp", '#include "flopwatch/report.hpp"\n')
        self.assert_red("include/flopwatch/capture.hpp:1:", "capture may not include report")

    def test_private_header_along_the_arrow(self):
        self.include("report", "attribution/inner.hpp")
        self.assert_green()

    def test_rules_and_metrics_see_public_headers_alone(self):
        for part, other in (("rules", "metrics"), ("metrics", "rules")):
            with self.subTest(part=part):
                file = self.include(part, f"{other}/inner.hpp")
                self.assert_red(f"src/{part}/a.cpp:1:", "only through its public headers")
                file.unlink()

    def test_base_headers_for_everyone(self):
        self.write("include/flopwatch/error.hpp")
        for part in ARROWS:
            self.include(part, "flopwatch/error.hpp")
        self.assert_green()

    def test_library_does_not_include_tests_or_samples(self):
        self.write("tests/helper.hpp")
        self.include("session", "helper.hpp")
        self.assert_red("src/session/a.cpp:1:", "tests/helper.hpp")


class UnknownParts(MadeUpTree):
    checks = (lint_includes.check_includes,)

    def test_unknown_public_header(self):
        self.write("include/flopwatch/surprise.hpp")
        self.assert_red("include/flopwatch/surprise.hpp:1:", "is in no part")

    def test_unknown_folder(self):
        self.write("src/surprise/a.cpp")
        self.assert_red("src/surprise/a.cpp:1:", "is in no part")

    def test_build_output_is_not_looked_at(self):
        self.write("build-core/src/report/a.cpp", "#include <torch/torch.h>\n")
        self.assert_green()


class Circles(MadeUpTree):
    checks = (lint_includes.check_circles,)

    def test_red(self):
        self.write("src/report/a.hpp", "#pragma once\n")
        self.write("src/report/a.cpp", '#include "report/b.hpp"\n')
        self.write("src/report/b.hpp", '#pragma once\n#include "c.hpp"\n')
        self.write("src/report/c.hpp", '#pragma once\n#include "report/a.hpp"\n')
        self.assert_red(
            "src/report/c.hpp:2: a circle of includes: "
            "src/report/a -> src/report/b -> src/report/c -> src/report/a"
        )

    def test_green(self):
        self.write("src/report/a.hpp", "#pragma once\n")
        self.write("src/report/a.cpp", '#include "report/a.hpp"\n#include "report/b.hpp"\n#include "report/c.hpp"\n')
        self.write("src/report/b.hpp", '#pragma once\n#include "report/c.hpp"\n')
        self.write("src/report/c.hpp", "#pragma once\n#include <vector>\n")
        self.write("src/report/b.cpp", '#include "report/b.hpp"\n#include "report/c.hpp"\n')
        # Tests may.
        self.write("tests/unit/a.hpp", '#include "b.hpp"\n')
        self.write("tests/unit/b.hpp", '#include "a.hpp"\n')
        self.assert_green()


class Page(unittest.TestCase):
    """docs/developing.md has the same tables."""

    def setUp(self):
        page = (TREE / "docs/developing.md").read_text().partition("## Include rules")[2]
        self.rows = dict(re.findall(r"^\| (.+?) \| (.+) \|$", page, flags=re.MULTILINE))

    def test_arrows(self):
        for part, others in lint_includes.ARROWS.items():
            if part == "base":
                continue
            listed = self.rows[part].replace("nothing else", "")
            with self.subTest(part=part):
                self.assertEqual(set(filter(None, listed.split(", "))), others - {"base"})

    def test_vendors(self):
        for vendor in lint_includes.VENDORS:
            if vendor.homes == lint_includes._NOT_PUBLIC:
                continue
            [listed] = [homes for name, homes in self.rows.items() if name.startswith(f"{vendor.name}:")]
            with self.subTest(vendor=vendor.name):
                self.assertEqual(re.findall(r"`([^`]+)`", listed), list(vendor.homes))


class Program(MadeUpTree):
    def test_exit_code_and_output(self):
        self.write("src/report/a.cpp", "#include <vector>\n")
        result = self.run_script("lint_includes.py")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.write("src/report/a.cpp", "#include <torch/torch.h>\n")
        result = self.run_script("lint_includes.py")
        self.assertEqual(result.returncode, 1)
        self.assertTrue(result.stderr.startswith("src/report/a.cpp:1: <torch/torch.h>: "), result.stderr)


if __name__ == "__main__":
    unittest.main()
