# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What thop's rules read from their modules, where a module is not as torch.nn makes it."""

import pytest
import torch
from torch import nn
from torch.nn.utils import prune

import flopwatch
from flopwatch._errors import RuleError
from flopwatch._thop.rules import find_rule

IMAGE = (1, 4, 6, 6)
WHOLE_NUMBERS = [
    (lambda: nn.Conv2d(4, 8, 3), "groups", IMAGE),
    (lambda: nn.Linear(4, 8), "in_features", (2, 4)),
    (lambda: nn.Softmax(dim=1), "dim", (2, 4)),
    (lambda: nn.LSTMCell(4, 8), "hidden_size", (2, 4)),
    (lambda: nn.GRU(4, 8), "input_size", (3, 2, 4)),
    (lambda: nn.GRU(4, 8), "num_layers", (3, 2, 4)),
]


def amount(module, x):
    return find_rule(type(module)).amount(module, (x,), module(x))


@pytest.mark.parametrize("value", [None, 1.5, torch.tensor(4.0), "4", 2**64])
@pytest.mark.parametrize(("make", "name", "shape"), WHOLE_NUMBERS)
def test_what_is_no_whole_number_is_an_error_and_a_data_loss(make, name, shape, value):
    module, x = make(), torch.randn(shape)
    right = getattr(module, name)
    setattr(module, name, value)
    with pytest.raises(RuleError, match=f"^thop's rule for {type(module).__name__} cannot read the module: "):
        find_rule(type(module)).of(module)
    w = flopwatch.watch(module)  # reads the module
    setattr(module, name, right)
    with w:
        module(x)
    assert [loss["kind"] for loss in w.result.losses] == ["rule_failed"]
    assert w.result.total.formula.macs == 0


@pytest.mark.parametrize("make", [case[0] for case in WHOLE_NUMBERS] + [lambda: nn.Upsample(scale_factor=2)])
def test_a_missing_attribute_is_an_error(make):
    module = make()
    rule = find_rule(type(module))
    for name in list(module.__dict__):
        if not name.startswith("_") and name != "training":
            delattr(module, name)
    with pytest.raises(RuleError, match="cannot read the module: .* has no attribute"):
        rule.of(module)


class Stubborn:
    def __init__(self, error):
        self.error = error

    def __index__(self):
        raise self.error


@pytest.mark.parametrize("value", [torch.tensor(4, device="meta"), Stubborn(ValueError("not yet"))])
def test_a_size_that_is_not_known_is_an_error_and_a_data_loss(value):
    module = nn.Linear(4, 8)
    module.in_features = value
    with pytest.raises(RuleError, match="cannot read the module: it holds no whole number but a "):
        find_rule(nn.Linear).of(module)
    with flopwatch.watch(module) as w:
        module(torch.randn(2, 4))
    assert [loss["kind"] for loss in w.result.losses] == ["rule_failed"]


def interrupted(_self):
    raise KeyboardInterrupt


def test_an_interrupt_while_the_tree_is_read_passes_through(monkeypatch):
    monkeypatch.setattr(nn.LayerNorm, "affine", property(interrupted), raising=False)
    with pytest.raises(KeyboardInterrupt):
        flopwatch.watch(nn.Sequential(nn.LayerNorm(4)))
    linear = nn.Linear(4, 8)
    linear.in_features = Stubborn(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        flopwatch.watch(linear)


def test_numbers_that_stand_for_whole_ones_are_taken():
    x = torch.randn(2, 4)
    module = nn.Linear(4, 8)
    expected = amount(module, x)
    module.in_features = torch.tensor(4)
    assert amount(module, x) == expected == 2 * 8 * 4


class OwnParameter(nn.Parameter):
    """A parameter of the user's own type."""


def pruned(convolution):
    return prune.l1_unstructured(convolution, "weight", amount=0.5)


def of_own_type(convolution):
    convolution.weight = OwnParameter(convolution.weight.data)
    return convolution


def as_a_plain_tensor(convolution):
    weight = convolution.weight.detach()
    del convolution.weight
    convolution.weight = weight
    return convolution


def beside_none(convolution):
    convolution.__dict__["weight"] = convolution.weight.detach()
    convolution._parameters["weight"] = None
    return convolution


class Guarded(dict):
    """Of a library that fetches a parameter where its module asks for it."""

    def __getitem__(self, name):
        raise AssertionError("asked for by flopwatch")


def fetched_on_demand(convolution):
    convolution.__dict__["_parameters"] = Guarded(convolution._parameters)
    return convolution


def test_a_weight_is_not_fetched_for_its_shape():
    expected = amount(nn.Conv2d(4, 8, 3), torch.randn(IMAGE))
    y = torch.randn(1, 8, 4, 4)
    assert find_rule(nn.Conv2d).amount(fetched_on_demand(nn.Conv2d(4, 8, 3)), (torch.randn(IMAGE),), y) == expected


@pytest.mark.parametrize("change", [pruned, of_own_type, as_a_plain_tensor, beside_none])
def test_a_weight_that_is_no_plain_parameter(change):
    x = torch.randn(IMAGE)
    expected = amount(nn.Conv2d(4, 8, (3, 2), groups=2), x)
    module = change(nn.Conv2d(4, 8, (3, 2), groups=2))
    assert amount(module, x) == expected == 8 * 4 * 5 * 2 * 3 * 2
    with flopwatch.watch(module) as w:
        module(x)
    assert w.result.total.formula.macs == expected


class Stored(nn.Parameter):
    """One whose storage has another shape than it says it has."""

    shape = (8, 2, 3, 2)


def test_a_type_of_the_users_knows_its_own_shape():
    module, x = nn.Conv2d(4, 8, (3, 2), groups=2), torch.randn(IMAGE)
    y = module(x)
    expected = amount(module, x)
    module.weight = Stored(torch.empty(96))
    assert find_rule(nn.Conv2d).amount(module, (x,), y) == expected


def test_a_scale_is_asked_for_its_truth():
    class Unsure:
        def __bool__(self):
            raise TypeError("neither")

    module = nn.LayerNorm(4)
    module.elementwise_affine = Unsure()
    with pytest.raises(RuleError, match="neither"):
        find_rule(nn.LayerNorm).of(module)
    module.affine = 1  # is asked first
    assert amount(module, torch.randn(2, 4)) == 4 * 8


@pytest.mark.parametrize("mode", [None, 7, "trilinear", "nearest ", "\ud800", b"nearest"])
def test_a_mode_without_a_rule_counts_nothing(mode):
    module, x = nn.Upsample(scale_factor=2), torch.randn(IMAGE)
    y = module(x)
    rule = find_rule(nn.Upsample)
    assert rule.amount(module, (x,), y) == y.numel()
    module.mode = mode
    assert rule.amount(module, (x,), y) == 0
