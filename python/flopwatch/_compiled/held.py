# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Reads what a compiled object still holds of its graph: the text of the graph, and of the code that was generated."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from .node import Node
from .printed import PrintedGraph, Unreadable
from .reading import FLEX, TAKEN_APART, Reading, call_of, candidates, is_product, read_nodes
from .region import Region
from .sizes import sources_of
from .source import is_cut_off, kernels, library_calls, mentions, region_name

_PRODUCTS_OF_LIBRARIES = frozenset(("mm", "addmm", "bmm", "baddbmm", "convolution"))


def _last_name(base: str) -> str:
    return base.rpartition("::")[2]


def _with_libraries(nodes: list[Node], called: Counter[str], products_generated: bool) -> list[Node]:
    """Marks the nodes that libraries run. Raises Unreadable where of two alike one is run so and one generated."""
    of_name = Counter(_last_name(n.base) for n in nodes)
    products = [n for n in nodes if is_product(n.base, n.overload)]
    names = {_last_name(n.base) for n in products} | _PRODUCTS_OF_LIBRARIES
    # A library's product need not have the node's name: a convolution can be a matrix product.
    all_in_libraries = not products_generated and sum(called[name] for name in names) >= len(products)
    marked = []
    for node in nodes:
        name = _last_name(node.base)
        if all_in_libraries and node in products:
            marked.append(replace(node, library=True))
            continue
        if 0 < called[name] < of_name[name]:
            raise Unreadable(f"{node.base} is called from a library in part")
        marked.append(replace(node, library=called[name] > 0))
    return marked


def read_held(compiled: Any) -> Region:
    """`compiled`: a CompiledFxGraph. Never raises: what cannot be read is missing from the region, which says so."""
    source = getattr(compiled, "source_code", None) or ""
    name = region_name(source)
    try:
        graph = PrintedGraph(getattr(compiled, "inductor_post_grad_graph_str", None) or "")
        return Region(name, _read(graph, source), sources_of(graph.placeholders))
    except Exception as error:
        why = str(error) if isinstance(error, Unreadable) else f"its graph cannot be read: {error}"
        return Region(name, Reading(missing=[why]))


def _taken_apart(nodes: list[Node], made_of: set[str], any_cut_off: bool) -> list[Node]:
    """Says of what product a multiplication and its sum are parts. `made_of`: the operators that kernels were made of.

    Raises Unreadable where that cannot be told from the program's own multiplications.
    """
    own = candidates(nodes)
    hints = {base for base in TAKEN_APART if _last_name(base) in made_of}
    if not own or not (hints or any_cut_off):
        return nodes
    not_in_one_piece = {base for base in hints if all(n.library for n in nodes if n.base == base)}
    if len(own) > 1 or any_cut_off or not not_in_one_piece:
        raise Unreadable("a product that was taken apart cannot be told from the program's own multiplications")
    product = min(not_in_one_piece)
    sums = [n.name for n in nodes if n.base == "aten::sum" and own[0].name in n.reads]
    return [replace(n, original=product) if n is own[0] or n.name in sums else n for n in nodes]


def _read(graph: PrintedGraph, source: str) -> Reading:
    if not source:
        raise Unreadable("its code is not kept")
    names = {_last_name(n.base) for n in graph.nodes if is_product(n.base, n.overload)}
    names |= {_last_name(base) for base in TAKEN_APART}
    made = kernels(source)
    made_of = {name for name in names if any(mentions(kernel, name) for kernel in made)}
    any_cut_off = any(is_cut_off(kernel) for kernel in made)
    found = Reading()
    if graph.put_together and (made_of or any_cut_off):
        raise Unreadable(f"{graph.put_together[0]}, which the compiler put together")
    plain = []
    for node in graph.nodes:
        if node.base in FLEX:
            flex = replace(node, args=node.args[:3])
            found.calls[call_of(flex, mask=graph.masks.get(node.name))] += 1
        elif node.base.startswith("higher_order::triton_kernel_wrapper"):
            found.missing.append("a Triton kernel of the program's own")
        elif node.base.startswith("higher_order::"):
            if made_of or any_cut_off:
                raise Unreadable(f"{node.base} has generated products")
            found.without_rule.add(node.base)
        else:
            plain.append(node)
    plain = _with_libraries(plain, library_calls(source), bool(made_of) or any_cut_off)
    plain = _taken_apart(plain, made_of, any_cut_off)
    found.add(read_nodes(plain, cpp_wrapper="aoti_torch_" in source))
    return found
