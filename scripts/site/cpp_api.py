# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The page of the C++ API, from the public headers: each declaration with the comment above it.

The headers are laid out by clang-format, which is what this reads: declarations begin at column 0 of a namespace, and
members are indented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

# Page, title, headers, in the order in which a reader meets them.
PAGES = {
    "cpp": ("C++ API: record and report", ["session", "result", "report", "html", "scope", "torch/watch", "torch/scoped",
            "torch/nn", "torch/optim", "torch/module_call", "torch/meter", "torch/meter_ranks", "meter_interval", "meter_ranks", "live", "testing", "error"]),
    "cpp-rules": ("C++ API: rules and counters", ["operator_rule", "module_rule", "work", "precision", "metrics", "plan",
                  "replay", "reuse", "peaks", "roofline", "checked"]),
    "cpp-captures": ("C++ API: captures", ["capture_reader", "capture_records", "attribution", "comparison", "executed",
                     "diagnostics", "merge", "ranks", "diff", "audit", "import"]),
}
# Headers that only include others, or that no program needs by itself.
LEFT_OUT = {"capture", "flopwatch", "torch", "wide"}

_NAME = re.compile(
    r"(?:#define (?P<macro>\w+)|(?:class|struct|enum class|enum)\s+(?:\[\[\w+\]\]\s+)?(?P<type>\w+)"
    r"|using (?P<alias>\w+)|(?P<function>operator\W+|~?\w+)\s*\(|(?P<constant>\w+)\s*(?:=|\{))"
)
# These are on the page of data losses; the macro is one of flopwatch's own.
_NOT_HERE = ("inline constexpr loss_kind ", "#define FLOPWATCH_SCOPED_IMPL_")
_AFTER_PARAMETERS = re.compile(r"\)\s*(?:(?:const|noexcept(?:\([^()]*\))?|override|final|&+|->\s*[\w:<>,&* ]+)\s*)*$")
_INITIALISERS = re.compile(r"\s*:\s*\w+(?:<[^>]*>)?[({].*$", re.DOTALL)


@dataclass
class Declaration:
    name: str
    comment: list[str]
    code: list[str]


@dataclass
class Header:
    comment: list[str] = field(default_factory=list)
    declarations: list[Declaration] = field(default_factory=list)


def name_of(code: str) -> str:
    code = re.sub(r"\[\[[^]]*\]\]\s*|template <[^{;]*?>\n", "", code)
    code = re.sub(r"^(?:inline |constexpr |explicit |static )+", "", code)
    found = _NAME.search(code)
    return next((group.strip() for group in found.groups() if group), "") if found else ""


def end_of(lines: list[str], begin: int) -> int:
    """The line after the declaration that begins in line `begin`."""
    depth, number = 0, begin
    while number < len(lines):
        line = re.sub(r'"(?:\\.|[^"\\])*"|//.*', "", lines[number])
        depth += sum(line.count(c) for c in "({") - sum(line.count(c) for c in ")}")
        number += 1
        if lines[begin].startswith("#define"):
            if not lines[number - 1].endswith("\\"):
                return number
        elif depth == 0 and line.rstrip().endswith((";", "}")):
            return number
    return number


def without_bodies(code: str) -> str:
    """The declarations alone: the body of each function is left out."""
    out, position = "", 0
    while position < len(code):
        character = code[position]
        last_line = out[out.rfind("\n") + 1 :]
        if character == "{" and "//" not in last_line:
            begins_at = max(out.rfind(c) for c in ";}") + 1
            head = out[begins_at:]
            plain = _INITIALISERS.sub("", head) if re.search(r"\)\s*(?:noexcept\s*)?:\s*\w+", head) else head
            if _AFTER_PARAMETERS.search(plain.rstrip()) and "= " not in plain[plain.rfind(")") :]:
                depth = 0
                while True:
                    depth += {"{": 1, "}": -1}.get(code[position], 0)
                    position += 1
                    if depth == 0:
                        break
                out = out[:begins_at] + plain.rstrip() + ";"
                continue
        out += character
        position += 1
    return out


def public(code: list[str]) -> list[str]:
    """Without what no user writes: private members, friends, deleted functions."""
    out: list[str] = []
    private = code[0].startswith("class")
    lines = iter(code)
    out.append(next(lines))
    for line in lines:
        if re.fullmatch(r" (public|private|protected):", line):
            private = line != " public:"
            continue
        if line.startswith("}"):
            private = False
        if private or re.match(r"\s+friend |.*= delete;$", line):
            continue
        out.append(line)
    return [line for line, following in zip(out, [*out[1:], ""]) if line.strip() or following.strip() not in ("", "};")]


def tidy(code: list[str]) -> list[str]:
    if code[0].startswith("#define"):
        return [re.sub(r"\s*\\?$", "", re.match(r"#define \w+(?:\([^)]*\))?", code[0])[0])]  # type: ignore[index]
    text = without_bodies("\n".join(code)).replace("[[nodiscard]] ", "").replace("///<", "//").replace("/// ", "// ")
    lines = text.replace("///\n", "//\n").split("\n")
    if re.match(r"(template.*\n)?(class|struct)", text):
        lines = public(lines)
    return lines


def read(text: str) -> Header:
    header, lines, number = Header(), text.split("\n"), 0
    spaces: list[str] = []
    comment: list[str] = []
    while number < len(lines):
        line = lines[number]
        if line.startswith("///"):
            comment.append(line[3:].removeprefix(" "))
            number += 1
            continue
        if not line.strip() or line.startswith(("// ", "//")):
            if comment and comment[0].strip() == "\\file":
                header.comment = comment[1:]
            comment = []
            number += 1
        elif (opened := re.match(r"(?:inline )?namespace ([\w:]+) \{", line)) is not None:
            spaces.append(opened[1])
            comment, number = [], number + 1
        elif line.startswith("}"):
            if spaces:
                spaces.pop()
            number += 1
        elif line.startswith("#") and not line.startswith("#define FLOPWATCH_"):
            number += 1
        else:
            end = end_of(lines, number)
            hidden = any("detail" in space for space in spaces) or line.startswith(_NOT_HERE)
            forward = re.match(r"(?:class|struct|enum class) \w+;$", line) is not None
            if not hidden and not forward and not (line.startswith("#define") and not comment):
                code = tidy(lines[number:end])
                inner = [space for space in spaces if space != "flopwatch"]
                name = "::".join([*(s.removeprefix("flopwatch::") for s in inner), name_of("\n".join(code))])
                header.declarations.append(Declaration(name, comment, code))
            comment, number = [], end
    return header


def prose(comment: list[str]) -> list[str]:
    """A comment as Markdown, with an empty line after it."""
    text = "\n".join(comment)
    text = re.sub(r"\s*\\throws (\w+)", r"\n\n**Throws** `\1`", text)
    text = re.sub(r"\s*\\return\s", "\n\n**Returns** ", text)
    text = text.replace("] [", "] \\[")  # shapes, not a reference
    out: list[str] = []
    for line in text.split("\n"):
        # A list needs an empty line before it.
        item = re.match(r"- |\d+\. ", line)
        if item and out and out[-1].strip() and not re.match(r"- |\d+\. |  ", out[-1]):
            out.append("")
        out.append(re.sub(r"^ {2,3}(?=\S)", "    ", line))
    return [*out, ""] if text else []


def is_plain(declaration: Declaration) -> bool:
    """Needs no heading: an alias or a constant that says all by itself."""
    return not declaration.comment and declaration.code[0].startswith(("using ", "inline constexpr "))


def section(name: str, header: Header) -> list[str]:
    lines = [f"## flopwatch/{name}.hpp", "", *prose(header.comment)]
    previous: Declaration | None = None
    for declaration in header.declarations:
        if previous is not None and not declaration.comment and (
            declaration.name == previous.name or is_plain(declaration) and is_plain(previous)
        ):
            lines[-2:-2] = declaration.code
        else:
            if not is_plain(declaration):
                lines += [f"### {declaration.name}", ""]
            lines += [*prose(declaration.comment), "```cpp", *declaration.code, "```", ""]
        previous = declaration
    return lines


def page(name: str, include: Path) -> str:
    title, headers = PAGES[name]
    others = ", ".join(f"[{PAGES[other][0].partition(': ')[2]}]({other}.md)" for other in PAGES if other != name)
    lines = [f"# {title}", "",
             "Each declaration with its contract, cut from `include/flopwatch`; all of it is in namespace `flopwatch`.",
             f"[flopwatch in C++](../cpp.md) shows how it is used. Other pages: {others}.", ""]
    for header in headers:
        lines += section(header, read((include / "flopwatch" / f"{header}.hpp").read_text()))
    return "\n".join(lines) + "\n"
