# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What is read from the text of a graph and from the code made of it, without a compiler."""

from collections import Counter
from types import SimpleNamespace

import pytest
import torch

import flopwatch
from flopwatch._compiled.flex import Mask, kept_pairs, mask_of
from flopwatch._compiled.held import read_held
from flopwatch._compiled.node import Node
from flopwatch._compiled.printed import PrintedGraph, Unreadable, parse_value
from flopwatch._compiled.reading import Call, Reading
from flopwatch._compiled.region import Region
from flopwatch._compiled.sizes import Source, Sym, Tensor, bind, sources_of, symbol_values, value_of
from flopwatch._compiled.source import kernels, library_calls, region_name
from flopwatch._compiled.stored import from_text, to_text

F32 = torch.float32


def graph(*lines, inputs='a: "f32[s0, 8][8, 1]cpu", b: "f32[8, 5][5, 1]cpu"'):
    body = "\n".join(f"        {line}" for line in lines)
    return f"class <lambda>(torch.nn.Module):\n    def forward(self, {inputs}):\n{body}\n        return (mm,)\n"


MM = 'mm: "f32[s0, 5][5, 1]cpu" = torch.ops.aten.mm.default(a, b);  a = b = None'
TAKEN_APART = (
    'mul: "f32[4, 8][8, 1]cpu" = torch.ops.aten.mul.Tensor(a, b)',
    'sum_1: "f32[4][1]cpu" = torch.ops.aten.sum.dim_IntList(mul, [1]);  mul = None',
)
VECTOR = 'a: "f32[4, 8][8, 1]cpu", b: "f32[8][1]cpu"'


def held(text, source):
    return read_held(SimpleNamespace(inductor_post_grad_graph_str=text, source_code=source))


def bases(region):
    return {(call.base, call.decomposed): times for call, times in region.reading.calls.items()}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("f32[64, 80][80, 1]cpu", Tensor(F32, (64, 80))),
        ("bf16[s0, 4*s1][1, 1]cuda:0", Tensor(torch.bfloat16, (Sym("s0"), Sym("4*s1")))),
        ("i64[Max(1, s0)][1]cpu", Tensor(torch.int64, (Sym("Max(1, s0)"),))),
        ("f32[][]cpu", Tensor(F32, ())),
        ("Sym(s77)", Sym("s77")),
        ("Sym(3)", 3),
        ("something else", ...),
    ],
)
def test_values_beside_names(text, value):
    assert parse_value(text) == value and type(parse_value(text)) is type(value)


def test_a_printed_graph():
    read = PrintedGraph(graph(MM, 'relu: "f32[s0, 5][5, 1]cpu" = torch.ops.aten.relu.default(mm);  mm = None'))
    assert read.placeholders == [Tensor(F32, (Sym("s0"), 8)), Tensor(F32, (8, 5))]
    assert [(n.name, n.base, n.reads) for n in read.nodes] == [
        ("mm", "aten::mm", ("a", "b")),
        ("relu", "aten::relu", ("mm",)),
    ]
    assert read.nodes[0].args == tuple(read.placeholders)


def test_defaults_are_filled_in_and_constants_kept():
    read = PrintedGraph(
        graph('sum_1: "f32[s0][1]cpu" = torch.ops.aten.sum.dim_IntList(a, [-1], dtype = torch.float64)')
    )
    assert read.nodes[0].args == (Tensor(F32, (Sym("s0"), 8)), [-1], False, torch.float64)


@pytest.mark.parametrize(
    "text", ["", "no graph", "class A:\n    pass", graph("x = torch.ops.nowhere.mm.default(a, b)")]
)
def test_a_text_that_is_no_graph(text):
    with pytest.raises(Unreadable):
        PrintedGraph(text)


def test_symbols_are_bound_from_inputs():
    values = [Sym("s0"), Tensor(F32, (Sym("s0"), Sym("s1"), Sym("2*s2"))), ..., Tensor(F32, (3, Sym("s2")))]
    sources = sources_of(values)
    assert sources == [Source("s0", 0, None), Source("s1", 1, 1), Source("s2", 3, 1)]
    assert symbol_values(sources, [4, torch.empty(4, 5, 12), None, torch.empty(3, 6)]) == (4, 5, 6)
    symbols = {"s0": 7, "s1": 2}
    assert [value_of(e, symbols) for e in ("s0*s1", "(s0//2)", "Max(1, s0)", "ModularIndexing(s0, 1, 3)")] == [
        14,
        3,
        7,
        1,
    ]
    assert bind([Tensor(F32, (Sym("2*s1"), 3)), 5, None], symbols) == [(F32, [4, 3]), 5, None]
    with pytest.raises(NameError):
        value_of("u0", symbols)


SOURCE = """
# AOT ID: ['3_backward']
cpp_fused_mm_relu_0 = async_compile.cpp_pybinding(['float*'], r'''
extern "C"  void  kernel(float* in_out_ptr0)
''')
        # Topologically Sorted Source Nodes: [mm], Original ATen: [aten.mm]
        extern_kernels.mm(arg0_1, arg1_1, out=buf0)
        extern_kernels.bias_addmm(arg0_1, arg1_1, buf0)
        buf1 = torch.ops.mkl._mkl_linear.default(buf0, arg2_1)
        cpp_fused_mm_relu_0(buf1)
        AOTI_TORCH_ERROR_CODE_CHECK(aoti_torch_cpu_mm_out(buf2, arg0_1, arg1_1));
"""


def test_what_the_code_tells():
    assert region_name(SOURCE) == "region 3_backward" and region_name("") == "a region"
    assert library_calls(SOURCE) == Counter(mm=2, addmm=1, _mkl_linear=1)
    assert kernels(SOURCE) == {"cpp_fused_mm_relu_0"}


def kernel(name):
    return f"{name} = async_compile.cpp_pybinding([], r'''\n"


LIBRARY_MM = "extern_kernels.mm(a, b, out=buf0)\n"


@pytest.mark.parametrize(
    ("text", "source", "calls", "why"),
    [
        (graph(MM), LIBRARY_MM, {}, ""),
        (graph(MM), kernel("cpp_fused_mm_0"), {("aten::mm", False): 1}, ""),
        (graph(MM, MM), kernel("cpp_fused_mm_0") + LIBRARY_MM, {}, "in part"),
        # A multiplication and a sum: of a product, if a kernel was made of one that is nowhere else.
        (graph(*TAKEN_APART, inputs=VECTOR), kernel("cpp_fused_mv_0"), {("aten::mv", True): 1}, ""),
        (
            graph(*TAKEN_APART, inputs=VECTOR),
            kernel("cpp_fused_mul_sum_0"),
            {("aten::mul", False): 1, ("aten::sum", False): 1},
            "",
        ),
        (graph(*TAKEN_APART, *TAKEN_APART, inputs=VECTOR), kernel("cpp_fused_mul_mv_0"), {}, "cannot be told"),
        (
            graph(*TAKEN_APART, inputs=VECTOR),
            kernel("cpp_fused_a_b_c_d_e_f_g_h_i_j_0"),
            {},
            "cannot be told",
        ),
        ("", LIBRARY_MM, {}, "cannot be parsed"),
        (graph(MM), "", {}, "not kept"),
        (
            graph("cond = torch.ops.higher_order.cond(a, true_graph_0, false_graph_0, (b,))"),
            kernel("cpp_fused_mm_0"),
            {},
            "higher_order::cond",
        ),
    ],
)
def test_what_an_object_holds(text, source, calls, why):
    region = held(text, source)
    assert bases(region) == calls
    assert (why in "".join(region.missing)) if why else region.missing == []


def test_a_region_as_text():
    calls = Counter(
        {
            Call("aten::mm", "", False, (Tensor(F32, (Sym("s0"), 8)), Tensor(F32, (8, 5)))): 2,
            Call("aten::sum", "dim_IntList", False, (Tensor(F32, (3,)), (-1,), False, None, 0.5, F32, ...)): 1,
            Call("higher_order::flex_attention", "", False, (), Mask((3, 4, None, None), 128, 64)): 1,
        }
    )
    reading = Reading(calls, ["something"], Counter(list(calls)[:1]), {"aten::what"})
    region = Region("region 0_inference", reading, [Source("s0", 0, None)])
    again = from_text(to_text(region))
    assert again.reading == region.reading and again.sources == region.sources and again.name == region.name
    assert {type(a) for call in again.reading.calls for a in call.args} == {
        type(a) for call in calls for a in call.args
    }
    with pytest.raises(ValueError, match="another version"):
        from_text(to_text(region).replace('"version": 1', '"version": 0'))


def test_pairs_that_a_block_mask_keeps():
    # Two rows of blocks of 4 queries; 10 keys in blocks of 4: the last one has 2.
    partial, full = torch.tensor([[[1, 1]]]), torch.tensor([[[0, 1]]])
    indices = torch.tensor([[[[0, 1, 2], [2, 0, 1]]]]), torch.tensor([[[[0, 1, 2], [1, 0, 2]]]])
    inputs = [partial, indices[0], full, indices[1]]
    q, k = (F32, [3, 2, 7, 16]), (F32, [3, 2, 10, 16])
    assert kept_pairs(Mask((0, 1, 2, 3), 4, 4), inputs, q, k) == 6 * (4 * 4 + 3 * 2 + 3 * 4)
    assert kept_pairs(Mask((0, 1, None, None), 4, 4), inputs, q, k) == 6 * (4 * 4 + 3 * 2)
    assert kept_pairs(Mask((0, 1, None, None), 4, 4), [t.to("meta") for t in inputs], q, k) is None


@pytest.mark.parametrize("between", [[], [None, None, None, False]], ids=["PyTorch 2.11", "PyTorch 2.15"])
def test_the_sizes_of_blocks_stand_before_the_function_of_a_mask(between):
    inputs = {"counts": 5, "indices": 6}
    block_mask = [200, 300, "counts", "indices", None, None, *[None] * 4, *between, 128, 64, "function"]
    assert mask_of(block_mask, inputs.get) == Mask((5, 6, None, None), 128, 64)
    assert mask_of([*block_mask[:-3], 128, "computed", "function"], inputs.get) is None
    assert mask_of([200, 300, "computed", *block_mask[3:]], inputs.get) is None


def test_a_node_is_no_library_call_unless_it_says_so():
    assert not Node("mm", "aten::mm", "", ()).library


def test_a_replay_of_a_cuda_graph_is_named(monkeypatch):
    replayed = []
    monkeypatch.setattr(torch.cuda.CUDAGraph, "replay", replayed.append)
    plain = torch.cuda.CUDAGraph.replay
    with flopwatch.watch(torch.nn.Identity()) as w:
        for _ in range(2):
            torch.cuda.CUDAGraph.replay("graph")
    assert replayed == ["graph", "graph"] and torch.cuda.CUDAGraph.replay is plain
    assert [(loss["kind"], loss["count"]) for loss in w.result.losses] == [("region_not_counted", 2)]
    assert not w.result.exact
