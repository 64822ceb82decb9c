# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What can be counted beside a module: bound methods, functions, objects with a call; and how inputs are passed."""

import functools

import pytest
import torch
from torch import nn

import flopwatch
from model_state import state_of

X = torch.randn(5, 8)
FORWARD = 5 * 8 * 16 + 5 * 16 * 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(8, 16), nn.Linear(16, 4)

    def forward(self, x):
        return self.b(self.a(x).relu())

    def generate(self, x, times=1):
        for _ in range(times):
            y = self(x)
        return y

    def encode(self, x):
        return self.a(x) @ torch.ones(16, 3)


def rows(result):
    return {
        "(outside)" if row.outside else row.path or "(root)": (
            row.type,
            row.calls,
            row.formula_macs,
            row.operator_macs,
        )
        for row in result.rows
        if not row.outside or row.operator_macs
    }


def test_bound_method_is_counted_in_the_tree_of_its_module():
    net = Net()
    before = state_of(net)
    result = flopwatch.count(net.generate, (X,), {"times": 3})
    assert rows(result) == {
        "(root)": ("Net", 3, 3 * FORWARD, 3 * FORWARD),
        "a": ("Linear", 3, 3 * 640, 3 * 640),
        "b": ("Linear", 3, 3 * 320, 3 * 320),
    }
    assert result.exact and state_of(net) == before


def test_method_that_goes_past_the_module_itself():
    result = flopwatch.count(Net().encode, X)
    assert rows(result) == {
        "(root)": ("Net", 0, 640, 640 + 240),
        "a": ("Linear", 1, 640, 640),
        "b": ("Linear", 0, 0, 0),
        "(outside)": ("", 0, 0, 240),
    }


@pytest.mark.parametrize("method", ["forward", "__call__"])
def test_forward_is_the_module_itself(method):
    net = Net()
    assert rows(flopwatch.count(getattr(net, method), X)) == rows(flopwatch.count(net, X))


MODEL = Net()


def with_a_global(x):
    return MODEL(x).sum() + (x @ x.T).sum()


def test_function_is_the_root_above_the_modules_it_names():
    result = flopwatch.count(with_a_global, X)
    assert rows(result) == {
        "(root)": ("with_a_global", 1, FORWARD, FORWARD + 5 * 5 * 8),
        "MODEL": ("Net", 1, FORWARD, FORWARD),
        "MODEL.a": ("Linear", 1, 640, 640),
        "MODEL.b": ("Linear", 1, 320, 320),
    }
    assert [(v.kind, v.amount) for v in result.rows[0].verdicts] == [("functional_missed", -200)]


class Pipeline:
    def __init__(self):
        self.net, self.head = Net(), nn.Linear(4, 2)

    def __call__(self, x):
        return self.head(self.net(x))

    def run(self, x):
        return self(x)


def closure(net):
    return lambda x: net(x)


def helper(x):
    return MODEL(x)


def calls_a_helper(x):
    return helper(x)


def takes_a_model(model, x):
    return model(x)


def listed(layers, x):
    for layer in layers:
        x = layer(x)
    return x


PIPELINE = Pipeline()
net_of_its_own = Net()


@pytest.mark.parametrize(
    "function,args,names",
    [
        (closure(Net()), (X,), {"net"}),
        (PIPELINE, (X,), {"net", "head"}),
        (PIPELINE.run, (X,), {"net", "head"}),
        (lambda x: PIPELINE.run(x), (X,), {"PIPELINE.net", "PIPELINE.head"}),
        (calls_a_helper, (X,), {"MODEL"}),
        (functools.partial(takes_a_model, Net()), (X,), {"argument 0"}),
        (functools.partial(takes_a_model, x=X), (Net(),), {"model"}),
        (takes_a_model, (Net(), X), {"model"}),
        (listed, ([nn.Linear(8, 8), nn.Linear(8, 4)], X), {"layers.0", "layers.1"}),
        (lambda x, net=net_of_its_own: net(x), (X,), {"net"}),
        (lambda x: [MODEL(part) for part in [x]], (X,), {"MODEL"}),
        (lambda x: MODEL.a(MODEL.a.weight), (X,), {"MODEL"}),
        (closure(Net().a), (X,), {"net"}),
        (torch.mm, (X, X.T), set()),
    ],
    ids=lambda value: str(sorted(value)) if isinstance(value, set) else "",
)
def test_modules_that_a_function_reaches(function, args, names):
    result = flopwatch.count(function, args)
    found = {row.path for row in result.rows if row.path and not row.outside}
    outermost = {path for path in found if not any(path.startswith(f"{other}.") for other in found)}
    assert outermost == names
    assert result.rows[0].calls == 1
    # Nothing that ran is outside the function's own row.
    assert result.rows[0].operator_macs == result.total.operator.macs > 0


def test_function_that_trains_needs_no_formula():
    def train(model, x):
        model(x).sum().backward()

    with pytest.raises(RuntimeError, match="does not require grad") as caught:
        flopwatch.count(train, (Net(), X))
    if hasattr(caught.value, "__notes__"):
        assert "formula=None" in caught.value.__notes__[0]
    result = flopwatch.count(train, (Net(), X), formula=None)
    # Both weights, and the input of the second layer.
    assert result.total.operator.macs == FORWARD + FORWARD + 320


def test_watch_takes_a_method_and_a_function():
    net = Net()
    for watched, root in ((net.generate, "a"), (lambda: net, "net.a")):
        with flopwatch.watch(watched) as w:
            net(X)
        assert rows(w.result)[root] == ("Linear", 1, 640, 640)


def test_method_is_refused_where_the_package_thop_is_asked():
    with pytest.raises(flopwatch.UsageError, match="another method"):
        flopwatch.count(Net().generate, X, formula="installed")


@pytest.mark.parametrize("counted,name", [(Net, "the class Net"), (3, "a int")])
def test_what_cannot_be_called_is_refused(counted, name):
    with pytest.raises(flopwatch.UsageError, match=f"torch.nn.Module, .* not {name}"):
        flopwatch.count(counted, X)


class Concatenates(nn.Module):
    def forward(self, parts, scale=1.0):
        return torch.cat(list(parts)) * scale


@pytest.mark.parametrize("inputs", [[X, X, X], (X, X, X)], ids=["list", "tuple"])
@pytest.mark.parametrize(
    "counted", [Concatenates(), Concatenates().forward, lambda parts, scale=1.0: torch.cat(parts)]
)
def test_inputs_that_are_one_input_are_refused_with_the_fix(counted, inputs):
    kind = type(inputs).__name__
    with pytest.raises(
        flopwatch.UsageError, match=rf"args is a {kind} of 3 inputs.*to pass the {kind} itself .*,\)\)"
    ):
        flopwatch.count(counted, inputs)
    assert flopwatch.count(counted, (inputs,)).rows[0].calls == 1


def test_other_mistakes_stay_pythons():
    with pytest.raises(TypeError):
        flopwatch.count(Net(), (X, X), {"no_such": 1})
    with pytest.raises(TypeError):
        flopwatch.count(Net(), ())
