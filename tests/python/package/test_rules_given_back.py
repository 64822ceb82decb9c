# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""An inferred rule as source for other counters, run there at sizes that the inference did not use."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

import flopwatch
from doors_packages import run_apart

B, N, C = 17, 23, 29


class Gram(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ x.transpose(1, 2) @ x


@pytest.fixture(scope="module")
def rule() -> flopwatch.InferredRule:
    return flopwatch.infer_rule(Gram(), lambda B, N, C: torch.randn(B, N, C))


@pytest.fixture(scope="module")
def macs(rule: flopwatch.InferredRule) -> int:
    assert {"B": B, "N": N, "C": C} not in (*rule.fitted_sizes, *rule.checked_sizes)
    counted = flopwatch.count(Gram(), (torch.randn(B, N, C),)).total.operator.macs
    assert counted == 2 * B * N * N * C, "worked out by hand"
    return counted


def number_of(source: str, folder: Path, peer: str = "doors") -> int:
    """That the program prints last. It is in a file: triton.jit reads the text of a kernel there."""
    program = folder / "program.py"
    program.write_text(source)
    return int(float(run_apart(program, peer=peer).splitlines()[-1]))


def test_torch_counts_by_it(rule: flopwatch.InferredRule, macs: int, tmp_path: Path) -> None:
    operator = (
        "import torch\n"
        "@torch.library.custom_op('made::gram', mutates_args=())\n"
        "def gram(x: torch.Tensor) -> torch.Tensor:\n    return x.clone()\n"
    )
    use = (
        "from torch.utils.flop_counter import FlopCounterMode\n"
        "with FlopCounterMode(display=False) as counter:\n"
        f"    torch.ops.made.gram(torch.randn({B}, {N}, {C}))\nprint(counter.get_total_flops())\n"
    )
    assert number_of(operator + rule.as_torch("made::gram", "B N C") + use, tmp_path) == 2 * macs


def test_fvcore_counts_by_it(rule: flopwatch.InferredRule, macs: int, tmp_path: Path) -> None:
    use = (
        "import torch\nfrom fvcore.nn import FlopCountAnalysis\n"
        "class Copy(torch.nn.Module):\n    def forward(self, x):\n        return torch.relu(x)\n"
        f"analysis = FlopCountAnalysis(Copy(), torch.randn({B}, {N}, {C}))\n"
        "print(analysis.set_op_handle('aten::relu', count_gram).total())\n"
    )
    assert number_of(rule.as_fvcore("B N C") + use, tmp_path) == macs


def test_triton_takes_it(rule: flopwatch.InferredRule, macs: int, tmp_path: Path) -> None:
    # What the launcher does: it calls launch_metadata with the grid, the kernel and its arguments by name.
    use = (
        "import triton\nfrom types import SimpleNamespace\n"
        "@triton.jit(launch_metadata=count_gram)\ndef kernel(x, B, N, C):\n    pass\n"
        f"args = dict(B={B}, N={N}, C={C})\n"
        "print(kernel.launch_metadata((1,), SimpleNamespace(name='k'), args)['flops16'])\n"
    )
    assert number_of(rule.as_triton(width=16) + use, tmp_path) == 2 * macs


@pytest.mark.skipif(sys.version_info < (3, 11), reason="no JAX with CostEstimate for this Python")
def test_jax_takes_it(rule: flopwatch.InferredRule, macs: int, tmp_path: Path) -> None:
    use = (
        "from jax import numpy as jnp, jit\n"
        f"cost = count_gram(B={B}, N={N}, C={C}, transcendentals=0, bytes_accessed=1)\n"
        "def kernel(x, y):\n    y[...] = x[...]\n"
        "call = pl.pallas_call(kernel, jnp.zeros((8, 8)), interpret=True, cost_estimate=cost)\n"
        "call(jnp.ones((8, 8)))\nprint(cost.flops)\n"
    )
    assert number_of(rule.as_jax() + use, tmp_path) == 2 * macs


@pytest.mark.parametrize("peer", ["doors", "ultralytics-thop"])
def test_thop_counts_by_it(peer: str, rule: flopwatch.InferredRule, macs: int, tmp_path: Path) -> None:
    """thop of .venv, and the one that Ultralytics publishes."""
    use = (
        "import torch, thop\nclass Gram(torch.nn.Module):\n    def forward(self, x):\n        return x\n"
        f"out = thop.profile(Gram(), (torch.randn({B}, {N}, {C}),), custom_ops={{Gram: count_gram}}, verbose=False)\n"
        "print(int(out[0]))\n"
    )
    assert number_of(rule.as_thop() + use, tmp_path, peer) == macs


def test_shapes_that_lack_a_size_are_refused(rule: flopwatch.InferredRule) -> None:
    with pytest.raises(flopwatch.UsageError, match="no shape has the size C"):
        rule.as_torch("made::gram", "B N _")
    with pytest.raises(flopwatch.UsageError, match="is no name"):
        rule.as_fvcore("B N 3")


class Product(nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return a @ b


def inferred_product(first: str, second: str, third: str) -> flopwatch.InferredRule:
    """first * second * third MACs, of two tensors."""
    scope: dict[str, Any] = {"randn": torch.randn}
    exec(f"def made({first}, {second}, {third}): return randn({first}, {second}), randn({second}, {third})", scope)
    return flopwatch.infer_rule(Product(), scope["made"], name="counted")


def run_text(source: str, name: str = "counted") -> Callable[..., Any]:
    scope: dict[str, Any] = {}
    exec(source, scope)
    return scope[name]


def fvcore_inputs(*shapes: tuple[int, ...]) -> list[SimpleNamespace]:
    """What fvcore gives a handle: values of a graph, of which a rule reads the sizes."""
    return [SimpleNamespace(type=lambda shape=shape: SimpleNamespace(sizes=lambda: list(shape))) for shape in shapes]


def triton_flops(source: str, sizes: dict[str, int]) -> int:
    return run_text(source)(None, SimpleNamespace(name="k"), sizes)["flops"]


@pytest.fixture
def jax_without_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    """CostEstimate alone, which keeps what it is given."""
    names = ("jax", "jax.experimental", "jax.experimental.pallas")
    modules = {name: ModuleType(name) for name in names}
    modules[names[2]].CostEstimate = SimpleNamespace  # type: ignore[attr-defined]
    modules[names[1]].pallas = modules[names[2]]  # type: ignore[attr-defined]
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)


@pytest.fixture(scope="module")
def product() -> flopwatch.InferredRule:
    return inferred_product("B", "K", "N")


def test_dimensions_of_one_name_have_to_be_equal(product: flopwatch.InferredRule, register: Any) -> None:
    """The last of them would decide: a broadcast dimension of 1 would hide the work of all others."""
    count = run_text(product.as_fvcore("B K", "B K N"))
    assert count(fvcore_inputs((4, 8), (4, 8, 16)), None) == 4 * 8 * 16
    with pytest.raises(ValueError, match="dimension 0 of tensor 1 is 1, but B is 4: .*_"):
        count(fvcore_inputs((4, 8), (1, 8, 16)), None)
    count = run_text(product.as_torch("aten::relu", "B K N N"))
    assert count((4, 8, 16, 16)) == 2 * 4 * 8 * 16
    with pytest.raises(ValueError, match="dimension 3 of tensor 0 is 5, but N is 16"):
        count((4, 8, 16, 5))
    with pytest.raises(ValueError, match="D is 7"):
        run_text(product.as_fvcore("B K D", "D N"))(fvcore_inputs((4, 8, 7), (6, 16)), None)


def test_half_a_mac_is_a_flop_and_half_a_flop_is_refused(register: Any, jax_without_jax: None) -> None:
    convolution = nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)
    rule = flopwatch.infer_rule(convolution, lambda H, W: torch.randn(1, 1, H, W), name="counted")
    assert rule.polynomial == "(9/4)*H*W"
    texts: dict[str, Callable[[int, int], int]] = {
        "torch": lambda H, W: run_text(rule.as_torch("aten::relu", "_ _ H W"))((1, 1, H, W)),
        "triton": lambda H, W: triton_flops(rule.as_triton(), {"H": H, "W": W}),
        "jax": lambda H, W: run_text(rule.as_jax())(H=H, W=W, transcendentals=0, bytes_accessed=0).flops,
    }
    for count in texts.values():
        torch.utils.flop_counter.flop_registry.pop(torch.ops.aten.relu, None)
        assert count(3, 2) == 27
        torch.utils.flop_counter.flop_registry.pop(torch.ops.aten.relu, None)
        with pytest.raises(ValueError, match="no whole number of FLOPs at H=3, W=5: .*for sizes like H="):
            count(3, 5)
    macs = run_text(rule.as_fvcore("_ _ H W"))
    assert macs(fvcore_inputs((1, 1, 224, 224)), None) == 9 * 112 * 112
    with pytest.raises(ValueError, match="no whole number of MACs at H=3, W=2"):
        macs(fvcore_inputs((1, 1, 3, 2)), None)


def test_a_size_that_had_one_value_has_no_other(register: Any, jax_without_jax: None) -> None:
    rule = flopwatch.infer_rule(Gram(), lambda B, N, C: torch.randn(B, N, C), sizes={"C": [C]}, name="counted")
    wanted = 2 * 2 * B * N * N * C
    message = "the rule was found for C = 29 alone, not 30: infer it with more sizes"
    count = run_text(rule.as_torch("aten::relu", "B N C"))
    assert count((B, N, C)) == wanted
    with pytest.raises(ValueError, match=message):
        count((B, N, C + 1))
    assert triton_flops(rule.as_triton(), {"B": B, "N": N, "C": C}) == wanted
    with pytest.raises(ValueError, match=message):
        triton_flops(rule.as_triton(), {"B": B, "N": N, "C": C + 1})
    with pytest.raises(ValueError, match=message):
        run_text(rule.as_jax())(B=B, N=N, C=C + 1, transcendentals=0, bytes_accessed=0)
    with pytest.raises(ValueError, match=message):
        run_text(rule.as_fvcore("B N C"))(fvcore_inputs((B, N, C + 1)), None)
    with pytest.raises(flopwatch.UsageError, match="no shape has the size C"):
        rule.as_torch("made::gram", "B N _")


@pytest.mark.parametrize("names", [("input_1", "rest", "out_shape"), ("named", "torch", "input_0_size")])
def test_torch_texts_keep_their_own_names(names: tuple[str, str, str], register: Any) -> None:
    a, b, c = names
    count = run_text(inferred_product(*names).as_torch("aten::relu", f"{a} {b}", f"{b} {c}"))
    assert count((2, 3), (3, 5)) == 2 * 2 * 3 * 5


def test_other_texts_keep_their_own_names(jax_without_jax: None) -> None:
    rule = inferred_product("inputs", "outputs", "ValueError")
    count = run_text(rule.as_fvcore("inputs outputs", "outputs ValueError"))
    assert count(fvcore_inputs((2, 3), (3, 5)), None) == 2 * 3 * 5
    rule = inferred_product("args", "kernel", "grid")
    assert triton_flops(rule.as_triton(), {"args": 2, "kernel": 3, "grid": 5}) == 2 * 2 * 3 * 5
    rule = inferred_product("transcendentals", "pl", "N")
    cost = run_text(rule.as_jax())(2, 3, N=5, transcendentals=7, bytes_accessed=11)
    assert (cost.flops, cost.transcendentals, cost.bytes_accessed) == (2 * 2 * 3 * 5, 7, 11)


def test_a_function_that_hides_what_the_text_needs_is_refused() -> None:
    rule = flopwatch.infer_rule(Gram(), lambda B, N, C: torch.randn(B, N, C), name="pl")
    with pytest.raises(flopwatch.UsageError, match="give infer_rule another name="):
        rule.as_jax()


@pytest.mark.parametrize("operator", ["made::gram.default", "made::lambda", "class::gram", "gram", "a::b::c", 3])
def test_names_that_torch_cannot_register_are_refused(operator: Any, rule: flopwatch.InferredRule) -> None:
    with pytest.raises(flopwatch.UsageError, match="an operator is named like 'mylib::attention'"):
        rule.as_torch(operator, "B N C")
