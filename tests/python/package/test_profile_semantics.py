# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What decides thop's number, one trait a test, against figures worked out by hand and against thop."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from common_models import Block, Outer, SubLinear
from flopwatch import profile
from thop_reference import assert_same_as_thop

LINEAR_MACS = 256  # nn.Linear(8, 8) on (4, 8)
X = torch.linspace(-1, 1, 32).reshape(4, 8)


def linear():
    return nn.Linear(8, 8)


class Function(nn.Module):
    """Its forward is a function of (module, x)."""

    def __init__(self, function, **children):
        super().__init__()
        self.function = function
        for name, child in children.items():
            setattr(self, name, child)

    def forward(self, *args, **kwargs):
        return self.function(self, *args, **kwargs)


def thousand(module, _x, _y):
    module.total_ops += 1000


def shared_by(parents):
    shared = linear()
    return nn.Sequential(*(Block(only=shared) for _ in range(parents)))


def two_names():
    shared = linear()
    return Block(first=shared, second=shared)


CASES = {
    "called twice": (lambda: Block(calls=["a", "a"], a=linear()), {}, 2 * LINEAR_MACS),
    "never called": (lambda: Block(calls=["a"], a=linear(), b=linear()), {}, LINEAR_MACS),
    "two names in one parent": (two_names, {}, 2 * LINEAR_MACS),
    "two parents: hooked twice, called twice, added twice": (lambda: shared_by(2), {}, 8 * LINEAR_MACS),
    "three parents": (lambda: shared_by(3), {}, 27 * LINEAR_MACS),
    "a subclass has no rule": (lambda: Block(a=SubLinear(8, 8)), {}, 0),
    "a rule for the subclass": (lambda: Block(a=SubLinear(8, 8)), {SubLinear: thousand}, 1000),
    "a rule of the user's goes before": (lambda: Block(a=linear()), {nn.Linear: thousand}, 1000),
    "functional work": (lambda: Function(lambda m, x: F.linear(x, m.a.weight), a=linear()), {}, 0),
    "a product": (lambda: Function(lambda m, x: x @ m.a.weight, a=linear()), {}, 0),
    "attention": (lambda: Function(lambda m, x: m.a(x, x, x)[0], a=nn.MultiheadAttention(8, 2)), {}, 0),
    "a rule on a composite hides what is below": (lambda: Outer(Block(a=linear())), {Block: thousand}, 1000),
    "but not on the root": (lambda: Block(a=linear()), {Block: thousand}, 1000 + LINEAR_MACS),
    "nor on a Sequential": (
        lambda: Outer(nn.Sequential(linear(), linear())),
        {nn.Sequential: thousand},
        1000 + 2 * LINEAR_MACS,
    ),
    "nor where it is called in a ModuleList": (
        lambda: Function(lambda m, x: m.a[0](x), a=nn.ModuleList([linear(), linear()])),
        {},
        LINEAR_MACS,
    ),
    "a root without children": (linear, {}, LINEAR_MACS),
    "a container without rule": (
        lambda: Function(lambda m, x: m.a["k"](x), a=nn.ModuleDict({"k": linear()})),
        {},
        LINEAR_MACS,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_macs(case):
    build, custom_ops, macs = case
    assert assert_same_as_thop(build(), (X,), custom_ops)[0] == macs


def test_parameters():
    """Set when a module with a rule is called; the root's own and those of types without a rule never."""
    assert profile(linear(), (X,), verbose=False) == (256, 0)
    assert type(profile(linear(), (X,), verbose=False)[1]) is int  # thop's sum starts so
    assert profile(Outer(linear()), (X,), verbose=False) == (256, 72)
    assert profile(Block(calls=["a", "a"], a=linear(), b=linear()), (X,), verbose=False)[1] == 72
    assert profile(Outer(nn.GroupNorm(2, 8)), (X,), verbose=False) == (0, 0)
    assert profile(Outer(Block(a=linear(), b=linear())), (X,), {Block: thousand}, verbose=False) == (1000, 144)
    root = Function(lambda m, x: m.a(x) + m.own, a=linear(), own=nn.Parameter(torch.ones(8)))
    assert assert_same_as_thop(root, (X,))[1] == 72


def test_layers():
    shared = linear()
    model = Block(a=nn.Sequential(linear(), nn.GELU()), b=Block(x=shared), c=nn.ModuleList([shared]), calls=["a", "b"])
    _, _, layers = profile(model, (X,), {Block: thousand}, verbose=False, ret_layer_info=True)
    assert layers == {
        "a": (256, 72, {"0": (256, 72, {}), "1": (0, 0, {})}),
        "b": (1000, 72, {}),
        "c": (512, 72, {"0": (512, 72, {})}),
    }
    assert_same_as_thop(model, (X,), {Block: thousand})


def test_bare_tensor_is_split_along_its_first_dimension():
    pair = Function(lambda m, x, y: m.a(x) + m.a(y), a=linear())
    assert assert_same_as_thop(pair, torch.stack([X, X]))[0] == 2 * LINEAR_MACS
    with pytest.raises(TypeError):
        profile(pair, torch.stack([X, X, X]), verbose=False)


def test_inputs_may_be_a_list_or_a_generator():
    assert profile(linear(), [X], verbose=False)[0] == LINEAR_MACS
    assert profile(linear(), (x for x in [X]), verbose=False)[0] == LINEAR_MACS


def test_forward_runs_in_eval_mode_without_gradients():
    seen = []
    model = Function(lambda m, x: seen.append((m.training, m.a.training, torch.is_grad_enabled())), a=linear())
    profile(model, (X,), verbose=False)
    assert seen == [(False, False, False)]
    assert torch.is_grad_enabled()


def test_rule_that_returns_a_tensor_replaces_the_output():
    """PyTorch does that with what a hook returns, and so it happens in thop."""

    def narrow(module, _x, y):
        module.total_ops += 1
        return y[:, :4]

    model = Block(a=SubLinear(8, 8), b=nn.Linear(4, 2))
    assert assert_same_as_thop(model, (X,), {SubLinear: narrow})[0] == 1 + 4 * 4 * 2


@pytest.mark.parametrize("number", [1000, 12.5, torch.tensor(3.0).item()])
def test_rule_may_just_return_a_number(number):
    """Beyond thop, which would make the number the module's output."""
    model = Outer(Block(calls=["a", "a", "b"], a=SubLinear(8, 8), b=linear()))
    counted, _ = profile(model, (X,), {SubLinear: lambda m, x, y: number}, verbose=False)
    assert counted == 2 * number + LINEAR_MACS


def test_rule_that_adds_and_returns_a_number_is_thops():
    model = Block(a=SubLinear(8, 8))

    def rule(module, _x, _y):
        module.total_ops += 5
        return 7

    assert assert_same_as_thop(model, (X,), {SubLinear: rule})[0] == 5


def adds(amount):
    def rule(module, _x, _y):
        module.total_ops += amount

    return rule


def test_fractions_are_added_in_thops_order():
    """A module's own first, then its children's one by one; a container's sum is one number to its parent."""
    inner = nn.Sequential(SubLinear(8, 8), nn.GELU())
    rules = {Block: adds(0.1), SubLinear: adds(0.3), nn.Sequential: adds(0.4), nn.GELU: adds(0.6)}
    counted = assert_same_as_thop(Block(a=SubLinear(8, 8), b=nn.GELU()), (X,), rules)[0]
    assert counted == (0.1 + 0.3) + 0.6 != 0.1 + (0.3 + 0.6)
    counted = assert_same_as_thop(Block(a=SubLinear(8, 8), b=inner), (X,), rules)[0]
    assert counted == (0.1 + 0.3) + ((0.4 + 0.3) + 0.6) != 0.1 + 0.3 + 0.4 + 0.3 + 0.6


def test_fractions_of_one_module_are_added_call_by_call():
    amounts = [0.1, 0.2, 0.3]

    def rule(module, _x, _y):
        module.total_ops += amounts[0]
        amounts.append(amounts.pop(0))

    counted = assert_same_as_thop(Outer(Block(calls=["a", "a", "a"], a=SubLinear(8, 8))), (X,), {SubLinear: rule})[0]
    assert counted == (0.1 + 0.2) + 0.3 != 0.1 + (0.2 + 0.3)


def test_fused_path_of_an_encoder_layer_is_off_as_with_thop():
    """Hooks on its children keep PyTorch from running the layer as one kernel: its linear layers count."""
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
    assert assert_same_as_thop(Outer(layer), (torch.randn(2, 10, 16),))[0] == 23040
    rule = {nn.TransformerEncoderLayer: thousand}
    assert assert_same_as_thop(Outer(layer), (torch.randn(2, 10, 16),), rule)[0] == 1000


def test_module_made_in_the_forward_is_refused():
    def forward(module, x):
        module.late = linear()
        return module.late(x)

    with pytest.raises(ValueError, match="Linear came into being during the forward"):
        profile(Function(forward), (X,), verbose=False)


def test_lazy_module_has_no_rule_in_its_first_forward():
    model = Outer(nn.LazyLinear(8))
    assert profile(model, (X,), verbose=False)[0] == 0
    assert assert_same_as_thop(model, (X,))[0] == LINEAR_MACS


@pytest.mark.parametrize("wrapped", [True, False])
def test_compiled_module_counts_as_it_was_written(wrapped):
    model = Block(a=linear(), b=Block(c=SubLinear(8, 8)))
    if wrapped:
        model.b = torch.compile(model.b, backend="eager", fullgraph=True)  # thop refuses these
        model(X)
        counted = profile(model, (X,), {SubLinear: thousand}, verbose=False)
        assert counted == (LINEAR_MACS + 1000, 144)
    else:
        model.b.compile(backend="eager")
        model(X)
        assert assert_same_as_thop(model, (X,), {SubLinear: thousand})[:2] == (LINEAR_MACS + 1000, 144)


def test_wrapper_that_answers_for_what_it_wraps():
    """thop finds the counters of the inner module there, and raises."""

    class Wrapper(Outer):
        def __getattr__(self, name):
            try:
                return super().__getattr__(name)
            except AttributeError:
                return getattr(self.inner, name)

    assert profile(Wrapper(Block(a=linear())), (X,), verbose=False) == (LINEAR_MACS, 72)


def test_default_device_is_not_that_of_the_counters():
    model = Block(a=linear(), b=nn.BatchNorm1d(8))
    with torch.device("meta"):
        assert profile(model, (X,), verbose=False)[0] == LINEAR_MACS + 128


def test_on_the_meta_device():
    with torch.device("meta"):
        model, x = Block(a=linear(), b=nn.Softmax(-1)), torch.empty(4, 8)
    assert assert_same_as_thop(model, (x,))[0] == LINEAR_MACS + 92
