# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What profile prints, line for line as thop, and how clever_format writes a number."""

import functools

import pytest
import thop
import torch
from hypothesis import given
from hypothesis import strategies as st
from thop.profile import register_hooks
from torch import nn

from common_models import Block, Outer, SmallNet, SubLinear
from flopwatch import clever_format, profile
from thop_reference import thop_profile

IMAGE = (torch.zeros(2, 3, 8, 8),)


def my_rule(module, x, y):
    module.total_ops += 1


def printed(capsys, count, model, inputs, **options):
    count(model, inputs, **options)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"verbose": False},
        {"report_missing": True},
        {"verbose": False, "report_missing": True},
        {"custom_ops": {SubLinear: my_rule}},
        {"custom_ops": {SmallNet: my_rule, nn.Linear: my_rule}, "report_missing": True},
    ],
)
def test_lines_are_thops(capsys, options):
    """Each type is announced once, where it is met first."""
    model = Block(calls=["a"], a=SmallNet(), b=SmallNet())
    ours = printed(capsys, profile, model, IMAGE, **options)
    assert ours == printed(capsys, thop_profile, model, IMAGE, **options)
    assert bool(ours) == (options != {"verbose": False})


def test_lines_themselves(capsys):
    options = {"custom_ops": {SubLinear: my_rule}, "report_missing": True}
    lines = printed(capsys, profile, Outer(SmallNet()), IMAGE, **options).splitlines()
    assert lines[0] == "[INFO] Register count_convNd() for <class 'torch.nn.modules.conv.Conv2d'>."
    assert "[INFO] Customize rule my_rule() <class 'common_models.SubLinear'>." in lines
    missing = "[WARN] Cannot find rule for <class 'common_models.SmallNet'>. Treat it as zero Macs and zero Params."
    assert any(line.endswith("\033[91m" + missing) for line in lines)


class WithoutForward(nn.Module):
    """One of each type, built as an object only: nothing is called."""

    def __init__(self):
        super().__init__()
        for kind in register_hooks:
            module = kind.__new__(kind)
            nn.Module.__init__(module)
            self.add_module(kind.__name__, module)

    def forward(self):
        return None


def test_every_rule_is_announced_by_thops_name(capsys):
    ours = printed(capsys, profile, WithoutForward(), ())
    assert ours == printed(capsys, thop_profile, WithoutForward(), ())
    assert ours.count("[INFO] Register") == len(register_hooks)


def test_rule_without_a_name_is_no_error(capsys):
    rule = functools.partial(my_rule)
    assert "[INFO] Customize rule functools.partial(" in printed(
        capsys, profile, Outer(SmallNet()), IMAGE, custom_ops={nn.Linear: rule}
    )


@pytest.mark.parametrize(
    "number,text",
    [
        (0, "0.00B"),
        (999, "999.00B"),
        (1000, "1000.00B"),
        (1001, "1.00K"),
        (1e6, "1000.00K"),
        (1e6 + 1, "1.00M"),
        (1e9, "1000.00M"),
        (1_509_949_440, "1.51G"),
        (1e12, "1000.00G"),
        (2.5e12, "2.50T"),
        (-5e9, "-5000000000.00B"),
    ],
)
def test_clever_format(number, text):
    assert clever_format(number) == text == thop.clever_format(number)
    assert clever_format([number]) == text == thop.clever_format([number])
    assert clever_format((number, number)) == (text, text) == thop.clever_format((number, number))


@given(st.lists(st.one_of(st.integers(0, 10**16), st.floats(0, 1e15))), st.sampled_from(["%.2f", "%.3f", "%g", "%d"]))
def test_clever_format_is_thops(numbers, format):
    assert clever_format(numbers, format) == thop.clever_format(numbers, format)


def test_clever_format_of_tensors():
    numbers = torch.tensor([1500.0, 2e9])
    assert clever_format(numbers) == thop.clever_format(numbers) == ("1.50K", "2.00G")
