# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Reads the text of a graph, which compiled objects keep: those from a cache, and those compiled before flopwatch."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import torch
from torch.utils._dtype_abbrs import dtype_abbrs

from .flex import mask_of
from .node import Node, in_schema_order, operator_name
from .sizes import Sym, Tensor

_DTYPES = {text: dtype for dtype, text in dtype_abbrs.items()}
_TENSOR = re.compile(r"(\w+)\[(.*?)\](?:\[.*\])?\w*(?::\d+)?$")


class Unreadable(Exception):
    """The text is no graph as this version of PyTorch prints it."""


def _split(text: str) -> Iterator[str]:
    """At the commas outside parentheses."""
    depth, start = 0, 0
    for i, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            yield text[start:i].strip()
            start = i + 1
    if text[start:].strip():
        yield text[start:].strip()


def parse_value(annotation: str) -> Any:
    """What is printed beside a name: "f32[64, s77][s77, 1]cpu", "Sym(s77)"."""
    if annotation.startswith("Sym("):
        text = annotation[4:-1]
        return int(text) if text.isdigit() else Sym(text)
    found = _TENSOR.match(annotation)
    if found is None or found[1] not in _DTYPES:
        return ...
    sizes = tuple(int(s) if s.isdigit() else Sym(s) for s in _split(found[2]))
    return Tensor(_DTYPES[found[1]], sizes)


def _resolve(target: ast.expr) -> object:
    """The operator of "torch.ops.aten.mm.default"; None for anything else."""
    names: list[str] = []
    while isinstance(target, ast.Attribute):
        names.append(target.attr)
        target = target.value
    if not isinstance(target, ast.Name) or target.id != "torch" or names[-1:] != ["ops"]:
        return None
    found: Any = torch.ops
    for name in reversed(names[:-1]):
        found = getattr(found, name)
    return found


class PrintedGraph:
    """The outermost graph of a printed module. Raises Unreadable."""

    def __init__(self, text: str) -> None:
        try:
            module = ast.parse(text.replace("class <lambda>", "class _Graph"))
            graph = next(item for item in module.body if isinstance(item, ast.ClassDef))
            forward = next(item for item in graph.body if isinstance(item, ast.FunctionDef))
        except (SyntaxError, StopIteration) as error:
            raise Unreadable("the printed graph cannot be parsed") from error
        self.has_graphs_inside = any(isinstance(item, ast.ClassDef) for item in graph.body) or len(module.body) > 1
        self._values: dict[str, Any] = {}
        self.placeholders: list[Any] = []
        self._inputs: dict[str, int] = {}
        for argument in forward.args.args[1:]:
            self._inputs[argument.arg] = len(self.placeholders)
            self.placeholders.append(self._know(argument.arg, argument.annotation))
        self.nodes: list[Node] = []
        self.put_together: list[str] = []
        """Nodes with tensors that are no operators, but functions of the compiler's."""
        self.masks: dict[str, Any] = {}
        """Of the nodes of flex_attention, by name."""
        for statement in forward.body:
            if isinstance(statement, ast.AnnAssign | ast.Assign):
                self._read(statement)

    def _know(self, name: str, annotation: ast.expr | None) -> Any:
        value = ...
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            value = parse_value(annotation.value)
        self._values[name] = value
        return value

    def _read(self, statement: ast.AnnAssign | ast.Assign) -> None:
        target = statement.target if isinstance(statement, ast.AnnAssign) else statement.targets[0]
        if not isinstance(target, ast.Name) or isinstance(statement.value, ast.Constant):
            return  # "relu = None": it is not needed any more
        self._know(target.id, statement.annotation if isinstance(statement, ast.AnnAssign) else None)
        call = statement.value
        if not isinstance(call, ast.Call):
            return
        try:
            operator = _resolve(call.func)
        except AttributeError as error:  # of a library that is not loaded
            raise Unreadable(f"there is no operator {ast.unparse(call.func)}") from error
        base, overload = operator_name(operator)
        if not base:
            if isinstance(self._values[target.id], Tensor):
                self.put_together.append(target.id)
            return
        kwargs = {k.arg: k.value for k in call.keywords if k.arg is not None}
        args = in_schema_order(operator, call.args, kwargs, self._argument)
        reads = tuple(item.id for a in call.args for item in ast.walk(a) if isinstance(item, ast.Name))
        self.nodes.append(Node(target.id, base, overload, args, reads=reads))
        if base.startswith("higher_order::flex_attention"):
            self.masks[target.id] = self._mask(call)

    def _mask(self, call: ast.Call) -> Any:
        for argument in call.args:
            if isinstance(argument, ast.Tuple) and len(argument.elts) >= 12:
                items = [e.value if isinstance(e, ast.Constant) else e for e in argument.elts]
                return mask_of(items, lambda v: self._inputs.get(v.id) if isinstance(v, ast.Name) else None)
        return None

    def _argument(self, value: Any) -> Any:
        if not isinstance(value, ast.expr):
            return _default(value)
        if isinstance(value, ast.Name):
            return self._values.get(value.id, float(value.id) if value.id in ("inf", "nan") else ...)
        if isinstance(value, ast.List | ast.Tuple):
            return [self._argument(v) for v in value.elts]
        if isinstance(value, ast.Attribute):
            dtype = getattr(torch, value.attr, None)
            return dtype if isinstance(dtype, torch.dtype) else ...
        try:
            return _default(ast.literal_eval(value))
        except ValueError:
            return ...


def _default(value: Any) -> Any:
    if isinstance(value, list):
        return [_default(v) for v in value]
    return value if value is None or isinstance(value, bool | int | float | torch.dtype) else ...
