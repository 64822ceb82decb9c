# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Several models in one watch, and scopes that the program opens around calls of a model."""

import pytest
import torch
from torch import nn

import flopwatch

FC_MACS = 4 * 8 * 8


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        return self.fc(x)


def by_path(result):
    return {row.path: row for row in result.rows if not row.outside}


def test_scopes_around_the_model_hold_its_work():
    model, x = Net(), torch.randn(4, 8)
    with flopwatch.watch(model) as w:
        with flopwatch.scope("request"):
            with flopwatch.scope("prefill"):
                y = model(x)
            for _ in range(10):
                with flopwatch.scope("decode"):
                    model(x)
        y.sum().backward()
    rows = by_path(w.result)
    assert rows["request.prefill"].operator_macs == 2 * FC_MACS  # its backward pass, too: of the weight alone
    assert rows["request.prefill"].operator_macs_by_phase["backward"] == FC_MACS
    assert rows["request.decode"].operator_macs == rows["request.decode"].formula_macs == 10 * FC_MACS
    assert rows["request.decode"].calls == 10
    assert [v.kind for v in rows["request.decode"].verdicts] == ["agrees"]
    assert rows["request"].operator_macs == rows[""].operator_macs == w.result.total.operator.macs == 12 * FC_MACS
    assert [(v.kind, v.amount) for v in rows["request"].verdicts] == [("backward_not_in_formula", -FC_MACS)]
    assert "prefill *" in w.result.report()


def test_several_models_are_roots_with_names_of_their_own():
    gen, disc, x = Net(), Net(), torch.randn(4, 8)
    with flopwatch.watch({"gen": gen, "disc": disc}) as w:
        with flopwatch.scope("step"):
            disc(gen(x))
        disc(x)
    rows = by_path(w.result)
    assert list(rows) == ["", "gen", "gen.fc", "disc", "disc.fc", "step"]
    assert rows["gen.fc"].operator_macs == rows["gen.fc"].formula_macs == FC_MACS
    assert rows["disc"].calls == 2 and rows["disc"].operator_macs == 2 * FC_MACS
    assert rows["step"].operator_macs == rows["step"].formula_macs == 2 * FC_MACS
    assert rows[""].operator_macs == rows[""].formula_macs == 3 * FC_MACS
    assert rows[""].parameters == 2 * (64 + 8)
    assert [v.kind for v in rows[""].verdicts] == ["agrees"]
    assert w.result.losses == []


def test_a_list_of_models_names_them_by_their_types():
    a, b, other, x = Net(), Net(), nn.Linear(8, 8), torch.randn(4, 8)
    with flopwatch.watch([a, b, other]) as w:
        a(x), b(x), other(x)
    assert list(by_path(w.result)) == ["", "Net", "Net.fc", "Net_2", "Net_2.fc", "Linear"]


def test_a_teacher_that_the_student_calls_stays_below_it():
    class Student(nn.Module):
        def __init__(self, teacher):
            super().__init__()
            self.fc = nn.Linear(8, 8)
            self._teacher = [teacher]

        def forward(self, x):
            return self.fc(x) - self._teacher[0](x)

    teacher = Net()
    student, x = Student(teacher), torch.randn(4, 8)
    with flopwatch.watch({"student": student, "teacher": teacher}) as w:
        student(x)
    rows = by_path(w.result)
    assert rows["student"].operator_macs == 2 * FC_MACS and rows["teacher"].operator_macs == FC_MACS
    assert rows[""].operator_macs == rows[""].formula_macs == 2 * FC_MACS


@pytest.mark.parametrize(
    ("watched", "why"),
    [
        ([], "nothing to watch"),
        ({}, "nothing to watch"),
        ([nn.Linear(2, 2), 3], "is a int"),
        ({"a.b": nn.Linear(2, 2)}, "without dots"),
        ({1: nn.Linear(2, 2)}, "without dots"),
        ((lambda net: {"whole": net, "part": net.fc})(Net()), "'whole' and 'part'"),
        ((lambda net: [net, net])(Net()), "one module"),
    ],
)
def test_what_cannot_be_watched_together_is_refused(watched, why):
    with pytest.raises(flopwatch.UsageError, match=why):
        flopwatch.watch(watched)


def test_a_recorded_group_can_be_saved_and_read(tmp_path):
    with flopwatch.watch([Net(), Net()]) as w:
        pass
    w.result.save(tmp_path / "group.flops")
    assert list(by_path(flopwatch.open(tmp_path / "group.flops"))) == ["", "Net", "Net.fc", "Net_2", "Net_2.fc"]
