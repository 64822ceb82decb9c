#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the table of weights in docs/concepts.md from the data of src/metrics/weights.cpp.

    scripts/weights_page.py [--check]

--check writes nothing and ends with 1 when the page has another table.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src/metrics/weights.cpp"
PAGE = ROOT / "docs/concepts.md"
BEGIN, END = "<!-- weights: begin (scripts/weights_page.py writes this) -->\n", "<!-- weights: end -->\n"

_STRING = r'"(?:\\.|[^"\\])*"'
_SENTENCE = re.compile(rf"constexpr auto (\w+) =\s*((?:{_STRING}\s*)+);")
_LINE = re.compile(r'\{"(\w+)", (exact|range)\((\d+),(?: (\d+),)? precision::(\w+), (\w+)\)\}')
_TABLE = re.compile(r"instruction_weight, (\d+)> table")
_TENSOR = re.compile(rf"tensor_name::parse\(metric\)\) \{{\s*return flop_weight\{{\s*(\d+),\s*(\d+),[^;]*?((?:{_STRING}\s*)+)\}};")


class Weight(NamedTuple):
    operation: str  # "ffma"
    floor: int  # FLOPs of one unit, at least
    ceiling: int
    precision: str
    proved: bool
    sentence: str


def _joined(literals: str) -> str:
    return "".join(part[1:-1] for part in re.findall(_STRING, literals))


def weights(text: str) -> list[Weight]:
    """The lines of the table of CUDA-core instructions, in its order."""
    sentences = {name: _joined(literals) for name, literals in _SENTENCE.findall(text)}
    found = [
        Weight(operation, int(floor), int(ceiling or floor), precision, kind == "exact", sentences[sentence])
        for operation, kind, floor, ceiling, precision, sentence in _LINE.findall(text)
    ]
    size = _TABLE.search(text)
    if size is None or len(found) != int(size[1]):
        raise ValueError(f"{SOURCE.name}: read {len(found)} weights of {size[1] if size else 'no'} lines")
    return found


def tensor_weight(text: str) -> tuple[int, int, str]:
    """Floor, ceiling and sentence of the one rule for tensor-core counters."""
    found = _TENSOR.search(text)
    if found is None:
        raise ValueError(f"{SOURCE.name}: the rule for tensor-core counters was not found")
    return int(found[1]), int(found[2]), _joined(found[3])


def _flops(floor: int, ceiling: int) -> str:
    return str(floor) if floor == ceiling else f"{floor} to {ceiling}"


def table(text: str) -> str:
    lines = ["| instruction, or operation | FLOPs | format | proved | why |", "|---|--:|---|---|---|"]
    for w in weights(text):
        lines.append(f"| `{w.operation.upper()}` | {_flops(w.floor, w.ceiling)} | {w.precision} | "
                     f"{'yes' if w.proved else 'no'} | {w.sentence} |")
    floor, ceiling, sentence = tensor_weight(text)
    lines.append(f"| tensor cores, one `math_op` | {_flops(floor, ceiling)} | that of the operands | yes | {sentence} |")
    return "\n".join(lines) + "\n"


def page(written: str, text: str) -> str:
    head, begin, rest = written.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} lacks the marks of the table")
    return head + BEGIN + "\n" + table(text) + "\n" + END + tail


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--source", type=Path, default=SOURCE)
    options = parser.parse_args()
    written = options.page.read_text()
    wanted = page(written, options.source.read_text())
    if not options.check:
        options.page.write_text(wanted)
        return 0
    if written == wanted:
        return 0
    print(f"{options.page.name} has not the weights of {options.source.name}: run scripts/weights_page.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
