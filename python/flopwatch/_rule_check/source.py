# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A polynomial as the text of a rule for `custom_ops`, and that text as a function."""

from __future__ import annotations

import itertools
import linecache
import math
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .polynomial import Polynomial
from .workload import Case, Sizes

_MOST_UNPACKED = 5  # dimensions in `B, N, C = x[0].shape`
_WIDTH = 100
_BY_WORDS: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
_serial = itertools.count(1)


@dataclass(frozen=True)
class Seen:
    """What a rule could read the sizes from in one case: expressions in m and x, and their values."""

    sizes: Sizes
    shapes: dict[str, tuple[int, ...]]
    numbers: dict[str, int]


def look(case: Case) -> Seen:
    """Only the positional arguments: thop shows no others to a rule."""
    shapes: dict[str, tuple[int, ...]] = {}
    numbers: dict[str, int] = {}
    for expression, value in _leaves("x", case.args):
        if isinstance(value, torch.Tensor):
            shapes[expression] = tuple(value.shape)
        else:
            numbers[expression] = value
    for path, module in case.module.named_modules():
        for name, value in vars(module).items():
            if not name.startswith("_"):
                for expression, number in _leaves(f"{_module_expression(path)}.{name}", value):
                    if not isinstance(number, torch.Tensor):
                        numbers[expression] = number
    return Seen(case.sizes, shapes, numbers)


def _leaves(expression: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Tensors and whole numbers, in tuples and lists too."""
    if isinstance(value, torch.Tensor) or (isinstance(value, int) and not isinstance(value, bool)):
        yield expression, value
    elif isinstance(value, tuple | list) and not isinstance(value, nn.Module):
        for i, item in enumerate(value[:8]):
            yield from _leaves(f"{expression}[{i}]", item)


def _module_expression(path: str) -> str:
    if not path:
        return "m"
    plain = all(part.isidentifier() for part in path.split("."))
    return f"m.{path}" if plain else f"m.get_submodule({path!r})"


@dataclass(frozen=True)
class SizeLines:
    """`lines` of the rule that set the sizes, and those of them that the caller must give."""

    lines: tuple[str, ...]
    parameters: tuple[str, ...]


def size_lines(names: Sequence[str], seen: Sequence[Seen], local: dict[str, str]) -> SizeLines:
    """An expression for every size in `names` that equals it in every case: a dimension of an input first, then a
    number among the inputs, then an attribute of the module."""
    missing = list(names)
    lines: list[str] = []
    for expression in _everywhere(seen, lambda s: s.shapes):
        found = _dimensions(expression, missing, seen)
        if found:
            lines.append(_shape_line(expression, len(seen[0].shapes[expression]), found, local))
            missing = [name for name in missing if name not in found.values()]
    for expression in _everywhere(seen, lambda s: s.numbers):
        for name in missing:
            if all(s.numbers[expression] == s.sizes[name] for s in seen):
                lines.append(f"{local[name]} = {expression}")
                missing.remove(name)
                break
    return SizeLines(tuple(lines), tuple(missing))


def _everywhere(seen: Sequence[Seen], part: Callable[[Seen], dict[str, Any]]) -> list[str]:
    return [expression for expression in part(seen[0]) if all(expression in part(s) for s in seen)]


def _dimensions(expression: str, names: Sequence[str], seen: Sequence[Seen]) -> dict[int, str]:
    """Dimension -> the size that it always equals, each size once."""
    found: dict[int, str] = {}
    ranks = {len(s.shapes[expression]) for s in seen}
    if len(ranks) == 1:
        for dim in range(ranks.pop()):
            for name in names:
                if name not in found.values() and all(s.shapes[expression][dim] == s.sizes[name] for s in seen):
                    found[dim] = name
                    break
    return found


def _shape_line(expression: str, rank: int, found: dict[int, str], local: dict[str, str]) -> str:
    if rank > 1 and (len(found) == rank or (len(found) > 1 and rank <= _MOST_UNPACKED)):
        left = ", ".join(local[found[dim]] if dim in found else "_" for dim in range(rank))
        return f"{left} = {expression}.shape"
    return "; ".join(f"{local[name]} = {expression}.shape[{dim}]" for dim, name in found.items())


def rule_source(
    name: str,
    type_name: str,
    polynomial: Polynomial,
    seen: Sequence[Seen],
    lacking: Sequence[str],
    fixed: Mapping[str, int] | None = None,
) -> str:
    """The text of a function `name(m, x, y)` that adds the polynomial to `m.total_ops`, in MACs. It raises ValueError
    where a size of `fixed` that it can read has another value, and where no whole number results."""
    local = {size: f"{size}_size" if size in ("m", "x", "y") else size for size in polynomial.names}
    used = polynomial.used_names()
    sizes = size_lines([size for size in polynomial.names if size in used or size in (fixed or {})], seen, local)
    given = [local[size] for size in sizes.parameters if size in used]
    comments = [
        f"MACs of one forward of {type_name}: {polynomial}",
        f"Agrees with the operators that ran for {_ranges(polynomial.names, seen)}.",
        *(f"NOT counted, so this is too small: {text}" for text in lacking),
    ]
    if given:
        passed = ", ".join(f"{size}={size}" for size in given)
        comments.append(
            f"No input and no attribute of the module holds {', '.join(given)}: give it, for example in "
            f"custom_ops={{{type_name}: lambda m, x, y: {name}(m, x, y, {passed})}}"
        )
    lines = [f"def {name}({', '.join(['m', 'x', 'y', *(['*', *given] if given else [])])}):"]
    for comment in comments:
        lines += textwrap.wrap(comment, _WIDTH, initial_indent="    # ", subsequent_indent="    #   ", **_BY_WORDS)
    lines += [f"    {line}" for line in sizes.lines]
    for size, only in (fixed or {}).items():
        if size not in sizes.parameters:
            message = f"the rule was found for {size} = {only} alone, not {{{local[size]}}}: infer it with more sizes"
            lines += _raise_if(f"{local[size]} != {only}", message)
    return "\n".join(lines + _added(polynomial, local, _ranges(used, seen))) + "\n"


def _added(polynomial: Polynomial, local: Mapping[str, str], holds: str) -> list[str]:
    """Adds the MACs to the module's sum, or raises where they are no whole number."""
    below = polynomial.denominator()
    if below == 1:
        return _sum_lines("    m.total_ops += ", polynomial.python(local))
    amount = next(name for name in ("macs", "macs_", "macs__") if name not in local.values())
    values = ", ".join(f"{size}={{{local[size]}}}" for size in polynomial.used_names())
    return [
        *_sum_lines(f"    {amount} = ", polynomial.times(below).python(local)),
        *_raise_if(f"{amount} % {below}", f"no whole number of MACs at {values}: the rule was found for {holds}"),
        f"    m.total_ops += {amount} // {below}",
    ]


def _raise_if(condition: str, message: str) -> list[str]:
    return [f"    if {condition}:", f'        raise ValueError(f"{message}")']


def _sum_lines(start: str, expression: str) -> list[str]:
    """One statement, over several lines between its terms where it is long."""
    if len(start + expression) <= _WIDTH:
        return [start + expression]
    terms = re.split(r" (?=[+-] )", f"({expression})")
    lines = [start + terms[0]]
    for term in terms[1:]:
        if len(lines[-1]) + 1 + len(term) > _WIDTH:
            lines.append(f"        {term}")
        else:
            lines[-1] += f" {term}"
    return lines


def _ranges(names: Iterable[str], seen: Sequence[Seen]) -> str:
    """`B 2 to 14, C 24 to 180 in steps of 12`: the values at which the module was counted."""
    texts = []
    for name in names:
        values = sorted({s.sizes[name] for s in seen})
        step = math.gcd(*(value - values[0] for value in values))
        text = f"{name} = {values[0]}" if len(values) == 1 else f"{name} {values[0]} to {values[-1]}"
        texts.append(text + (f" in steps of {step}" if step > 1 else ""))
    return ", ".join(texts)


def default_name(type_name: str) -> str:
    """`count_multi_head_attention` for `MultiHeadAttention`"""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type_name)
    return "count_" + re.sub(r"\W+", "_", words).strip("_").lower()


def compiled(source: str, name: str) -> Callable[..., Any]:
    """The function of the text. Its lines show in tracebacks."""
    file_name = f"<flopwatch rule {next(_serial)}: {name}>"
    linecache.cache[file_name] = (len(source), None, source.splitlines(keepends=True), file_name)
    namespace: dict[str, Any] = {"__name__": "flopwatch.inferred"}
    exec(compile(source, file_name, "exec"), namespace)  # our own text, made from checked names
    function: Callable[..., Any] = namespace[name]
    return function
