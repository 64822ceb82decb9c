# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""flopwatch.testing.assert_flops: a model compared with a number."""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn

import flopwatch
from common_models import Attention, Block, attention_rule
from flop_guard_models import ALL, DIM, HEADS, NO_RULE, PRODUCTS, PROJ, QKV, Rfft, attention, tokens
from flopwatch.testing import assert_flops


def complaint(*args: object, **options: object) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_flops(*args, **options)
    return str(caught.value)


def test_what_is_expected_passes_and_is_returned() -> None:
    result = assert_flops(attention(), tokens(), macs=ALL)
    assert result.total.operator.macs == ALL
    assert result.total.formula is None
    assert_flops(attention(), (tokens(),), flops=2 * ALL)
    assert_flops(nn.Linear(3, 5), kwargs={"input": torch.randn(2, 3)}, macs=30)


def test_the_message() -> None:
    """Expected, got, the difference, and who did it by their own work."""
    text = complaint(attention(), tokens(), macs=ALL - 84)
    assert text.splitlines() == [
        f"CustomModule: {ALL:,} MACs in the operator column, expected {ALL - 84:,}: 84 more, +0.85%",
        "  made up of, by the modules' own work",
        f"     {QKV:,}  attn.qkv (Linear): aten::linear",
        f"     {PROJ:,}  attn.proj (Linear): aten::linear",
        f"       {PRODUCTS:,}  attn (Attention): aten::bmm",
    ]


def test_flops_are_twice_the_macs() -> None:
    text = complaint(attention(), tokens(), flops=ALL)
    assert f"{2 * ALL:,} FLOPs in the operator column, expected {ALL:,}: {ALL:,} more, +100.00%" in text
    assert f"{2 * QKV:,}  attn.qkv (Linear)" in text


def test_fewer_and_none_at_all() -> None:
    assert f"expected {ALL + 1:,}: 1 fewer, -0.01%" in complaint(attention(), tokens(), macs=ALL + 1)
    assert "0 MACs in the operator column, expected 1: 1 fewer, -100.00%\n  no module did any" in complaint(
        nn.ReLU(), tokens(), macs=1
    )
    assert_flops(nn.ReLU(), tokens(), macs=0)
    assert "expected 0: 30 more\n" in complaint(nn.Linear(3, 5), torch.randn(2, 3), macs=0)


def test_the_tolerance_is_part_of_the_expected_number() -> None:
    model, x = nn.Linear(10, 10), torch.randn(1, 10)
    assert_flops(model, x, macs=80, tolerance=0.25)
    assert_flops(model, x, macs=125, tolerance=0.2)
    assert "expected 81: 19 more, +23.46%; 23.00% is allowed" in complaint(model, x, macs=81, tolerance=0.23)
    complaint(model, x, macs=126, tolerance=0.2)


def test_many_modules_are_folded_and_calls_told() -> None:
    widths = range(2, 13)
    model = nn.Sequential(*(nn.Sequential(nn.Linear(n, n + 1, bias=False)) for n in widths))
    lines = complaint(model, torch.randn(1, 2), macs=1).splitlines()
    rest = sum(n * (n + 1) for n in list(widths)[:3])
    assert len(lines) == 2 + 8 + 1
    assert lines[2].endswith("156  10.0 (Linear): aten::linear")
    assert lines[-1].split() == [f"{rest}", "3", "more", "modules"]
    twice = Block(calls=["fc", "fc"], fc=nn.Linear(3, 3))
    assert "18  fc (Linear), 2 calls: aten::linear" in complaint(twice, torch.randn(1, 3), macs=1)


def test_the_formula_column() -> None:
    rules = {Attention: attention_rule}
    assert_flops(attention(), tokens(), macs=QKV + PROJ, column="formula")
    assert_flops(attention(), tokens(), macs=ALL, column="formula", custom_ops=rules)
    text = complaint(attention(), tokens(), macs=1, column="formula", custom_ops=rules)
    assert f"{ALL:,} MACs in the formula column, expected 1" in text
    assert text.splitlines()[2:] == [f"     {ALL:,}  attn (Attention)"]
    # On the root thop counts the children beside the rule, and the rows are those that it adds up.
    text = complaint(Attention(DIM, HEADS), tokens(), macs=1, column="formula", custom_ops=rules)
    assert f"{ALL + QKV + PROJ:,} MACs in the formula column, expected 1" in text
    assert [int(line.split()[0].replace(",", "")) for line in text.splitlines()[2:]] == [ALL, QKV, PROJ]


def test_an_absent_column_is_no_number() -> None:
    text = complaint(attention(), tokens(), macs=ALL, column="formula", formula=None)
    assert "the formula column has none: formula=None asks for no formula" in text
    if not torch.cuda.is_available():
        text = complaint(attention(), tokens(), macs=ALL, column="measured")
        assert re.search(r"the measured column has none: not collected: .+", text)


def test_operators_without_a_rule_fail_unless_allowed() -> None:
    macs = 2 * 5 * 3
    model, x = Block(mixer=Rfft()), torch.randn(2, 8)
    assert complaint(model, x, macs=macs).splitlines() == [
        f"Block: {macs} MACs in the operator column, as expected, but that is not all of its work",
        f"  not counted: {NO_RULE}, 1 call in mixer: the operator column lacks its work",
        "  give them a rule (operator_rules), or name them in allow_unsupported",
    ]
    assert_flops(model, x, macs=macs, allow_unsupported=[NO_RULE])
    assert_flops(model, x, macs=macs, allow_unsupported=NO_RULE)
    assert_flops(model, x, macs=macs + 8, operator_rules={NO_RULE: lambda call: 8})
    assert f"not counted: {NO_RULE}" in complaint(model, x, macs=macs + 1)
    assert f"not counted: {NO_RULE}" not in complaint(model, x, macs=macs + 1, allow_unsupported=[NO_RULE])


@pytest.mark.parametrize(
    "options",
    [{}, {"macs": 1, "flops": 2}, {"macs": 1, "tolerance": -0.1}, {"macs": 1, "tolerance": float("nan")}]
    + [{"macs": 1, "column": "thop"}, {"macs": 1, "tolerance": True}],
)
def test_what_makes_no_sense_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(flopwatch.UsageError):
        assert_flops(attention(), tokens(), **options)
