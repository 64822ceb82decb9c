# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Symbolic sizes of a graph, bound to numbers when the region is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

import torch


class Sym(str):
    """A size or number as the compiler writes it: "s77", "8*s77", "(s77//2)"."""

    __slots__ = ()


@dataclass(frozen=True)
class Tensor:
    """A tensor of the graph. `sizes`: integers, and Sym where they are dynamic."""

    dtype: torch.dtype
    sizes: tuple[int | Sym, ...]


@dataclass(frozen=True)
class Source:
    """Where a symbol's value is found: the input of that index is it, or has it as the size of dimension `dim`."""

    symbol: str
    index: int
    dim: int | None


_FUNCTIONS = {
    "FloorDiv": lambda a, b: a // b,
    "CleanDiv": lambda a, b: a // b,
    "CeilDiv": lambda a, b: -(-a // b),
    "ModularIndexing": lambda a, b, c: a // b % c,
    "Mod": lambda a, b: a % b,
    "PythonMod": lambda a, b: a % b,
    "Max": max,
    "Min": min,
    "Abs": abs,
    "__builtins__": {},
}
_compiled: dict[str, CodeType] = {}


def value_of(expression: str, symbols: dict[str, int]) -> int:
    """Raises an Exception of any kind where it has no value: a symbol that depends on data, say."""
    code = _compiled.get(expression)
    if code is None:
        code = _compiled[expression] = compile(expression, "<size>", "eval")
    return int(eval(code, _FUNCTIONS, symbols))


def sources_of(placeholders: Sequence[Any]) -> list[Source]:
    """`placeholders`: of each input a Tensor, a Sym, or anything else."""
    found: dict[str, Source] = {}
    for index, value in enumerate(placeholders):
        if isinstance(value, Sym) and value.isidentifier():
            found[value] = Source(value, index, None)  # the number itself is the best source
    for index, value in enumerate(placeholders):
        if not isinstance(value, Tensor):
            continue
        for dim, size in enumerate(value.sizes):
            if isinstance(size, Sym) and size.isidentifier():
                found.setdefault(size, Source(size, index, dim))
    return list(found.values())


def symbol_values(sources: Sequence[Source], inputs: Sequence[Any]) -> tuple[int, ...]:
    return tuple(int(inputs[s.index]) if s.dim is None else inputs[s.index].size(s.dim) for s in sources)


def bind(value: Any, symbols: dict[str, int]) -> Any:
    """An argument of a call as the compiled part takes it: numbers for symbols, (dtype, sizes) for tensors."""
    if isinstance(value, Sym):
        return value_of(value, symbols)
    if isinstance(value, Tensor):
        return (value.dtype, [bind(size, symbols) for size in value.sizes])
    if isinstance(value, list):
        return [bind(item, symbols) for item in value]
    return value
