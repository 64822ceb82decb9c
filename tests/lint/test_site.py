# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The documentation site: what its scripts make of headers and links, what they refuse, and that pages show real options."""

import ast
import contextlib
import io
import re
import sys
import unittest
from pathlib import Path

from made_up_tree import SCRIPTS, TREE, InFolder

sys.path.insert(0, str(SCRIPTS / "site"))

import check_site  # noqa: E402
import cpp_api  # noqa: E402
import links  # noqa: E402
import losses  # noqa: E402
import python_api  # noqa: E402
import weights_page  # noqa: E402

HEADER = """#pragma once

/// \\file
/// What it is for.

namespace flopwatch {
namespace detail {
struct hidden {};
}  // namespace detail

/// Counts. Two ways:
/// - one
/// \\throws usage_error when it cannot
class counter {
 public:
  explicit counter(int from) noexcept : count_(from) {}
  /// The number.
  [[nodiscard]] int count() const noexcept { return count_; }  ///< in MACs
  friend bool operator==(counter const&, counter const&) = default;

 private:
  int count_ = 0;
};

/// Adds.
int add(int a, int b);
int add(long a, long b);

using number = int;
}  // namespace flopwatch
"""


def options() -> dict[str, set[str]]:
    """The options of each command, by docs/cli.md."""
    sections = re.split(r"^## flopwatch (\w+)\n", (TREE / "docs/cli.md").read_text(), flags=re.M)
    found = {"": sections[0]} | dict(zip(sections[1::2], sections[2::2], strict=True))
    return {name: set(re.findall(r"^(?:-\w,)?(--[a-z-]+)", text, flags=re.M)) for name, text in found.items()}


def shown_commands(text: str) -> list[tuple[str, list[str]]]:
    """Command and options of each `flopwatch` in the code of a page."""
    code = re.findall(r"^```(?:sh|console|text)[^\n]*\n(.*?)^```", text, flags=re.M | re.S)
    code += re.findall(r"^    (\S.*)$", text, flags=re.M) + re.findall(r"`(flopwatch [^`]+)`", text)
    found = []
    for line in "\n".join(code).splitlines():
        call = re.match(r"(?:\$ |.*&& |.*/bin/)?flopwatch ([a-z]+)(.*)$", line.strip())
        if call:
            own = re.split(r" -- |[;|>#]", call[2])[0]
            found.append((call[1], re.findall(r"(?<!\S)--[a-z-]+", own)))
    return found


class Site(InFolder):
    def site(self, **pages: str) -> list[str]:
        for name, text in pages.items():
            (self.folder / f"{name}.html").write_text(text)
        return check_site.problems(self.folder)

    def test_links_that_lead_nowhere_are_found(self):
        found = self.site(a='<a href="b.html#there"></a><a href="c.html"></a><a href="b.html#here"></a>',
                          b='<p id="here"></p>')
        self.assertEqual(found, ["a.html: b.html#there has no such place", "a.html: c.html leads nowhere"])

    def test_requests_to_other_hosts_are_found(self):
        (self.folder / "x.css").write_text("@import 'https://example.org/y.css'; a{background:url(//example.org/z.png)}")
        found = self.site(a='<script src="https://example.org/x.js"></script><a href="https://example.org"></a>'
                            '<link rel="stylesheet" href="//example.org/x.css"><img src="data:image/png;base64,x">')
        self.assertEqual([line.split(": ")[0] for line in found], ["a.html", "a.html", "x.css", "x.css"])

    def test_an_empty_site_is_a_problem(self):
        self.assertEqual(len(self.site()), 1)

    def test_a_stale_table_of_weights_is_refused(self):
        source = self.folder / "weights.cpp"
        source.write_text(weights_page.SOURCE.read_text().replace('{"ffma", exact(2', '{"ffma", exact(3'))
        sys.argv = ["weights_page.py", "--check", "--source", str(source)]
        with contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertEqual(weights_page.main(), 1)
        self.assertIn("run scripts/weights_page.py", said.getvalue())
        sys.argv = ["weights_page.py", "--check"]
        self.assertEqual(weights_page.main(), 0)

    def test_a_weight_that_cannot_be_read_is_an_error(self):
        text = weights_page.SOURCE.read_text()
        with self.assertRaises(ValueError):
            weights_page.weights(text.replace('{"fadd", exact(', '{"fadd", about('))


class Pages(unittest.TestCase):
    def test_links_outside_the_docs_become_those_of_the_site(self):
        text = "[a](../CONTRIBUTING.md#style), [b](measuring.md), `[c](../x.md)`\n\n```\n[d](../y.md)\n```\n"
        self.assertEqual(links.outside("docs/run.md", text), {"CONTRIBUTING.md"})
        self.assertIn("[a](project/contributing.md#style), [b](measuring.md), `[c]", links.on_site(text, "docs/run.md"))
        self.assertEqual(links.on_site("[x](../../README.md)", "docs/start/thop.md"), "[x](../index.md)")
        self.assertEqual(links.on_site("[x](../../docs/cli.md)", "tests/captures/README.md"), "[x](../../../cli.md)")

    def test_a_header_becomes_its_declarations(self):
        header = cpp_api.read(HEADER)
        self.assertEqual(header.comment, ["What it is for."])
        self.assertEqual([d.name for d in header.declarations], ["counter", "add", "add", "number"])
        self.assertEqual(header.declarations[0].code, [
            "class counter {", "  explicit counter(int from) noexcept;", "  // The number.",
            "  int count() const noexcept;  // in MACs", "};"])
        text = "\n".join(cpp_api.section("made_up", header))
        self.assertIn("Two ways:\n\n- one\n\n**Throws** `usage_error` when it cannot", text)
        self.assertIn("int add(int a, int b);\nint add(long a, long b);\n```", text)

    def test_every_public_header_is_on_a_page(self):
        folder = TREE / "include/flopwatch"
        headers = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.hpp")}
        headers = {name for name in headers if "detail" not in name}
        self.assertEqual({name for _, names in cpp_api.PAGES.values() for name in names} | cpp_api.LEFT_OUT, headers)

    def test_every_declaration_has_a_name(self):
        for page in cpp_api.PAGES:
            names = re.findall(r"^### (.*)$", cpp_api.page(page, TREE / "include"), flags=re.M)
            self.assertGreater(len(names), 30)
            self.assertEqual([name for name in names if not re.fullmatch(r"[\w:]+", name)], [])

    def test_every_data_loss_is_on_its_page(self):
        text = (TREE / "include/flopwatch/diagnostics.hpp").read_text()
        self.assertEqual(len(losses.kinds(TREE / "include")), len(re.findall(r"^inline constexpr loss_kind ", text, flags=re.M)))

    def test_every_python_name_is_on_the_page(self):
        module = ast.parse((TREE / "python/flopwatch/__init__.py").read_text())
        [names] = [ast.literal_eval(node.value) for node in module.body
                   if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"]
        self.assertEqual(sorted(python_api.names()), sorted(name for name in names if name != "__version__"))

    def test_commands_on_the_pages_have_their_options(self):
        known, seen = options(), 0
        for path in [TREE / "README.md", *(TREE / "docs").rglob("*.md")]:
            for command, given in shown_commands(path.read_text()):
                if command not in known:
                    continue  # a sentence, not a command
                seen += 1
                with self.subTest(page=path.name, command=command):
                    self.assertEqual([o for o in given if o not in known[command]], [])
        self.assertGreater(seen, 60)

    def test_commands_are_read_from_pages(self):
        text = "```console\n$ flopwatch run -o x --raw all -- ./app --fast\n```\n`flopwatch diff a b --max-increase 2%`"
        self.assertEqual(shown_commands(text), [("run", ["--raw"]), ("diff", ["--max-increase"])])


if __name__ == "__main__":
    unittest.main()
