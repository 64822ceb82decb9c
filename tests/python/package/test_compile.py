# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Compiled models: no graph break, the same bits, and what runs inside a region belongs to the region."""

import json
import warnings

import pytest
import torch
from torch import nn
from torch._dynamo.testing import CompileCounter
from torch._dynamo.utils import counters

import flopwatch

MACS = 4 * 8 * 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 8)
        self.block = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
        self.last = nn.Linear(8, 8)

    def forward(self, x):
        return self.last(self.block(self.first(x)))


@pytest.fixture(autouse=True)
def _fresh_compiler():
    torch._dynamo.reset()
    counters.clear()
    yield
    torch._dynamo.reset()


def compiled(model, how, **options):
    if how == "torch.compile(m)":
        return torch.compile(model, **options)
    model.compile(**options)
    return model


def by_path(result):
    return {row.path: row for row in result.rows if not row.outside}


@pytest.mark.parametrize("first_call", ["before the watch", "inside it"])
@pytest.mark.parametrize("how", ["torch.compile(m)", "m.compile()"])
def test_a_compiled_model(how, first_call):
    model, x = Net(), torch.randn(4, 8)
    expected = model(x)
    run = compiled(model, how, backend="eager", fullgraph=True)
    in_place_of_the_call = model._compiled_call_impl
    if first_call == "before the watch":
        run(x)
    recompiled = counters["stats"]["unique_graphs"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with flopwatch.watch(model) as w:
            output = run(x)
        assert not [f for f in warnings.filters if f[1] is not None and "global hooks" in f[1].pattern]
    assert torch.equal(output, expected)
    assert model._compiled_call_impl is in_place_of_the_call
    assert not counters["graph_break"]
    if first_call == "before the watch":
        assert counters["stats"]["unique_graphs"] == recompiled
    rows = by_path(w.result)
    assert rows[""].operator_macs == 3 * MACS and rows[""].calls == 1
    assert rows["first"].operator_macs == 0 and rows["first"].calls == 0
    assert w.result.unsupported == [] and w.result.losses == []
    again = run(x)
    assert torch.equal(again, expected)


@pytest.mark.parametrize("how", ["torch.compile(m)", "m.compile()"])
def test_a_compiled_part_of_a_model(how):
    model, x = Net(), torch.randn(4, 8)
    expected = model(x)
    model.block = compiled(model.block, how, backend="eager")
    with flopwatch.watch(model) as w:
        output = model(x)
    assert torch.equal(output, expected)
    rows = by_path(w.result)
    assert list(rows) == ["", "first", "block", "block.0", "block.1", "last"]
    assert [rows[p].operator_macs for p in ("", "first", "block", "last")] == [3 * MACS, MACS, MACS, MACS]
    assert rows["block"].calls == 1 and rows["block.0"].calls == 0


@pytest.mark.parametrize("how", ["torch.compile(m)", "m.compile()"])
def test_count_takes_the_formula_from_the_model_as_it_was_written(how):
    model, x = Net(), torch.randn(4, 8)
    run = compiled(model, how, backend="eager")
    result = flopwatch.count(run, (x,))
    rows = by_path(result)
    assert rows[""].operator_macs == rows[""].formula_macs == 3 * MACS
    assert rows["block.0"].formula_macs == MACS and rows["block.0"].calls == 0
    assert result.unsupported == [] and result.losses == []
    assert run(x) is not None and model(x) is not None


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_modules_in_a_region_are_called_unseen_whatever_the_backend(backend):
    model, x = Net(), torch.randn(4, 8)
    model.block = torch.compile(model.block, backend=backend)
    with flopwatch.watch(model) as w:
        model(x)
        model(x)
    report = json.loads(w.result.json())
    entries = [call for call in report["operators"] if call["name"] == "Torch-Compiled Region"]
    assert [(report["rows"][c["row"]]["path"], c["calls"], c["note"]) for c in entries] == [
        ("block", 2, "in a compiled region")
    ]

    rows = by_path(flopwatch.count(model, (x,)))
    assert rows["block.0"].state == "not_seen" and rows["last"].state == "called"
    assert [(v.kind, v.path) for v in rows["block"].verdicts if v.amount] == [
        ("functional_missed", "block"),
        ("called_unseen", "block.0"),
    ]


def test_a_graph_break_keeps_modules_outside_the_regions():
    class Breaks(Net):
        def forward(self, x):
            x = self.first(x)
            torch._dynamo.graph_break()
            return self.last(x)

    model, x = Breaks(), torch.randn(4, 8)
    expected = model(x)
    run = torch.compile(model, backend="eager")
    with flopwatch.watch(model) as w:
        output = run(x)
    assert torch.equal(output, expected)
    assert w.result.total.operator.macs == 2 * MACS and by_path(w.result)[""].operator_macs == 2 * MACS


def test_training_through_a_compiled_model():
    model, x = Net(), torch.randn(4, 8)
    model(x).sum().backward()
    expected = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    run = torch.compile(model, backend="aot_eager")
    with flopwatch.watch(model) as w:
        run(x).sum().backward()
    assert all(torch.equal(p.grad, e) for p, e in zip(model.parameters(), expected))
    # Three forwards, three weight gradients, two input gradients; tracing is nobody's work.
    assert w.result.total.operator.macs == 8 * MACS


def test_the_compiler_with_its_own_code_generator():
    model, x = Net(), torch.randn(4, 8)
    expected = model(x)
    run = torch.compile(model)
    run(x)
    with flopwatch.watch(model) as w:
        output = run(x)
    assert torch.allclose(output, expected, atol=1e-5)
    assert w.result.total.operator.macs == 3 * MACS == by_path(w.result)[""].operator_macs


@pytest.mark.parametrize("how", ["torch.compile(m)", "m.compile()"])
def test_a_compiled_module_that_raises_leaves_the_scopes_even(how):
    class Raises(nn.Module):
        def forward(self, x):
            raise KeyError("the user's own")

    class Catches(nn.Module):
        def __init__(self):
            super().__init__()
            self.raises, self.after = compiled(Raises(), how, backend="eager"), nn.Linear(8, 8)

        def forward(self, x):
            try:
                self.raises(x)
            except KeyError:
                return self.after(x)

    model = Catches()
    with flopwatch.watch(model) as w:
        model(torch.randn(4, 8))
    rows = by_path(w.result)
    assert rows["after"].operator_macs == rows["after"].formula_macs == MACS and w.result.losses == []
    assert rows["raises"].calls == 1 and rows["raises"].operator_macs == 0


@pytest.mark.parametrize("how", ["torch.compile(m)", "m.compile()"])
def test_rules_of_the_users_are_asked_about_compiled_modules(how):
    def rule(m, x, y):
        m.total_ops += 7

    model, x = Net(), torch.randn(4, 8)
    model.first = compiled(model.first, how, backend="eager")
    with flopwatch.watch(model, custom_ops={nn.Linear: rule}) as w:
        model(x)
    assert by_path(w.result)["first"].formula_macs == 7 and by_path(w.result)["first"].calls == 1
    assert w.result.losses == []


def test_what_is_compiled_again_meanwhile_stays_so():
    model, x = Net(), torch.randn(4, 8)
    model.first.compile(backend="eager")
    with flopwatch.watch(model):
        model.first.compile(backend="aot_eager")
        compiled_again = model.first._compiled_call_impl
        model(x)
    assert model.first._compiled_call_impl is compiled_again


def test_watches_after_each_other_do_not_compile_again():
    """A compiled region is bound to the keys of the hooks, and is given up after some."""
    model, x = Net(), torch.randn(4, 8)
    backend = CompileCounter()
    run = torch.compile(model, backend=backend)
    for _ in range(12):
        with flopwatch.watch(model) as w:
            run(x)
        assert w.result.total.operator.macs == 3 * MACS
    assert backend.frame_count <= 2
