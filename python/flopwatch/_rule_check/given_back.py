# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""An inferred polynomial as Python source for other counters. Each text stands alone, imports included.

A text never rounds and never guesses: it raises where the polynomial gives no whole number, where a size differs from
the only one that the rule was found for, and where dimensions of the same name differ.
"""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .._errors import UsageError
from .polynomial import Polynomial


@dataclass(frozen=True)
class Found:
    """`fixed`: the sizes that had one value only. `holds`: for which sizes the rule holds, "for sizes like B=2"."""

    name: str
    polynomial: Polynomial
    fixed: Mapping[str, int]
    holds: str

    @property
    def needed(self) -> tuple[str, ...]:
        """The sizes that a text reads: those of the polynomial, and those that it checks."""
        used = self.polynomial.used_names()
        return tuple(name for name in self.polynomial.names if name in used or name in self.fixed)


def torch_source(found: Found, operator: str, shapes: Sequence[str]) -> str:
    """torch counts FLOPs: 2 for each MAC."""
    parts = operator.split("::") if isinstance(operator, str) else []
    if len(parts) != 2 or not all(_is_name(part) for part in parts):
        raise UsageError(f"an operator is named like 'mylib::attention', without an overload, not {operator!r}")
    parameters = [f"input_{place}" for place in range(len(shapes))]
    given = [*parameters, "*rest", "out_shape=None", "**named"]
    sizes = _sizes_of(found, shapes)
    names = _Names(found, sizes, (*parameters, "rest", "out_shape", "named"))
    return (
        "import torch\nfrom torch.utils.flop_counter import register_flop_formula\n\n\n"
        f"@register_flop_formula(torch.ops.{'.'.join(parts)})\ndef {found.name}({', '.join(given)}):\n"
        + _block([_flops_comment(found), *_reads(names, sizes, parameters), *names.returned("FLOPs", "return {}")])
    )


def fvcore_source(found: Found, shapes: Sequence[str]) -> str:
    """fvcore calls one multiply-add one flop, so this returns MACs."""
    reads = [f"inputs[{place}].type().sizes()" for place in range(len(shapes))]
    sizes = _sizes_of(found, shapes)
    names = _Names(found, sizes, ("inputs", "outputs"))
    comment = f"# MACs, which fvcore calls flops: {found.polynomial}"
    return f"def {found.name}(inputs, outputs):\n" + _block(
        [comment, *_reads(names, sizes, reads), *names.returned("MACs", "return {}")]
    )


def triton_source(found: Found, width: int | None) -> str:
    """The sizes are arguments of the kernel, by their names."""
    if width not in (None, 8, 16, 32, 64):
        raise UsageError(f"width is 8, 16, 32 or 64 bits, not {width!r}")
    names = _Names(found, [found.needed], ("grid", "kernel", "args"))
    reads = [f"{names.of[size]} = args[{size!r}]" for size in found.needed]
    given = f'return {{{{"name": kernel.name, "flops{width or ""}": {{}}}}}}'
    return f"def {found.name}(grid, kernel, args):\n" + _block(
        [_flops_comment(found), *reads, *names.returned("FLOPs", given)]
    )


def jax_source(found: Found) -> str:
    """Bytes and transcendentals are not known here, so the caller gives them."""
    own = ("transcendentals", "bytes_accessed")
    names = _Names(found, [found.needed], ("pl", *own))
    given = ", ".join([*(names.of[size] for size in found.needed), "*", *own])
    estimate = "return pl.CostEstimate(flops={}, transcendentals=transcendentals, bytes_accessed=bytes_accessed)"
    return f"from jax.experimental import pallas as pl\n\n\ndef {found.name}({given}):\n" + _block(
        [_flops_comment(found), *names.returned("FLOPs", estimate)]
    )


class _Names:
    """The variables of a text. `of` maps a size to its variable: its own name, unless the text has that for itself."""

    def __init__(self, found: Found, sizes: Iterable[Iterable[str]], own: Iterable[str]) -> None:
        self._found = found
        self._taken = {*own, "ValueError"}
        if found.name in self._taken:
            raise UsageError(f"the text has {found.name!r} for itself; give infer_rule another name=")
        wanted = dict.fromkeys(size for shape in sizes for size in shape)
        self.of = {size: size for size in wanted if size not in self._taken}
        self._taken.update(self.of)
        for size in wanted:
            if size not in self.of:
                self.of[size] = self.fresh(f"{size}_size")

    def fresh(self, wanted: str) -> str:
        while wanted in self._taken:
            wanted += "_"
        self._taken.add(wanted)
        return wanted

    def returned(self, unit: str, statement: str) -> list[str]:
        """Checks of the fixed sizes, and `statement` with the exact amount in its braces."""
        lines = []
        for size, only in self._found.fixed.items():
            variable = self.of[size]
            message = f"the rule was found for {size} = {only} alone, not {{{variable}}}: infer it with more sizes"
            lines += _raise_if(f"{variable} != {only}", message)
        # Doubled before it is divided: half a MAC is a whole FLOP.
        amount = self._found.polynomial.times(2 if unit == "FLOPs" else 1)
        below = amount.denominator()
        text = amount.times(below).python(self.of)
        if below == 1:
            return [*lines, statement.format(text)]
        whole = self.fresh("amount")
        values = ", ".join(f"{size}={{{self.of[size]}}}" for size in amount.used_names())
        remedy = f"give other sizes, for the rule holds only {self._found.holds}"
        return [
            *lines,
            f"{whole} = {text}",
            *_raise_if(f"{whole} % {below}", f"no whole number of {unit} at {values}: {remedy}"),
            statement.format(f"{whole} // {below}"),
        ]


def _flops_comment(found: Found) -> str:
    return f"# FLOPs, 2 for each MAC: {found.polynomial}"


def _block(lines: Iterable[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)


def _raise_if(condition: str, message: str) -> list[str]:
    return [f"if {condition}:", f'    raise ValueError(f"{message}")']


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def _sizes_of(found: Found, shapes: Sequence[str]) -> list[list[str]]:
    """By tensor and dimension: a size, or `_` for one that no text has to read."""
    split: list[list[str]] = []
    for shape in shapes:
        if not isinstance(shape, str):
            raise UsageError(f"a shape is a text like 'B N C', not {shape!r}")
        split.append(shape.split())
        wrong = [size for size in split[-1] if not _is_name(size)]
        if wrong:
            raise UsageError(f"a shape is names with spaces between them, 'B N C', and {wrong[0]!r} is no name")
    places = Counter(size for sizes in split for size in sizes if size != "_")
    missing = [size for size in found.needed if size not in places]
    if missing:
        raise UsageError(f"no shape has the size {', '.join(missing)}; name the dimensions of each tensor: 'B N C'")
    return [[size if size in found.needed or places[size] > 1 else "_" for size in sizes] for sizes in split]


def _reads(names: _Names, shapes: Sequence[Sequence[str]], expressions: Sequence[str]) -> list[str]:
    """Lines that take each size from the first dimension that has its name, and compare the others of that name."""
    lines: list[str] = []
    read: set[str] = set()
    for tensor, (sizes, expression) in enumerate(zip(shapes, expressions, strict=True)):
        variables: list[str] = []
        checks: list[str] = []
        for dim, size in enumerate(sizes):
            if size in read:
                again, first = names.fresh(f"{names.of[size]}_{tensor}_{dim}"), names.of[size]
                variables.append(again)
                message = (
                    f"dimension {dim} of tensor {tensor} is {{{again}}}, but {size} is {{{first}}}: give the tensors "
                    "equal sizes, or call this dimension _ where the rule is written"
                )
                checks += _raise_if(f"{again} != {first}", message)
            elif size == "_":
                variables.append(size)
            else:
                read.add(size)
                variables.append(names.of[size])
        if any(variable != "_" for variable in variables):
            lines.append(f"{', '.join(variables)}{',' if len(variables) == 1 else ''} = {expression}")
        lines += checks
    return lines
