# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The watched tree: parameters and children as in PyTorch's own walk, whatever is shared; it keeps no type alive."""

import gc
import weakref

import pytest
import torch
import torchvision
from torch import nn

import flopwatch
from flopwatch._tree import read_tree


def shared_modules():
    shared = nn.Linear(4, 4)
    return nn.Sequential(shared, nn.ReLU(), shared, nn.Sequential(shared, nn.Linear(4, 4)))


def tied_parameters():
    model = nn.Module()
    model.embed, model.head = nn.Embedding(5, 3), nn.Linear(3, 5, bias=False)
    model.head.weight = model.embed.weight
    model.scale = model.again = nn.Parameter(torch.ones(2))
    model.below = nn.Module()
    model.below.scale = model.scale
    model.below.both = nn.Sequential(model.embed, model.head, shared_modules())
    return model


MODELS = {
    "shared modules": shared_modules,
    "tied parameters": tied_parameters,
    "a lazy module": lambda: nn.Sequential(nn.LazyLinear(3), nn.Linear(3, 3)),
    "recurrent": lambda: nn.LSTM(3, 4, 2),
    "encoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2), 3),
    "resnet18": torchvision.models.resnet18,
    "scripted": lambda: torch.jit.script(nn.Sequential(nn.Linear(3, 4), nn.ReLU())),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_parameters_are_those_that_the_module_itself_lists(make):
    model = make()
    tree = read_tree(model)
    assert len(tree.modules) == len(tree.compiled) > 0
    for index, module in enumerate(tree.modules):
        listed = [p for p in module.parameters() if not nn.parameter.is_lazy(p)]
        assert tree.compiled.parameters(index) == sum(p.numel() for p in listed), type(module)


def test_children_are_those_that_the_module_names():
    class Chosen(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)

        def named_children(self):
            yield "a", self.a

    assert [type(m).__name__ for m in read_tree(Chosen()).modules] == ["Chosen", "Linear"]
    by_instance = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    by_instance.named_children = lambda: iter([("lin", by_instance[0])])
    assert [type(m).__name__ for m in read_tree(by_instance).modules] == ["Sequential", "Linear"]


def test_a_parameter_that_changes_its_module_while_it_is_read_does_no_harm():
    class Restless(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            parameters = dict(module._parameters)
            module._parameters.clear()
            module._parameters.update(parameters)
            return super().__torch_function__(function, types, args, kwargs or {})

    module = nn.Module()
    module.first = nn.Parameter(torch.ones(3).as_subclass(Restless))
    module.second = nn.Parameter(torch.ones(3))
    assert read_tree(module).compiled.parameters(0) == 6


def test_a_watch_that_its_model_holds_is_collected_with_it():
    model = nn.Linear(4, 4)
    model.__dict__["own"] = flopwatch.watch(model)
    with model.own:
        model(torch.ones(1, 4))
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_children_are_those_that_the_type_names_now(monkeypatch):
    model = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))

    def paths():
        with flopwatch.watch(model) as w:
            pass
        return [row.path for row in w.result.rows if not row.outside]

    assert paths() == ["", "0", "1"]
    monkeypatch.setattr(nn.Sequential, "named_children", lambda self: [("1", self[1])])
    assert paths() == ["", "1"]


def test_a_type_of_the_users_lives_no_longer_than_before(monkeypatch):
    class Linear(nn.Linear):
        pass

    with monkeypatch.context() as patched:
        patched.setattr(nn, "Linear", Linear)
        with flopwatch.watch(nn.Linear(8, 8)) as w:
            pass
    assert w.result.rows[0].type == "Linear"
    alive = weakref.ref(Linear)
    del w, Linear
    gc.collect()
    assert alive() is None
