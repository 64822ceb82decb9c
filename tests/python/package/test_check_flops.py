# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""flopwatch.testing.check_flops: a model compared with a file of recorded counts."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from common_models import Block
from flop_guard_models import NO_RULE, Rfft, count
from flopwatch.testing import check_flops, record_flops


def changed(path: Path, before: nn.Module, after: nn.Module, x: torch.Tensor, tolerance: float = 0.0) -> str:
    record_flops(path, "model", count(before, x))
    with pytest.raises(AssertionError) as caught:
        check_flops(path, "model", count(after, x), tolerance=tolerance)
    return str(caught.value)


def test_a_costlier_model_names_the_deepest_module(tmp_path: Path) -> None:
    path = tmp_path / "f.txt"
    before = Block(a=Block(b=nn.Linear(4, 4), c=nn.Linear(4, 4)), d=nn.ReLU())
    after = Block(a=Block(b=nn.Linear(4, 4), c=nn.Linear(4, 6, bias=False)), d=nn.ReLU())
    assert changed(path, before, after, torch.randn(1, 4)).splitlines() == [
        f"model: the model costs more than recorded in {path}",
        "  MACs         32 recorded, 40 now: +8 (+25.00%)",
        "  other FLOPs  8 recorded, 4 now: -4 (-50.00%)",
        "  by the modules' own work, without the modules below them:",
        "    a.c (Linear): +8 MACs (16 recorded, 24 now), -4 other FLOPs (4 recorded, 0 now)",
    ]


def test_a_cheaper_model_fails_too(tmp_path: Path) -> None:
    before = Block(calls=["a", "a"], a=nn.Linear(4, 4))
    text = changed(tmp_path / "f", before, Block(calls=["a"], a=nn.Linear(4, 4)), torch.randn(1, 4))
    assert "the model costs less than recorded" in text
    assert "a (Linear): called 1 times, recorded 2, -16 MACs (32 recorded, 16 now)" in text


def test_new_gone_and_exchanged_modules_are_named(tmp_path: Path) -> None:
    x = torch.randn(1, 4)
    before, after = Block(a=nn.Linear(4, 4), b=nn.ReLU()), Block(c=nn.Linear(4, 4), b=nn.GELU())
    text = changed(tmp_path / "f", before, after, x)
    assert "a (Linear): a module that is gone, -16 MACs (16 recorded, 0 now)" in text
    assert "c (Linear): a new module, +16 MACs (0 recorded, 16 now)" in text
    assert "b (GELU): it was a ReLU, +8 other FLOPs (0 recorded, 8 now)" in text
    moved = changed(tmp_path / "f", Block(a=nn.Linear(4, 4)), Block(c=nn.Linear(4, 4)), x)
    assert "the model costs what is recorded, but its modules are not those recorded" in moved
    idle = changed(tmp_path / "f", Block(a=nn.Linear(4, 4)), Block(a=nn.Linear(4, 4), b=nn.Identity()), x)
    assert idle.splitlines()[-1] == "    b (Identity): a new module"


class Functional(nn.Module):
    def __init__(self, products: int) -> None:
        super().__init__()
        self.fc, self.products = nn.Linear(4, 4, bias=False), products

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.fc(x)
        for _ in range(self.products):
            x = x @ torch.ones(4, 4)
        return x


def test_functional_work_is_named_where_it_is(tmp_path: Path) -> None:
    text = changed(tmp_path / "f", Block(a=Functional(1)), Block(a=Functional(3)), torch.randn(1, 4))
    assert text.splitlines()[-1] == "    a (Functional): +32 MACs (16 recorded, 48 now)"
    text = changed(tmp_path / "f", Functional(1), Functional(2), torch.randn(1, 4))
    assert text.splitlines()[-1] == "    the root (Functional): +16 MACs (16 recorded, 32 now)"


def test_the_tolerance_is_part_of_the_total(tmp_path: Path) -> None:
    """16 of 100 MACs more, in one module; 0.16 of the total is 16."""
    path, x = tmp_path / "f", torch.randn(1, 4)
    before = Block(a=nn.Linear(4, 4, bias=False), b=nn.Linear(4, 21, bias=False))
    after = Block(a=nn.Linear(4, 4, bias=False), x=Functional(0), b=nn.Linear(4, 21, bias=False))
    record_flops(path, "model", count(before, x))
    check_flops(path, "model", count(after, x), tolerance=0.16)
    assert "x.fc (Linear): a new module, +16 MACs" in changed(path, before, after, x, tolerance=0.15)
    check_flops(path, "model", count(before, x))


def test_the_tolerance_is_of_other_work_by_itself(tmp_path: Path) -> None:
    x = torch.randn(1, 4)
    before, after = Block(a=nn.Linear(4, 4), b=nn.GELU()), Block(a=nn.Linear(4, 4), b=nn.SiLU(), c=nn.SiLU())
    text = changed(tmp_path / "f", before, after, x, tolerance=0.5)
    assert "16 recorded, 16 now\n" in text  # MACs
    assert "c (SiLU): a new module, +8 other FLOPs" in text


def test_an_operator_that_is_not_counted_is_never_tolerated(tmp_path: Path) -> None:
    class Sum(Rfft):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[:, :5].exp() @ torch.ones(5, 3)

    x, path = torch.randn(2, 8), tmp_path / "f"
    text = changed(path, Block(mixer=Sum()), Block(mixer=Rfft()), x, tolerance=9.0)
    assert text.startswith("model: operators without a count are not those recorded")
    assert text.endswith(f"\n  not counted, so the numbers lack its work: {NO_RULE} in mixer; it is new")
    text = changed(path, Block(mixer=Rfft()), Block(mixer=Sum()), x, tolerance=9.0)
    assert text.endswith(f"no longer there, or counted now: {NO_RULE} in mixer, which was recorded as not counted")
    twice = Block(calls=["m", "m"], m=Block(mixer=Rfft(), back=nn.Linear(3, 8)))
    once = Block(calls=["m"], m=twice.m)
    text = changed(path, twice, once, x, tolerance=9.0)
    assert text.endswith(f"not counted: {NO_RULE} in m.mixer has 1 calls, 2 were recorded")
