# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Modules that are not registered, and calls that are open when recording ends."""

import threading

import torch
from torch import nn

import flopwatch
from flopwatch._load import native

FC_MACS = 4 * 8 * 8


def by_path(result):
    return {row.path: row for row in result.rows if not row.outside}


def test_modules_in_a_plain_list_or_a_closure_are_named():
    hidden = nn.Linear(8, 8)

    class Lists(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Sequential(nn.Linear(8, 8), nn.ReLU())]

        def forward(self, x):
            return hidden(self.layers[0](x))

    model = Lists()
    with flopwatch.watch(model) as w:
        model(torch.randn(4, 8))
    rows = by_path(w.result)
    assert rows["(Sequential).(Linear)"].operator_macs == FC_MACS
    assert rows["(Linear)"].operator_macs == FC_MACS and rows["(Linear)"].calls == 1
    verdicts = rows[""].verdicts
    assert {(v.kind, v.amount, v.path) for v in verdicts} == {
        ("no_rule", -FC_MACS, "(Linear)"),
        ("no_rule", -FC_MACS, "(Sequential).(Linear)"),
    }
    assert all("not registered below the root" in v.cause for v in verdicts)


def test_an_unregistered_module_that_raises_leaves_the_scopes_even():
    class Broken(nn.Module):
        def forward(self, x):
            raise KeyError

    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.broken = nn.Linear(8, 8), [Broken()]

        def forward(self, x):
            try:
                self.broken[0](x)
            except KeyError:
                pass
            return self.fc(x)

    model = Outer()
    with flopwatch.watch(model) as w:
        model(torch.randn(4, 8))
    assert by_path(w.result)["fc"].operator_macs == FC_MACS
    assert [v.kind for v in w.result.rows[0].verdicts] == ["agrees"]


def test_a_call_left_open_by_an_earlier_watch_holds_nothing_of_a_later_one():
    model, other, x = nn.Linear(8, 8), nn.Linear(8, 8), torch.randn(4, 8)
    with flopwatch.watch(model) as w:
        native.enter(model)  # and its end is never announced
    assert [loss["kind"] for loss in w.result.losses] == ["scope_left_open"]
    with flopwatch.watch(model) as w:
        other(model(x))
    assert list(by_path(w.result)) == [""]
    assert [row.operator_macs for row in w.result.rows if row.outside] == [FC_MACS]


def test_calls_that_are_open_at_the_end_are_named_as_such():
    class Waits(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)

        def forward(self, x):
            return self.fc(x)

    model, x = Waits(), torch.randn(4, 8)
    inside, go_on = threading.Event(), threading.Event()

    def forward_that_waits(x):
        y = nn.functional.linear(x, model.fc.weight, model.fc.bias)
        inside.set()
        go_on.wait(60)
        return y

    model.fc.forward = forward_that_waits
    thread = threading.Thread(target=lambda: model(x))
    with flopwatch.watch(model) as w:
        thread.start()
        assert inside.wait(60)
    go_on.set()
    thread.join()
    (loss,) = [loss for loss in w.result.losses if loss["kind"] == "scope_left_open"]
    assert "fc (Linear)" in loss["text"]
    verdicts = w.result.rows[0].verdicts
    assert [(v.kind, v.amount, v.path) for v in verdicts] == [("formula_incomplete", -FC_MACS, "fc")]
    assert "still open when recording ended" in verdicts[0].cause
