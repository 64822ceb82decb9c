# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The small faults that mutate.py puts into a C++ or Python file, one at a time.

Only tokens change: nothing inside comments, strings, includes and other preprocessor lines.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Mutant(NamedTuple):
    kind: str
    start: int  # characters start..end of the file become `new`
    end: int
    new: str

    def applied_to(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]


class Token(NamedTuple):
    text: str
    start: int
    spaced: bool  # white space on both sides: a binary operator in formatted code, no `<` of a template

    @property
    def end(self) -> int:
        return self.start + len(self.text)


class Swap(NamedTuple):
    kind: str
    old: str
    new: str
    spaced: bool = True


_BOTH = (
    Swap("boundary", "<", "<="), Swap("boundary", "<=", "<"), Swap("boundary", ">", ">="), Swap("boundary", ">=", ">"),
    Swap("comparison", "==", "!="), Swap("comparison", "!=", "=="),
    Swap("arithmetic", "+", "-"), Swap("arithmetic", "-", "+"),
    Swap("arithmetic", "*", "+"), Swap("arithmetic", "%", "*"),
    Swap("arithmetic", "+=", "-="), Swap("arithmetic", "-=", "+="), Swap("arithmetic", "*=", "+="),
    Swap("extreme", "min", "max", False), Swap("extreme", "max", "min", False),
)  # fmt: skip
SWAPS = {
    "c++": _BOTH + (
        Swap("arithmetic", "/", "*"),
        Swap("logic", "&&", "||"), Swap("logic", "||", "&&"), Swap("negation", "!", "", False),
        Swap("arithmetic", "++", "--", False), Swap("arithmetic", "--", "++", False),
        Swap("constant", "true", "false", False), Swap("constant", "false", "true", False),
        Swap("extreme", "any_of", "all_of", False), Swap("extreme", "all_of", "any_of", False),
        Swap("jump", "continue", "break", False), Swap("jump", "break", "continue", False),
    ),
    "python": _BOTH + (
        Swap("arithmetic", "/", "*"), Swap("arithmetic", "//", "*"),
        Swap("logic", "and", "or"), Swap("logic", "or", "and"), Swap("negation", "not", "", False),
        Swap("constant", "True", "False", False), Swap("constant", "False", "True", False),
        Swap("extreme", "any", "all", False), Swap("extreme", "all", "any", False),
        Swap("jump", "continue", "break", False), Swap("jump", "break", "continue", False),
    ),
}  # fmt: skip

_WORD = r"[A-Za-z_]\w*"
_NUMBER = r"\.?\d(?:[eEpP][+-]|['\w.])*"
_TOKENS = {
    "c++": re.compile(
        r"//[^\n]*|/\*.*?\*/"
        r"|^[ \t]*#(?:[^\n\\]|\\.)*"
        r'|(?:u8|[uUL])?R"(?P<raw>[^(\s]*)\(.*?\)(?P=raw)"'
        r'|(?:u8|[uUL])?"(?:[^"\\\n]|\\.)*"'
        r"|(?:u8|[uUL])?'(?:[^'\\\n]|\\.)+'"
        rf"|(?P<token>{_WORD}|{_NUMBER}|<=>|<<=|>>=|->|::|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%&|^]=|<<|[^\w\s])",
        re.DOTALL | re.MULTILINE,
    ),
    "python": re.compile(
        r"#[^\n]*"
        r"|[A-Za-z]{0,2}(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?''')"
        r"|[A-Za-z]{0,2}(?:\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
        rf"|(?P<token>{_WORD}|{_NUMBER}|\*\*=?|//=?|->|<=|>=|==|!=|:=|[-+*/%&|^]=|<<|>>|[^\w\s])",
        re.DOTALL,
    ),
}


def language_of(name: str) -> str | None:
    suffix = name.rpartition(".")[2]
    return "python" if suffix == "py" else "c++" if suffix in ("cpp", "hpp", "cc", "h", "cu", "cuh") else None


def tokens_of(text: str, language: str) -> list[Token]:
    found = []
    for match in _TOKENS[language].finditer(text):
        if match["token"] is None:
            continue
        around = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
        found.append(Token(match["token"], match.start(), len(around) == 2 and around.isspace()))
    return found


def mutants_of(text: str, language: str) -> list[Mutant]:
    """Every mutant of the file, by position; each differs from the file and from the others."""
    tokens = tokens_of(text, language)
    finders: list[Callable[[str, list[Token]], Iterator[Mutant]]] = [_constants]
    finders += [_cxx_conditions, _cxx_statements] if language == "c++" else [_python_statements]
    found = [*_swaps(tokens, language), *(mutant for find in finders for mutant in find(text, tokens))]
    changed = {mutant[1:]: mutant for mutant in found if text[mutant.start : mutant.end] != mutant.new}
    return sorted(changed.values(), key=lambda mutant: mutant[1:])


def _swaps(tokens: list[Token], language: str) -> Iterator[Mutant]:
    for token in tokens:
        for swap in SWAPS[language]:
            if token.text == swap.old and (token.spaced or not swap.spaced):
                yield Mutant(swap.kind, token.start, token.end, swap.new)


def _constants(_text: str, tokens: list[Token]) -> Iterator[Mutant]:
    for token in tokens:
        if re.fullmatch(r"\d+", token.text):
            yield Mutant("constant", token.start, token.end, str(int(token.text) + 1))


def _closing(tokens: list[Token], opening: int) -> int:
    """The position of the bracket that closes the one at `opening`; the end where none does."""
    depth = 0
    for position in range(opening, len(tokens)):
        depth += (tokens[position].text in "([{") - (tokens[position].text in ")]}")
        if depth == 0:
            return position
    return len(tokens)


def _cxx_conditions(text: str, tokens: list[Token]) -> Iterator[Mutant]:
    for position, token in enumerate(tokens[:-1]):
        if token.text not in ("if", "while") or tokens[position + 1].text != "(":
            continue
        closing = _closing(tokens, position + 1)
        if closing == len(tokens):
            continue
        inside = tokens[position + 1 : closing]
        start, end = [inside[0], *(t for t in inside if t.text == ";")][-1].end, tokens[closing].start
        if any(t.text == "=" and t.start > start for t in inside):
            continue  # a declaration cannot be negated
        condition = text[start:end].strip()
        if not re.fullmatch(r"![^&|]*", condition):  # that is a negation already
            yield Mutant("condition", end - len(condition), end, f"!({condition})")


# What begins a statement that cannot be left out, or is none.
_NO_CALL = frozenset(
    "return if else for while do switch case default break continue throw try catch using typedef namespace template "
    "class struct enum public private protected static constexpr consteval inline virtual explicit friend extern auto "
    "const operator goto new delete co_return static_assert".split()
)

_EMPTY = ("", "{}", "std::nullopt", "nullptr", "false", "0", '""')  # what `return {}` gives


def _cxx_statements(text: str, tokens: list[Token]) -> Iterator[Mutant]:
    for position, token in enumerate(tokens[:-1]):
        begins = position > 0 and tokens[position - 1].text in (";", "{", "}", ")", "else")
        end = _statement_end(tokens, position) if begins else None
        if end is None:
            continue
        value = text[tokens[position + 1].start : tokens[end].start]
        if token.text == "return" and value not in _EMPTY:
            yield Mutant("return", tokens[position + 1].start, tokens[end].start, "{}")
        if re.fullmatch(_WORD, token.text) and token.text not in _NO_CALL and _is_call(tokens, position):
            yield Mutant("statement", token.start, tokens[end].start, "")


def _is_call(tokens: list[Token], position: int) -> bool:
    """A call or an assignment begins here, not a declaration."""
    while tokens[position + 1].text == "::":
        position += 2
    following = tokens[position + 1].text
    return following in ("(", ".", "->", "[", "=", "++", "--") or bool(re.fullmatch(r"[-+*/%&|^]=", following))


def _statement_end(tokens: list[Token], begin: int) -> int | None:
    position = begin
    while position < len(tokens):
        text = tokens[position].text
        if text == ";":
            return position
        if text in "([{":
            position = _closing(tokens, position)
        elif text in ")]}":
            return None
        position += 1
    return None


def _python_statements(text: str, _tokens: list[Token]) -> Iterator[Mutant]:
    tree = ast.parse(text)
    begins = [0]
    for line in text.splitlines(keepends=True):
        begins.append(begins[-1] + len(line.encode()))
    encoded = text.encode()

    def place(node: ast.AST) -> tuple[int, int]:
        ends = ((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))
        return tuple(len(encoded[: begins[line - 1] + column].decode()) for line, column in ends)

    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in (inner for outer in ast.walk(tree) if isinstance(outer, functions) for inner in ast.walk(outer)):
        if isinstance(node, (ast.If, ast.While, ast.IfExp)):
            start, end = place(node.test)
            yield Mutant("condition", start, end, f"(not ({text[start:end]}))")
        elif isinstance(node, ast.Return) and node.value is not None:
            yield Mutant("return", *place(node.value), "None")
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Raise)) or _calls(node):
            yield Mutant("statement", *place(node), "pass")


def _calls(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
