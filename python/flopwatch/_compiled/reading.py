# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""From the nodes of a graph to the calls that its generated code makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._load import native
from .node import Node
from .sizes import Tensor

# What the compiler takes apart into an elementwise multiplication and a sum, where a size is 1 or an operand a vector.
TAKEN_APART = frozenset(
    f"aten::{name}" for name in ("mm", "addmm", "bmm", "baddbmm", "addbmm", "mv", "addmv", "dot", "vdot")
)
FLEX = ("higher_order::flex_attention", "higher_order::flex_attention_backward")


@dataclass(frozen=True)
class Call:
    """One kind of call: RegionWork takes it so, once its sizes are bound."""

    base: str
    overload: str
    decomposed: bool
    args: tuple[Any, ...]
    mask: Any = None
    """A BlockMask's place among the inputs of the region (flex.Mask)."""


@dataclass
class Reading:
    """What the generated code of one graph does in a run."""

    calls: Counter[Call] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    """What may have products and could not be read, in words."""
    by_shims: Counter[Call] = field(default_factory=Counter)
    """Products of libraries that a C++ wrapper calls: the dispatcher sees those that the shim hands on to it."""
    without_rule: set[str] = field(default_factory=set)
    """Operators whose arithmetic, other than products, has no rule."""

    def add(self, other: Reading) -> None:
        self.calls.update(other.calls)
        self.by_shims.update(other.by_shims)
        self.missing += other.missing
        self.without_rule |= other.without_rule


def _hashable(value: Any) -> Any:
    return tuple(_hashable(v) for v in value) if isinstance(value, list) else value


def thawed(value: Any) -> Any:
    """Lists were made tuples, so that calls can be compared."""
    return [thawed(v) for v in value] if isinstance(value, tuple) else value


def call_of(node: Node, *, decomposed: bool = False, mask: Any = None) -> Call:
    return Call(node.base, node.overload, decomposed, tuple(_hashable(a) for a in node.args), mask)


def is_product(base: str, overload: str = "") -> bool:
    return bool(native.operator_class(base, overload) == "product")


def _factors(node: Node) -> bool:
    """A multiplication of two tensors, of which neither is a number in a tensor."""
    return node.base == "aten::mul" and all(isinstance(a, Tensor) and len(a.sizes) > 0 for a in node.args[:2])


def read_nodes(nodes: Iterable[Node], *, cpp_wrapper: bool = False) -> Reading:
    """Nodes of a graph without higher-order operators, of which those that libraries run are marked."""
    found = Reading()
    for node in nodes:
        if cpp_wrapper and node.library and is_product(node.base, node.overload):
            found.by_shims[call_of(node)] += 1
        if node.library or not node.base:
            continue
        if node.original in TAKEN_APART and node.base != node.original:
            if _factors(node):
                whole = Node(node.name, node.original, "", node.args[:2])
                found.calls[call_of(whole, decomposed=True)] += 1
                continue
            if node.base == "aten::sum":  # of the products: part of their multiply-adds
                continue
        kind = native.operator_class(node.base, node.overload)
        if kind in ("product", "other"):
            found.calls[call_of(node)] += 1
        elif kind != "none":
            found.without_rule.add(node.base)
    return found


def candidates(nodes: Sequence[Node]) -> list[Node]:
    """Multiplications as the compiler writes a product that it takes apart: summed, or of a column and a row."""
    summed = {name for node in nodes if node.base == "aten::sum" for name in node.reads}
    found = []
    for node in nodes:
        if not _factors(node):
            continue
        a, b = node.args[0].sizes, node.args[1].sizes
        if node.name in summed or (len(a) == len(b) and len(a) > 1 and a[-1] == 1 and b[-2] == 1):
            found.append(node)
    return found
