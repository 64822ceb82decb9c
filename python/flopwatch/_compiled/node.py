# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""One operator call in a compiled graph, however it was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch._ops import HigherOrderOperator, OpOverload, OpOverloadPacket


@dataclass(frozen=True)
class Node:
    """`args`: in the order of the schema, defaults filled in: Tensor, Sym, numbers, None, lists of these; `...` for
    what rules have no use for."""

    name: str
    base: str
    """"aten::mm"; "higher_order::cond" """
    overload: str
    args: tuple[Any, ...]
    original: str = ""
    """The operator that the program called, where the compiler took it apart."""
    reads: tuple[str, ...] = ()
    """Names of the nodes among its arguments."""
    library: bool = False
    """It is a call of a library or of the dispatcher, which is seen when it runs."""


def operator_of(target: object) -> object:
    """The overload that is meant where none is named; any other target as it is."""
    return getattr(target, "default", target) if isinstance(target, OpOverloadPacket) else target


def operator_name(target: object) -> tuple[str, str]:
    """("aten::mm", "") of `aten.mm.default`; ("", "") for what is no operator: arithmetic with sizes, say."""
    target = operator_of(target)
    if isinstance(target, OpOverload):
        overload = target._overloadname
        return str(target._schema.name), "" if overload == "default" else str(overload)
    if isinstance(target, HigherOrderOperator):
        return f"higher_order::{target._name}", ""
    return "", ""


def fused_product(target: object) -> OpOverload | None:
    """The product in a node that the compiler put together from a product and what follows it, to be lowered as one.

    Such a node's target is a function of the compiler's, which holds the product's operator; the node's arguments
    begin with the product's. None for anything else.
    """
    function = getattr(target, "__wrapped__", None)
    cells = getattr(function, "__closure__", None) or ()
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    held = dict(zip(names, (cell.cell_contents for cell in cells)))
    product = held.get("computation_op")
    return product if isinstance(product, OpOverload) else None


def in_schema_order(
    target: object, args: Sequence[Any], kwargs: Mapping[str, Any], convert: Callable[[Any], Any]
) -> tuple[Any, ...]:
    target = operator_of(target)
    if not isinstance(target, OpOverload):
        return tuple(convert(a) for a in args)
    values = []
    for i, argument in enumerate(target._schema.arguments):
        if i < len(args):
            value = args[i]
        elif argument.name in kwargs:
            value = kwargs[argument.name]
        else:
            value = argument.default_value
        values.append(convert(value))
    return tuple(values)


def constant(value: Any) -> Any:
    """A constant argument as rules see it."""
    if value is None or isinstance(value, bool | int | float | torch.dtype):
        return value
    return ...
