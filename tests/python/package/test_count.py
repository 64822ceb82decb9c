# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""count: it owns the forward, and leaves the model and the process as they were."""

import pytest
import torch
from torch import nn

import flopwatch
from common_models import Attention, AttentionStack, CustomModule, Outer, SmallNet, attention_rule
from model_state import state_of

SEED_MACS = 2_139_095_040


def by_path(result):
    return {row.path: row for row in result.rows if not row.outside}


class Calls(nn.Module):
    """Counts its own forwards, and notes what it was run with."""

    def __init__(self, body):
        super().__init__()
        self.body, self.log = body, []

    def forward(self, x, scale=1.0):
        y = self.body(x * scale)
        self.log.append((self.training, torch.is_grad_enabled(), float(y.sum())))
        return y


def test_the_seed_example_with_and_without_a_rule():
    x = torch.randn(1, 640, 768)
    with torch.no_grad():
        bare = flopwatch.count(CustomModule(), (x,))
        ruled = flopwatch.count(Outer(CustomModule()), (x,), custom_ops={Attention: attention_rule})
    assert (bare.total.formula.macs, bare.total.operator.macs) == (1_509_949_440, SEED_MACS)
    assert [(v.kind, v.amount, v.path) for v in bare.rows[0].verdicts] == [
        ("functional_missed", 1_509_949_440 - SEED_MACS, "attn")
    ]
    assert ruled.total.formula.macs == ruled.total.operator.macs == SEED_MACS
    assert [v.kind for v in ruled.rows[0].verdicts] == ["agrees"]
    assert bare.total.operator.flops == 2 * SEED_MACS
    assert [row.parameters for row in bare.rows if row.path in ("", "attn.qkv")] == [2_360_064, 3 * 768 * 768]
    assert bare.total.operator.by_precision == {"fp32": SEED_MACS}


def test_it_runs_warm_up_then_thops_forward_then_the_one_that_counts():
    model = Calls(nn.Linear(8, 8))
    flopwatch.count(model, (torch.ones(4, 8),), {"scale": 2.0}, warmup=2)
    kinds = [(training, grad) for training, grad, _ in model.log]
    assert kinds == [(True, True), (True, True), (False, False), (True, True)]
    model.log.clear()
    flopwatch.count(model, torch.ones(4, 8), formula=None, warmup=0)
    assert len(model.log) == 1


def test_every_run_computes_the_same():
    model = Calls(nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5), nn.BatchNorm1d(8)))
    before = state_of(model)
    flopwatch.count(model, (torch.randn(4, 8),), formula=None, warmup=3)
    assert len({total for _, _, total in model.log}) == 1
    model.log.clear()
    assert state_of(model)["state_dict"] == before["state_dict"]


@pytest.mark.parametrize("training", [True, False])
def test_nothing_of_it_stays(training):
    model = SmallNet().train(training)
    model.body[1].eval()
    x = torch.randn(2, 3, 8, 8)
    before = state_of(model)
    result = flopwatch.count(model, (x,))
    assert state_of(model) == before
    assert result.losses == []
    assert by_path(result)["body.0"].formula_macs == by_path(result)["body.0"].operator_macs == 20_736


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("which", [1, 2, 3], ids=["in the warm-up", "in the formula's run", "in the counted run"])
def test_an_exception_in_forward_passes_through_and_nothing_stays(error, which):
    class Breaks(nn.Module):
        def __init__(self):
            super().__init__()
            self.net, self.runs = SmallNet(), 0

        def forward(self, x):
            y = self.net(x)
            self.runs += 1
            if self.runs == which:
                raise error("the user's own")
            return y

    model, x = Breaks(), torch.randn(2, 3, 8, 8)
    before = state_of(model)
    with pytest.raises(error, match="the user's own"):
        flopwatch.count(model, (x,))
    assert model.runs == which
    assert state_of(model) == before
    module = nn.modules.module
    assert not (module._global_forward_hooks or module._global_forward_pre_hooks)
    model.runs = 10
    assert flopwatch.count(model, (x,)).exact


def test_without_a_formula_the_column_is_absent_and_not_zero():
    result = flopwatch.count(nn.Linear(8, 8), (torch.randn(4, 8),), formula=None)
    assert result.total.formula is None and result.total.operator.macs == 256
    assert result.rows[0].formula_macs is None and result.rows[0].verdicts == ()
    assert "no rule" not in result.report()


def test_a_fused_layer_runs_fused_and_says_what_was_not_called():
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True).eval()
    x = torch.randn(2, 10, 16)
    with torch.no_grad():
        result = flopwatch.count(layer, (x,))
    rows = by_path(result)
    assert rows[""].operator_macs == 47_360  # on paper: 3 + 1 projections, two products, two linear layers
    assert rows["linear1"].state == rows["self_attn"].state == "not_called_fused"
    assert rows["linear1"].formula_macs == 2 * 10 * 16 * 32  # thop's own hooks switch the fused path off
    assert "not called (fused)" in result.report()
    differences = {(v.kind, v.amount) for v in rows[""].verdicts}
    assert sum(amount for _, amount in differences) == rows[""].formula_macs - 47_360 or len(differences) == 2
    layer.train()
    unfused = by_path(flopwatch.count(layer, (x,)))
    assert unfused[""].operator_macs == 47_360 and unfused["linear1"].calls == 1


def test_installed_thop_gives_the_formula_where_it_is_asked_for():
    model, x = Outer(CustomModule(48, 4)), torch.randn(1, 16, 48)
    own = flopwatch.count(model, (x,), custom_ops={CustomModule: attention_rule})
    installed = flopwatch.count(model, (x,), custom_ops={CustomModule: attention_rule}, formula="installed")
    assert installed.total.formula.macs == own.total.formula.macs == own.total.operator.macs
    stack = {AttentionStack: attention_rule}  # thop counts what is below a Sequential beside its rule
    beside = [
        flopwatch.count(Outer(AttentionStack(48, 4)), (x,), custom_ops=stack, formula=formula).total.formula.macs
        for formula in ("thop", "installed")
    ]
    assert beside[0] == beside[1] > own.total.operator.macs
    name, version = flopwatch.installed_thop()
    assert installed.data["capture"]["formula"] == f"{name} {version} (installed)"
    with pytest.raises(flopwatch.UsageError, match="keyword"):
        flopwatch.count(Calls(nn.Linear(8, 8)), (torch.randn(4, 8),), {"scale": 2.0}, formula="installed")


def test_an_exported_program_is_counted():
    model, x = SmallNet().eval(), torch.randn(2, 3, 8, 8)
    exported = torch.export.export(model, (x,))
    whole = flopwatch.count(model, (x,)).total.operator.macs
    assert flopwatch.count(exported, (x,)).total.operator.macs == whole
    with flopwatch.watch(exported.module()) as w:
        pass
    assert w.result.total.operator.macs == 0


def test_a_model_on_the_meta_device_is_counted_by_its_shapes():
    model, x = CustomModule().to("meta"), torch.randn(1, 640, 768, device="meta")
    result = flopwatch.count(model, (x,))
    assert result.total.operator.macs == SEED_MACS and result.total.formula.macs == 1_509_949_440


@pytest.mark.parametrize(
    "words",
    [
        {"warmup": -1},
        {"warmup": 1.5},
        {"warmup": True},
        {"formula": "fvcore"},
        {"replay_mode": "twice"},
        {"formula": None, "custom_ops": {nn.Linear: print}},
    ],
)
def test_arguments_that_make_no_sense_are_refused(words):
    with pytest.raises(flopwatch.UsageError):
        flopwatch.count(nn.Linear(8, 8), (torch.randn(4, 8),), **words)


def test_the_frame_has_a_row_for_each_module(monkeypatch):
    result = flopwatch.count(SmallNet(), (torch.randn(2, 3, 8, 8),))
    pandas = pytest.importorskip("pandas")
    frame = result.modules
    assert isinstance(frame, pandas.DataFrame)
    assert frame.loc["body.0", "operator_macs"] == 20_736 and frame.loc["body.0", "type"] == "Conv2d"
    assert str(frame["formula_macs"].dtype) == "Int64" and frame["measured_flops"].isna().all()


def test_without_pandas_modules_are_a_list(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    result = flopwatch.count(nn.Linear(8, 8), (torch.randn(4, 8),))
    assert result.modules == result.rows and result.modules[0].operator_macs == 256


def test_parameters_are_of_the_modules_that_thops_own_forward_calls():
    class TrainOnly(nn.Module):
        def __init__(self):
            super().__init__()
            self.net, self.auxiliary = nn.Linear(8, 8), nn.Linear(8, 8)

        def forward(self, x):
            return (self.net(x), self.auxiliary(x)) if self.training else self.net(x)

    model, x = TrainOnly(), torch.randn(4, 8)
    _, params, result = flopwatch.profile(model, (x,), verbose=False, explain=True)
    assert result.data["totals"]["formula_parameters"] == params == 72
    assert result.total.operator.macs == 512 and result.total.formula.macs == 256
    assert ("rule_sees_fewer_calls", -256) in {(v.kind, v.amount) for v in result.rows[0].verdicts}


class InDouble(nn.Module):
    def forward(self, x):
        return x.double().softmax(-1)


def test_totals_by_themselves_are_those_of_the_whole_analysis():
    result = flopwatch.count(SmallNet(), (torch.randn(2, 3, 8, 8),))
    totals = result.data["totals"]
    operator, formula = result.total.operator, result.total.formula
    for column, name, other in ((operator, "operator", "other_flops"), (formula, "formula", "operations")):
        assert column.macs == totals[f"{name}_macs"] > 0
        assert column.flops == totals[f"{name}_flops"]
        assert column.other_flops == totals[f"{name}_{other}"] > 0
    parts = {part["precision"]: part["operator_macs"] for part in totals["operator_by_precision"]}
    assert operator.by_precision == parts == {"fp32": operator.macs}
    mixed = flopwatch.count(nn.Sequential(nn.Linear(8, 8), InDouble()), (torch.randn(2, 8),))
    assert len(mixed.data["totals"]["operator_by_precision"]) == 2
    assert mixed.total.operator.by_precision == {"fp32": 128}, "a format without MACs has no part in them"
    assert flopwatch.count(SmallNet(), (torch.randn(2, 3, 8, 8),), formula=None).total.formula is None


def test_a_lazy_module_is_what_it_becomes():
    model = nn.Sequential(nn.LazyLinear(8), nn.Linear(8, 8))
    result = flopwatch.count(model, (torch.randn(4, 8),))
    assert [(row.type, row.parameters) for row in result.rows[1:]] == [("Linear", 72), ("Linear", 72)]
    assert result.total.formula.macs == result.total.operator.macs == 512


def test_other_generators_are_put_back_too():
    import random

    import numpy

    class Draws(nn.Module):
        def __init__(self):
            super().__init__()
            self.drawn = []

        def forward(self, x):
            self.drawn.append((random.random(), float(numpy.random.rand()), float(torch.rand(()))))
            return x

    model = Draws()
    flopwatch.count(model, (torch.randn(2),), warmup=2)
    assert len(model.drawn) == 4 and len(set(model.drawn)) == 1


def test_under_fake_tensors_there_is_no_formula():
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        model, x = nn.Linear(8, 8), torch.randn(4, 8)
        with pytest.raises(flopwatch.UsageError, match="formula=None"):
            flopwatch.count(model, (x,))
        assert flopwatch.count(model, (x,), formula=None).total.operator.macs == 256
