# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The watched tree: its parameters against PyTorch's own walk, whatever is shared."""

import pytest
import torch
import torchvision
from torch import nn

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
