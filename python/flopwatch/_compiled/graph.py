# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Reads a graph when it has been compiled, from the compiler's own objects: nothing in it is lost or guessed."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import torch
from torch import fx
from torch._ops import HigherOrderOperator

from .flex import mask_of
from .node import Node, constant, fused_product, in_schema_order, operator_name
from .reading import FLEX, Call, Reading, call_of, is_product, read_nodes
from .region import Region
from .sizes import Sym, Tensor, sources_of

_SUBGRAPHS = ("subgraph", "true_subgraph", "false_subgraph", "cond_subgraph", "body_subgraph")
_LISTED_TYPES = ("InvokeSubgraph", "Conditional", "WhileLoop")
_USERS_KERNELS = ("higher_order::triton_kernel_wrapper_mutation", "higher_order::triton_kernel_wrapper_functional")


def _number(value: Any) -> int | Sym:
    """Asking a symbolic size for its value would make it a condition of the compiled code: its text is taken."""
    return Sym(value.node.expr) if isinstance(value, torch.SymInt) else int(value)


def _meta(value: Any) -> Any:
    """A value of the graph as an argument."""
    if isinstance(value, torch.Tensor):
        return Tensor(value.dtype, tuple(_number(s) for s in value.size()))
    if isinstance(value, torch.SymInt):
        return Sym(value.node.expr)
    return ... if value is None else constant(value)


def _argument(value: Any) -> Any:
    if isinstance(value, fx.Node):
        return _meta(value.meta.get("val"))
    if isinstance(value, list | tuple):
        return [_argument(v) for v in value]
    return Sym(value.node.expr) if isinstance(value, torch.SymInt) else constant(value)


def _read_node(node: fx.Node, library: frozenset[str], target: object) -> Node:
    base, overload = operator_name(target)
    original = operator_name(node.meta.get("original_aten"))[0]
    return Node(
        node.name,
        base,
        overload,
        in_schema_order(target, node.args, node.kwargs, _argument),
        original=original,
        library=node.name in library,
    )


def _claims(graph: Any, order: dict[str, int]) -> tuple[frozenset[str], dict[str, Any]]:
    """The nodes that became calls of libraries, and those that run graphs of their own, with what runs them.

    An operation lists the nodes that it was made from; the last of them is what it does.
    """
    from torch._inductor import ir

    library: set[str] = set()
    with_graphs: dict[str, Any] = {}
    for operation in graph.operations:
        if not isinstance(operation, ir.ExternKernel):
            continue
        own = [n for n in (operation.origin_node, *operation.origins) if n is not None and n.name in order]
        if not own:
            continue
        name = max((n.name for n in own), key=order.__getitem__)
        if type(operation).__name__ in _LISTED_TYPES:
            with_graphs[name] = operation
        elif type(operation).__name__ not in ("UserDefinedTritonKernel", "SubgraphBuffer"):
            library.add(name)
    return frozenset(library), with_graphs


def _graphs_of(operation: Any) -> Iterator[Reading]:
    for attribute in _SUBGRAPHS:
        inner = getattr(operation, attribute, None)
        if inner is not None:
            yield read_graph(inner.graph, inner.graph_module)


def _has_products(reading: Reading) -> bool:
    return any(call.decomposed or is_product(call.base) for call in reading.calls)


def _read_with_graphs(name: str, operation: Any) -> Reading:
    """A node whose own graphs run once (invoke_subgraph), in part (cond) or a number of times (while_loop)."""
    inner = list(_graphs_of(operation))
    whole = Reading()
    if type(operation).__name__ == "InvokeSubgraph":
        for reading in inner:
            whole.add(reading)
    elif type(operation).__name__ == "Conditional" and inner and all(r.calls == inner[0].calls for r in inner):
        whole.add(inner[0])
    elif any(_has_products(r) or r.missing for r in inner):
        whole.missing.append(f"{name}, which runs as often as the data says")
    else:
        whole.without_rule.add(name)
    return whole


def _read_flex(node: fx.Node, inputs: dict[fx.Node, int]) -> Call:
    mask = None
    place = next((i for i, a in enumerate(node.args) if isinstance(a, tuple) and len(a) >= 12), None)
    if place is not None:
        block_mask: Any = node.args[place]
        mask = mask_of(block_mask, lambda v: inputs.get(v) if isinstance(v, fx.Node) else None)
    base, overload = operator_name(node.target)
    tensors = tuple(_argument(a) for a in node.args[:3])
    return call_of(Node(node.name, base, overload, tensors), mask=mask)


def read_graph(graph: Any, module: fx.GraphModule) -> Reading:
    """`graph`: the GraphLowering that `module`, after all passes, was lowered by."""
    # Not those that take one of the results of another.
    calls = [n for n in module.graph.nodes if n.op == "call_function" and n.target is not operator.getitem]
    order = {node.name: i for i, node in enumerate(calls)}
    inputs = {node: i for i, node in enumerate(n for n in module.graph.nodes if n.op == "placeholder")}
    library, with_graphs = _claims(graph, order)
    plain: list[Node] = []
    found = Reading()
    for node in module.graph.nodes:
        if node.name not in order:
            continue
        base = operator_name(node.target)[0]
        if base in FLEX:
            if node.name not in library:
                found.calls[_read_flex(node, inputs)] += 1
        elif node.name in with_graphs:
            found.add(_read_with_graphs(base, with_graphs[node.name]))
        elif isinstance(node.target, HigherOrderOperator):
            if base in _USERS_KERNELS:
                found.missing.append("a Triton kernel of the program's own")
            elif base == "higher_order::associative_scan":
                found.without_rule.add(base)  # of elementwise arithmetic alone
            elif node.name not in library:
                found.missing.append(base)
        else:
            target = node.target if base else fused_product(node.target)
            if target is not None:
                plain.append(_read_node(node, library, target))
            elif node.name not in library and isinstance(node.meta.get("val"), torch.Tensor):
                found.missing.append(f"{node.name}, which the compiler put together")
    found.add(read_nodes(plain, cpp_wrapper=bool(getattr(graph, "cpp_wrapper", False))))
    if any(type(operation).__name__ == "SubgraphBuffer" for operation in graph.operations):
        found.missing.append("a product that the compiler replaced by a graph of its own")
    return found


def read_region(name: str, graph: Any, module: fx.GraphModule) -> Region:
    placeholders = [_meta(n.meta.get("val")) for n in module.graph.nodes if n.op == "placeholder"]
    return Region(name, read_graph(graph, module), sources_of(placeholders))
