# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Regions of backends that are not PyTorch's own.

A backend that runs the graph's operators is seen by the dispatcher. One that returns code of another kind is not:
where a graph with products ran and no product was counted, the region is named.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import MethodType, ModuleType
from typing import Any

from torch import fx

from .._load import native

_NOT_THE_DISPATCHERS = ("cudagraphs", "onnxrt", "openxla", "tensorrt", "tvm")
"""Backends of PyTorch's own, by parts of their functions' names, that run something else than operators."""
_PRODUCTS = frozenset(
    "matmul __matmul__ __rmatmul__ mm bmm addmm baddbmm addbmm mv addmv dot vdot inner linear bilinear einsum"
    " tensordot scaled_dot_product_attention multi_head_attention_forward lstm gru rnn_tanh rnn_relu"
    " conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d".split()
)


def _innermost(backend: Any) -> Any:
    """Without the wrappers that torch.compile puts around it."""
    for _ in range(8):
        for name in ("compiler_fn", "_torchdynamo_orig_backend", "_torchdynamo_orig_callable", "func"):
            inner = getattr(backend, name, None)
            if callable(inner):
                backend = inner
                break
        else:
            break
    return backend


def _name(backend: Any) -> str:
    return str(getattr(backend, "__qualname__", type(backend).__name__))


def _is_seen(backend: Any, compiled: Any) -> bool:
    """Whatever it runs is a call of the dispatcher, or a region of PyTorch's compiler."""
    owner = compiled.__self__ if isinstance(compiled, MethodType) else compiled
    if isinstance(owner, fx.GraphModule):
        return True
    home = str(getattr(backend, "__module__", None) or type(backend).__module__)
    own = home.partition(".")[0] == "torch"
    return own and not any(part in _name(backend).lower() for part in _NOT_THE_DISPATCHERS)


def _has_products(module: fx.GraphModule) -> bool:
    for graph in (m.graph for m in module.modules() if isinstance(m, fx.GraphModule)):
        for node in graph.nodes:
            target = node.target
            name = target if isinstance(target, str) else getattr(target, "__name__", "")
            if node.op == "call_module" or name.partition(".")[0] in _PRODUCTS:
                return True
    return False


def _noted(compiled: Callable[..., Any], backend: str) -> Callable[..., Any]:
    @functools.wraps(compiled, updated=())
    def run(*args: Any, **kwargs: Any) -> Any:
        if not native.recording():
            return compiled(*args, **kwargs)
        before = native.products_counted()
        output = compiled(*args, **kwargs)
        if native.products_counted() == before:
            native.region_lost("region", f"a region of the backend {backend}, which called no operator with products")
        return output

    return run


def note_other_backends(module: ModuleType) -> None:
    """`module`: torch._dynamo.output_graph, when it is imported."""
    graphs = getattr(module, "OutputGraph", None)
    compile_graph = getattr(graphs, "call_user_compiler", None)
    if graphs is None or compile_graph is None or hasattr(compile_graph, "_flopwatch"):
        return

    @functools.wraps(compile_graph)
    def call_user_compiler(self: Any, gm: fx.GraphModule, *args: Any, **kwargs: Any) -> Any:
        # Before it is compiled: the backend may change the graph.
        has_products = _has_products(gm)
        compiled = compile_graph(self, gm, *args, **kwargs)
        backend = _innermost(getattr(self, "compiler_fn", None))
        if not has_products or backend is None or _is_seen(backend, compiled):
            return compiled
        return _noted(compiled, _name(backend))

    call_user_compiler._flopwatch = True  # type: ignore[attr-defined]
    graphs.call_user_compiler = call_user_compiler
