# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""check_rule: right rules, and each way in which a rule can be wrong."""

from fractions import Fraction

import pytest
import torch
from torch import nn

import flopwatch
from common_models import Attention, AttentionStack, CustomModule, Outer, attention_rule
from flopwatch._rule_check import module_count

SIZES = {"C": [12, 24, 36, 48]}


@pytest.fixture(autouse=True)
def _one_thread():
    """Tensors of a few numbers: a pool of threads only waits for itself on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def attention(C):
    return Attention(C, heads=12)


def tokens(B, N, C):
    return torch.randn(B, N, C)


def check(rule, module=attention, inputs=tokens, **more):
    return flopwatch.check_rule(rule, module, inputs, **{"sizes": SIZES, **more})


def attention_number(x, projections=4, products=2):
    b, n, c = x[0].shape
    return projections * b * n * c * c + products * b * n * n * c


def adding(function):
    """A rule that adds what the function gives for the inputs."""

    def rule(m, x, y):
        m.total_ops += function(x)

    return rule


def test_right():
    found = check(attention_rule)
    assert (found.verdict, found.agrees) == ("agrees", True)
    assert (found.rule_name, found.type_name) == ("attention_rule", "Attention")
    assert not found.disagreements
    assert len(found.points) >= 8
    assert len({point.sizes["C"] for point in found.points}) >= 3
    for point in found.points:
        b, n, c = point.sizes.values()
        assert point.operator_macs == point.rule_macs == 4 * b * n * c * c + 2 * b * n * n * c


def test_right_but_not_as_the_root():
    found = check(attention_rule)
    point = found.points[0]
    b, n, c = point.sizes.values()
    assert point.root_macs == point.operator_macs + 4 * b * n * c * c
    assert f"{point.root_macs:,} MACs for {point.operator_macs:,}" in found.notes[0]
    assert "profile a module that holds it" in str(found)


def test_a_rule_that_returns_a_number():
    assert check(lambda m, x, y: attention_number(x)).verdict == "agrees"


def test_twice_is_flops_for_macs():
    found = check(adding(lambda x: 2 * attention_number(x)))
    assert (found.verdict, found.factor) == ("off by a factor", 2)
    assert "FLOPs for MACs" in found.text
    smallest = found.disagreements[0]
    assert smallest.operator_macs == min(point.operator_macs for point in found.points)
    assert f"{smallest.rule_macs:,}  " in str(found)
    assert f"{smallest.operator_macs:,}\n" in str(found)


def test_half():
    found = check(adding(lambda x: attention_number(x) / 2))
    assert (found.verdict, found.factor) == ("off by a factor", Fraction(1, 2))
    assert "halved" in found.text


def test_another_factor():
    found = check(adding(lambda x: attention_number(x) * 12))
    assert (found.verdict, found.factor) == ("off by a factor", 12)
    assert "multiply by 1/12" in found.remedy


def test_a_missing_term():
    found = check(adding(lambda x: attention_number(x, products=1)))
    assert (found.verdict, found.missing, found.surplus) == ("misses a term", "B*C*N^2", None)
    assert "add B * C * N**2" in found.remedy


def test_a_surplus_term():
    found = check(adding(lambda x: attention_number(x) + x[0].numel()))
    assert (found.verdict, found.missing, found.surplus) == ("wrong", None, "B*N*C")
    assert "did not run" in found.text


def test_one_term_for_another():
    found = check(adding(lambda x: attention_number(x, 3, 3)))
    assert (found.verdict, found.missing, found.surplus) == ("wrong", "B*N*C^2", "B*C*N^2")


def test_wrong_by_no_polynomial():
    found = check(adding(lambda x: attention_number(x) + 2 ** x[0].shape[1]))
    assert (found.verdict, found.missing, found.surplus) == ("wrong", None, None)
    assert len(found.disagreements) == len(found.points)


def test_on_a_sequential_the_children_are_counted_beside():
    found = check(attention_rule, lambda C: AttentionStack(C, heads=12))
    assert found.verdict == "children counted twice"
    assert "AttentionStack is a Sequential" in found.text
    point = found.points[0]
    b, n, c = point.sizes.values()
    assert point.rule_macs == point.operator_macs
    assert point.profile_macs == point.operator_macs + 4 * b * n * c * c
    model = Outer(AttentionStack(c, heads=12))
    rules = {AttentionStack: attention_rule}
    assert flopwatch.profile(model, (tokens(b, n, c),), custom_ops=rules, verbose=False)[0] == point.profile_macs


def test_on_a_sequential_the_rule_for_the_rest_is_right():
    found = check(adding(lambda x: attention_number(x, projections=0)), lambda C: AttentionStack(C, heads=12))
    assert found.verdict == "agrees"


def test_as_the_root():
    found = check(attention_rule, as_root=True)
    assert found.verdict == "children counted twice"
    assert "root" in found.text
    assert check(adding(lambda x: attention_number(x, projections=0)), as_root=True).verdict == "agrees"


def test_inside_another_module_the_same_rule_is_right():
    assert check(attention_rule, lambda C: CustomModule(C, heads=12)).verdict == "agrees"
    twice = check(attention_rule, lambda C: CustomModule(C, heads=12, calls=2))
    assert (twice.verdict, twice.factor) == ("off by a factor", Fraction(1, 2))


def test_norms_of_a_sequential_are_no_macs():
    # thop adds 4 operations for each element of the norm to the total.
    model = nn.Sequential(nn.Linear(6, 4), nn.LayerNorm(4), nn.Softmax(-1))
    found = flopwatch.check_rule(lambda m, x, y: 0, model, lambda B: torch.randn(B, 6))
    assert found.verdict == "agrees"


def raises(m, x, y):
    raise KeyError("no such width")


def replaces(m, x, y):
    m.total_ops += 5
    return y


def not_a_number(m, x, y):
    m.total_ops += float("nan")


def infinite(m, x, y):
    return float("inf")


def negative(m, x, y):
    m.total_ops -= 1


def silent(m, x, y):
    pass


def assigns(m, x, y):
    m.total_ops = 5


def widens(m, x, y):
    m.total_ops = torch.ones(3)


def returns_a_list(m, x, y):
    return [5]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (raises, "raises KeyError: 'no such width'"),
        (replaces, "returns a tensor, which would replace the module's output"),
        (not_a_number, "gives NaN"),
        (infinite, "gives an infinite number"),
        (negative, "gives a negative number, -1"),
        (silent, "adds nothing to m.total_ops and returns nothing"),
        (assigns, "raises TypeError"),
        (widens, "leaves something else in m.total_ops"),
        (returns_a_list, "returns a list"),
    ],
)
def test_broken_rules_are_named(rule, text):
    layer = nn.Linear(3, 4)
    found = flopwatch.check_rule(rule, layer, lambda B: torch.randn(B, 3))
    assert found.verdict == "rule error"
    assert text in found.text
    assert all(text in point.error and point.rule_macs is None for point in found.points)
    assert rule.__name__ in str(found)
    assert list(layer.state_dict()) == ["weight", "bias"]
    assert not layer._forward_hooks


def test_a_rule_that_breaks_at_some_sizes_only():
    def rule(m, x, y):
        if x[0].shape[0] > 6:
            raise RuntimeError("too long")
        return x[0].shape[0] * 12

    found = flopwatch.check_rule(rule, nn.Linear(3, 4), lambda B: torch.randn(B, 3))
    assert found.verdict == "rule error"
    assert f"at {len(found.disagreements)} of {len(found.points)} sizes" in found.text
    assert {point.sizes["B"] > 6 for point in found.disagreements} == {True}


def test_saying_nothing_is_right_where_nothing_runs():
    assert flopwatch.check_rule(silent, nn.ReLU(), lambda B: torch.randn(B, 3)).verdict == "agrees"


def test_a_rule_that_counts_where_nothing_runs():
    found = flopwatch.check_rule(lambda m, x, y: x[0].numel(), nn.ReLU(), lambda B: torch.randn(B, 3))
    assert (found.verdict, found.surplus) == ("wrong", "3*B")


def test_the_inferred_rule_agrees():
    rule = flopwatch.infer_rule(attention, tokens, sizes=SIZES).rule
    assert check(rule).verdict == "agrees"


def test_measured_counts_are_shown_beside(monkeypatch):
    count = module_count.operator_count

    def measured(module, args, kwargs=None, *, device=None):
        assert device == "cuda:1"
        counted = count(module, args, kwargs)
        return module_count.ModuleCount(counted.macs, ("some::op",), 2 * counted.macs + 7, 10**9)

    monkeypatch.setattr(module_count, "operator_count", measured)
    found = check(attention_rule, device="cuda:1")
    assert found.verdict == "inconclusive", "some::op has no count, and no counter says what it did"
    last = found.points[-1]
    assert last.measured_flops == 2 * last.operator_macs + 7
    wanted = f"1,000,000,000 FLOPs in all, {last.measured_flops:,} in products, where the operators are "
    assert f"{wanted}{2 * last.operator_macs:,} and the rule says {2 * last.rule_macs:,}" in str(found)
    assert "some::op" in found.notes[0]


def test_the_module_is_as_before():
    module = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    module[1].eval()
    flags, names = [m.training for m in module.modules()], list(module.state_dict())
    random_before = torch.random.get_rng_state()
    flopwatch.check_rule(raises, module, lambda B: torch.randn(B, 3))
    assert [m.training for m in module.modules()] == flags
    assert list(module.state_dict()) == names
    assert torch.equal(torch.random.get_rng_state(), random_before)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())


def test_arguments_that_make_no_sense():
    with pytest.raises(flopwatch.UsageError, match="a rule is a function"):
        check(5)
    with pytest.raises(flopwatch.UsageError, match="runs at none of the sizes"):
        flopwatch.check_rule(silent, nn.Linear(3, 4), lambda B, C: torch.randn(B, C, 2))
