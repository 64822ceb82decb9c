# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What the generated code of compiled regions does, against the same models run without compiling and against paper.

Compiling is slow, so one compiled model has many products.
"""

import json
import os
import subprocess
import sys
import textwrap

import pytest
import torch
import torch._functorch.config as autograd_config
import torch._inductor.config as inductor_config
from torch import nn
from torch._dynamo.utils import counters

import flopwatch
from flopwatch._compiled import stored

R = torch.randn
MARK = "in a compiled region"


@pytest.fixture(autouse=True)
def _fresh_compiler():
    """With more threads than one, compiled flex_attention corrupts memory on a CPU, without flopwatch too."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch._dynamo.reset()
    counters.clear()
    with inductor_config.patch(compile_threads=1, fx_graph_cache=False):
        with autograd_config.patch(enable_autograd_cache=False):
            yield
    torch._dynamo.reset()
    torch.set_num_threads(threads)


def watched(model, run):
    with flopwatch.watch(model) as w:
        run()
    return w.result


def operators(result, **wanted):
    rows = json.loads(result.json())["operators"]
    return [row for row in rows if all(row[k] == v for k, v in wanted.items())]


def products(result, **wanted):
    """MACs by operator, without the overload that says where a library puts its result."""
    found: dict[str, int] = {}
    for row in operators(result, **wanted):
        if row["operator_macs"]:
            name = row["name"].partition(".")[0].replace("aten::linear", "aten::mm")
            found[name] = found.get(name, 0) + row["operator_macs"]
    return found


class Small(nn.Module):
    """Products of which the compiler makes loops, one of a library, and multiplications that are no products."""

    def forward(self, x, v, a, b, column, row, w, p, q):
        return (
            (x @ v).relu(),
            torch.mm(a, b) + 1,
            torch.mm(column, row) * 2,
            (x * x).sum(-1),
            nn.functional.linear(row, w),
            torch.bmm(p, q),
            torch.dot(v, v),
        )


SMALL = (R(4, 16, 80), R(80), R(1, 8), R(8, 5), R(6, 1), R(1, 7), R(9, 7), R(3, 1, 8), R(3, 8, 5))
SMALL_MACS = {
    "aten::mv": 4 * 16 * 80,
    "aten::mm": 8 * 5 + 6 * 7 + 7 * 9,
    "aten::bmm": 3 * 8 * 5,
    "aten::dot": 80,
}


def test_loops_that_replace_products_when_compiled_before_the_session():
    model = Small()
    run = torch.compile(model)
    with torch.no_grad():
        expected = run(*SMALL)
        result = watched(model, lambda: [run(*SMALL) for _ in range(2)])
        eager = watched(model, lambda: [model(*SMALL) for _ in range(2)])
        again = run(*SMALL)
    assert all(torch.equal(a, b) for a, b in zip(expected, again))
    assert products(eager) == products(result) == {name: 2 * macs for name, macs in SMALL_MACS.items()}
    assert result.exact and result.losses == [] and result.unsupported == []
    assert products(result, note=MARK) == {
        "aten::mv": 2 * 5120,
        "aten::mm": 2 * 42,
        "aten::bmm": 2 * 120,
        "aten::dot": 2 * 80,
    }
    assert {row["calls"] for row in operators(result, note=MARK, name="aten::mv")} == {2}
    # The elementwise operators are the same, and so is their arithmetic.
    assert result.total.operator.other_flops == eager.total.operator.other_flops
    assert result.rows[0].operator_macs == 2 * sum(SMALL_MACS.values())


def test_without_a_session_nothing_is_wrapped():
    from torch._inductor.output_code import CompiledFxGraph

    call = CompiledFxGraph.__call__
    with pytest.raises(KeyError), flopwatch.watch(nn.Linear(2, 2)):
        assert CompiledFxGraph.__call__ is not call
        raise KeyError
    assert CompiledFxGraph.__call__ is call


class Trained(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
        self.v = nn.Parameter(R(3))

    def forward(self, x):
        return self.layers(x) @ self.v


def test_training():
    model, x = Trained(), R(5, 4)
    eager = watched(model, lambda: model(x).sum().backward())
    run = torch.compile(model)
    result = watched(model, lambda: run(x).sum().backward())
    # Forward 5*4*8 + 5*8*3 + 5*3; gradients of the same weights, and of the input of the second layer.
    assert products(result, phase="forward") == {"aten::addmm": 280, "aten::mv": 15}
    assert products(result, phase="backward") == {"aten::mm": 400, "aten::mv": 15}
    assert result.total.operator.macs == eager.total.operator.macs == 710
    assert result.exact and result.losses == [] and result.unsupported == []
    root = next(row for row in result.rows if row.path == "" and not row.outside)
    assert root.operator_macs == 710


def test_dynamic_sizes_are_bound_at_each_call():
    class Dynamic(nn.Module):
        def forward(self, x, w):
            return (x @ w).relu() @ w[:, 0]

    model, w = Dynamic(), R(10, 10)
    run = torch.compile(model, dynamic=True)
    with torch.no_grad():
        result = watched(model, lambda: [run(R(size, 8, 10), w) for size in (4, 5, 6, 5)])
    assert counters["stats"]["unique_graphs"] == 1
    assert result.total.operator.macs == 20 * (8 * 100 + 8 * 10)
    assert sorted(row["operator_macs"] for row in operators(result, name="aten::mv")) == [320, 480, 800]
    assert result.exact and result.losses == []


class Branches(nn.Module):
    """`torch.cond` over the sum's sign: each branch has one product, of equal or of other work."""

    def __init__(self, other):
        super().__init__()
        self.a, self.b = nn.Parameter(R(16, 16)), nn.Parameter(R(16, other))

    def forward(self, x):
        def yes(x):
            return (x @ self.a).sum(-1)

        def no(x):
            return (x @ self.b).sum(-1)

        return torch.cond(x.sum() > 0, yes, no, (x,))


@pytest.mark.parametrize("compiled", [False, True])
def test_one_branch_of_cond_is_counted(compiled):
    for other in (16, 32):
        model, x = Branches(other).eval(), R(4, 16)
        run = torch.compile(model) if compiled else model
        for sign, columns in ((1, 16), (-1, other)):
            signed = sign * x.abs()
            with torch.no_grad():
                result = watched(model, lambda run=run, signed=signed: run(signed))
            if result.exact:
                assert result.total.operator.macs == 4 * 16 * columns
            else:  # which branch ran is not known to the graph
                assert compiled and other == 32
                assert "runs as often as the data says" in json.dumps(result.losses)


class Loop(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(R(8, 8) / 8)

    def forward(self, x):
        from torch._higher_order_ops.while_loop import while_loop

        def go_on(i, x):
            return i < 3

        def body(i, x):
            return i + 1, x @ self.w

        return while_loop(go_on, body, (torch.tensor(0), x))[1]


def test_products_of_a_compiled_loop_are_counted_or_named():
    model, x = Loop().eval(), R(5, 8)
    run = torch.compile(model)
    with torch.no_grad():
        result = watched(model, lambda: run(x))
    if result.exact:
        assert result.total.operator.macs == 3 * 5 * 8 * 8
    else:
        assert "runs as often as the data says" in json.dumps(result.losses)


def test_a_nested_region_is_counted_once_for_each_call():
    from torch._higher_order_ops.invoke_subgraph import mark_compile_region

    @mark_compile_region
    def block(x, w):
        return torch.relu(x @ w)

    class Blocks(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(R(8, 8))

        def forward(self, x):
            for _ in range(3):
                x = block(x, self.w)
            return x

    model, x = Blocks().eval(), R(5, 8)
    run = torch.compile(model, fullgraph=True)
    with torch.no_grad():
        result = watched(model, lambda: run(x))
    assert result.total.operator.macs == 3 * 5 * 8 * 8
    assert result.exact


def test_templates_of_matrix_products():
    model, x = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 16)).eval(), R(8, 32)
    options = {"max_autotune": True, "max_autotune_gemm_backends": "CPP", "freezing": True}
    with torch.no_grad(), inductor_config.patch(options):
        run = torch.compile(model)
        run(x)
        result = watched(model, lambda: run(x))
    assert products(result) == products(result, note=MARK) == {"mkl::_mkl_linear": 8 * 32 * 64 + 8 * 64 * 16}
    assert result.exact and result.losses == []


def test_the_wrapper_in_cpp():
    model, x, v = nn.Sequential(nn.Linear(32, 16)), R(8, 32), R(16)
    with torch.no_grad(), inductor_config.patch(cpp_wrapper=True):
        run = torch.compile(lambda x: model(x) @ v)
        run(x)
        result = watched(model, lambda: run(x))
    assert sum(products(result).values()) == 8 * 32 * 16 + 8 * 16
    # The shims of the wrapper call the kernel of addmm past the dispatcher.
    assert products(result, note=MARK) == {"aten::addmm": 8 * 32 * 16, "aten::mv": 8 * 16}
    assert result.exact and result.losses == []


@pytest.fixture
def attention():
    flex = pytest.importorskip("torch.nn.attention.flex_attention")
    attend = torch.compile(flex.flex_attention)

    class Attends(nn.Module):
        def forward(self, q, k, v, mask=None):
            return attend(q, k, v, block_mask=mask)

    mask = flex.create_block_mask(lambda b, h, q, k: q >= k, None, None, 200, 200, device="cpu")
    return Attends(), [R(1, 2, 200, 16) for _ in range(3)], mask, flex.flex_attention


def test_flex_attention(attention):
    model, (q, k, v), mask, uncompiled = attention
    macs = 2 * 200 * 200 * (16 + 16)
    with torch.no_grad():
        whole = watched(model, lambda: model(q, k, v))
        masked = watched(model, lambda: model(q, k, v, mask))
        eager = watched(model, lambda: uncompiled(q, k, v))
    for result in (whole, masked):
        assert products(result, note=MARK) == {"higher_order::flex_attention": macs}
        assert result.exact and result.losses == []
    assert eager.total.operator.macs == macs
    useful = [operators(r, name="higher_order::flex_attention")[0]["operator_useful_macs"] for r in (whole, masked)]
    # Blocks of 128: all but the one of the first 128 queries and the last 72 keys.
    assert useful == [macs, macs - 2 * 128 * 72 * 32]


@pytest.mark.skipif("FLOPWATCH_ALL_TESTS" not in os.environ, reason="slow: set FLOPWATCH_ALL_TESTS=1")
def test_a_package_of_aotinductor_is_named(tmp_path):
    model, x = nn.Linear(8, 4), R(2, 8)
    with torch.no_grad():
        exported = torch.export.export(model, (x,))
        path = torch._inductor.aoti_compile_and_package(exported, package_path=str(tmp_path / "model.pt2"))
        run = torch._inductor.aoti_load_package(path)
        result = watched(model, lambda: run(x))
    assert not result.exact
    (loss,) = result.losses
    assert (loss["kind"], loss["severity"], loss["count"]) == ("region_not_counted", "error", 1)
    assert "AOTInductor" in loss["text"]


def test_runners_of_aotinductor_are_named(monkeypatch):
    class Runner:
        def run(self, inputs):
            return inputs

    run = Runner.run
    monkeypatch.setattr(torch._C._aoti, "AOTIModelContainerRunnerCpu", Runner)
    result = watched(nn.Linear(2, 2), lambda: [Runner().run([1]) for _ in range(2)])
    assert not result.exact
    (loss,) = result.losses
    assert (loss["kind"], loss["severity"], loss["count"]) == ("region_not_counted", "error", 2)
    assert Runner.run is run


class Vector(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x, v):
        return (x @ v) * self.factor


class TwoVectors(Vector):
    def forward(self, x, v):
        return (x @ v) * self.factor, (x * x).sum(-1)


@pytest.mark.parametrize(("kind", "macs"), [(Vector, 9 * 33), (TwoVectors, None)])
def test_what_was_compiled_without_flopwatch_is_read_from_what_the_object_holds(kind, macs, monkeypatch):
    monkeypatch.setattr(stored, "from_text", lambda text: 1 / 0)
    model, x, v = kind(3.0), R(9, 33), R(33)
    with torch.no_grad():
        run = torch.compile(model)
        result = watched(model, lambda: run(x, v))
    if macs is not None:
        assert products(result, note=MARK) == {"aten::mv": macs}
        assert result.exact and result.losses == []
    else:
        # The program's own multiplication and sum look as the compiler's do.
        assert not result.exact and result.total.operator.macs == 0
        assert [loss["kind"] for loss in result.losses] == ["region_not_counted"]


def test_a_region_from_the_compilers_cache_keeps_what_was_read():
    model, x, v = TwoVectors(5.0), R(9, 33), R(33)
    with (
        torch.no_grad(),
        autograd_config.patch(enable_autograd_cache=True),
        inductor_config.patch(fx_graph_cache=True),
    ):
        for hit in (False, True):
            torch._dynamo.reset()
            counters.clear()
            run = torch.compile(model)
            with flopwatch.watch(model) as w:
                run(x, v)
            result = w.result
            assert products(result, note=MARK) == {"aten::mv": 297}
            assert result.exact and result.losses == []
            assert counters["aot_autograd"]["autograd_cache_hit"] == 1 or not hit


_SECOND = """
    import sys
    import torch
    from torch import nn
    import flopwatch
    from torch._dynamo.utils import counters

    class Vector(nn.Module):
        def forward(self, x, v):
            return (x @ v) * 0.5, (x * x).sum(-1)

    torch.set_num_threads(1)
    model = Vector()
    run = torch.compile(model)
    with torch.no_grad(), flopwatch.watch(model) as w:
        run(torch.ones(9, 33), torch.ones(33))
    print(counters["aot_autograd"]["autograd_cache_hit"], w.result.total.operator.macs, w.result.exact)
"""


@pytest.mark.skipif("FLOPWATCH_ALL_TESTS" not in os.environ, reason="slow: set FLOPWATCH_ALL_TESTS=1")
def test_a_region_from_the_compilers_cache_in_a_second_process(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_COMPILE_THREADS", "1")
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache"))
    program = tmp_path / "second.py"
    program.write_text(textwrap.dedent(_SECOND))
    said = [
        subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(2)
    ]
    assert said == [["0", "297", "True"], ["1", "297", "True"]]


@pytest.mark.parametrize("product", [True, False])
def test_a_backend_that_runs_no_operators_is_named(product):
    def backend(gm, example_inputs):
        return lambda *args: (torch.from_numpy(args[0].numpy() @ args[1].numpy() if product else args[0].numpy() + 1),)

    model = nn.Module()
    model.forward = (lambda x, y: x @ y) if product else (lambda x, y: x + y)
    run = torch.compile(model, backend=backend)
    result = watched(model, lambda: run(torch.ones(3, 4), torch.ones(4, 4)[: 4 if product else 3]))
    assert result.exact is not product
    assert [loss["kind"] for loss in result.losses] == (["region_not_counted"] if product else [])


@pytest.mark.parametrize("backend", ["eager", "aot_eager", lambda gm, example_inputs: gm.forward, lambda gm, _: gm])
def test_backends_that_run_operators_lose_nothing(backend):
    model, x = nn.Linear(4, 5), R(3, 4)
    run = torch.compile(model, backend=backend)
    result = watched(model, lambda: run(x).sum().backward())
    assert result.total.operator.macs == 3 * 4 * 5 * 2
    assert result.exact and result.losses == [] and result.unsupported == []
