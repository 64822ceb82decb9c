# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What makes no sense is refused, with its name and its value, in the package's own words."""

import math
import os

import pytest
import torch
from torch import nn

import flopwatch
from flopwatch import testing

X = torch.ones(2, 4)


def nothing(*_):
    return 0


NONSENSE = [
    ({"metrics": "bogus"}, "bogus"),
    ({"metrics": ""}, "metrics is ''"),
    ({"metrics": 3}, "metrics is a text, not 3"),
    ({"replay_mode": "twice"}, "'twice'"),
    ({"replay_mode": 1}, "replay_mode is None, 'none', 'iteration' or 'kernel', not 1"),
    ({"device": 1.5}, "1.5"),
    ({"device": True}, "True"),
    ({"device": ["cuda"]}, "cuda"),
    ({"device": "gpu"}, "'gpu'"),
    ({"custom_ops": [nn.Linear]}, "custom_ops is a dictionary"),
    ({"custom_ops": {"Linear": nothing}}, "'Linear'"),
    ({"custom_ops": {int: nothing}}, "int"),
    ({"custom_ops": {nn.Linear: 7}}, "7"),
    ({"operator_rules": {"": nothing}}, "not ''"),
    ({"operator_rules": {"mm": nothing}}, "'mm'"),
    ({"operator_rules": {3: nothing}}, "not 3"),
    ({"operator_rules": {"aten::mm.out": nothing}}, "'aten::mm.out'"),
    ({"operator_rules": {"aten::mm": None}}, "aten::mm is no function"),
    ({"operator_rules": "aten::mm"}, "operator_rules is a dictionary"),
    ({"operator_handles": {"aten::mm": 5}}, "5"),
    ({"operator_rules": {"aten::mm": nothing, torch.ops.aten.mm: nothing}}, "aten::mm has two rules"),
    ({"operator_rules": {"aten::mm": nothing}, "operator_handles": {"aten::mm": nothing}}, "aten::mm has a rule in"),
    ({"capture": 3}, "capture is the path of a file, not 3"),
    ({"capture": ""}, "not ''"),
]


@pytest.mark.parametrize(("words", "said"), NONSENSE, ids=[f"{next(iter(w[0]))}-{n}" for n, w in enumerate(NONSENSE)])
def test_count_and_watch_refuse(words, said):
    for entry in (
        lambda: flopwatch.count(nn.Linear(4, 4), X, **words),
        lambda: flopwatch.watch(nn.Linear(4, 4), **words),
    ):
        with pytest.raises(flopwatch.UsageError) as caught:
            entry()
        assert said in str(caught.value)
        assert "incompatible" not in str(caught.value)


def test_a_cuda_graph_that_is_being_captured_is_left_alone(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: True)
    for entry in (lambda: flopwatch.count(nn.Linear(4, 4), X), lambda: flopwatch.watch(nn.Linear(4, 4)).__enter__()):
        with pytest.raises(flopwatch.UsageError, match="captured on the current stream"):
            entry()
    monkeypatch.undo()
    assert flopwatch.count(nn.Linear(4, 4), X).total.operator.macs > 0


@pytest.mark.parametrize("warmup", [-1, 1.5, "2", None, True, math.nan])
def test_a_number_of_runs(warmup):
    with pytest.raises(flopwatch.UsageError, match="warmup is a number of runs, 0 or more, not "):
        flopwatch.count(nn.Linear(4, 4), X, warmup=warmup)


@pytest.mark.parametrize("kwargs", [[1], "x", {3: 4}])
def test_keyword_arguments(kwargs):
    with pytest.raises(flopwatch.UsageError, match="kwargs"):
        flopwatch.count(nn.Linear(4, 4), X, kwargs)


@pytest.mark.parametrize("custom_ops", [[nn.Linear], {"Linear": nothing}, {nn.Linear: 7}])
def test_profile_refuses(custom_ops):
    for profile in (flopwatch.profile, flopwatch.profile_origin):
        with pytest.raises(flopwatch.UsageError, match="custom_ops"):
            profile(nn.Linear(4, 4), (X,), custom_ops, verbose=False)
    with pytest.raises(flopwatch.UsageError, match="custom_ops"):
        flopwatch.profile(nn.Linear(4, 4), (X,), custom_ops, verbose=False, explain=True)


@pytest.mark.parametrize(
    "sizes", [["B"], {"B": 3}, {"B": "234"}, {"B": [2, 3]}, {"B": [2, 3, -1]}, {"B": [2, 3, 2.5]}]
)
def test_sizes_of_rule_checks(sizes):
    for entry in (
        lambda: flopwatch.check_rule(nothing, nn.Linear(4, 4), lambda B: torch.ones(B, 4), sizes=sizes),
        lambda: flopwatch.infer_rule(nn.Linear(4, 4), lambda B: torch.ones(B, 4), sizes=sizes),
    ):
        with pytest.raises(flopwatch.UsageError, match="sizes"):
            entry()


def test_a_result_and_a_scope_refuse():
    result = flopwatch.count(nn.Linear(4, 4), X)
    for words in ({"units": 3}, {"units": "ops"}, {"width": "80"}, {"width": -1}, {"depth": 1.5}, {"phase": "both"},
                  {"phase": 1}, {"color": True}, {"color": "red"}, {"explain": 2}):  # fmt: skip
        with pytest.raises(flopwatch.UsageError, match=next(iter(words))) as caught:
            result.report(**words)
        assert repr(next(iter(words.values()))) in str(caught.value)
    with pytest.raises(flopwatch.UsageError, match="phase"):
        result.json(3)
    with pytest.raises(flopwatch.UsageError, match="path is the path of a file, not 3"):
        result.save(3)
    with pytest.raises(flopwatch.UsageError, match="path is the path of a file, not None"):
        flopwatch.open(None)
    with pytest.raises(flopwatch.UsageError, match="the name of a scope is a text, not 3"):
        flopwatch.scope(3)


@pytest.mark.parametrize(
    "name", [b"red \x1b[31m.flops", b"not UTF-8 \xff.flops", "\u202eright to left.flops".encode()]
)
def test_a_path_in_a_message_steers_no_terminal(name, tmp_path):
    path = tmp_path / os.fsdecode(name)
    path.write_text("no capture")
    with pytest.raises(flopwatch.CaptureError) as caught, flopwatch.watch(nn.Linear(2, 2), capture=path):
        pass
    assert str(caught.value).isprintable() and "is no capture" in str(caught.value)
    assert path.read_text() == "no capture"


@pytest.mark.parametrize("words", [{"macs": "32"}, {"macs": -1}, {"flops": True}, {"macs": 32, "tolerance": "1 %"}])
def test_assert_flops_refuses(words):
    with pytest.raises(flopwatch.UsageError):
        testing.assert_flops(nn.Linear(4, 4), X, **words)


def test_color_means_what_it_means_on_the_command_line(monkeypatch):
    result = flopwatch.count(nn.Linear(4, 4), X)
    assert "\x1b[" in result.report(color="always")
    assert "\x1b[" not in result.report(color="never") and result.report() == result.report(color="never")

    class Terminal:
        def isatty(self):
            return True

    def with_auto(**environment):
        with monkeypatch.context() as patch:
            for name in ("NO_COLOR", "TERM"):
                patch.delenv(name, raising=False)
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr("sys.stdout", Terminal())
            return "\x1b[" in result.report(color="auto")

    assert with_auto(TERM="xterm") and with_auto(TERM="xterm", NO_COLOR="")
    assert not with_auto(TERM="dumb") and not with_auto() and not with_auto(TERM="xterm", NO_COLOR="1")


# ---- rules whose answer is no count


class Nonsense(Exception):
    pass


def raising(*_):
    raise Nonsense("no idea")


def adding(amount):
    def rule(m, x, y):
        m.total_ops += amount

    return rule


ANSWERS = {
    "raises": raising,
    "negative": lambda *_: -4,
    "adds a negative number": adding(-4),
    "NaN": lambda *_: math.nan,
    "adds NaN": adding(math.nan),
    "infinity": lambda *_: math.inf,
    "a half": lambda *_: 0.5,
    "a text": lambda *_: "12",
    "a bool": lambda *_: True,
    "a list": lambda *_: [12],
    "beyond 64 bits": lambda *_: 2**70,
}


def watched(**words):
    model = nn.Linear(4, 4)
    with flopwatch.watch(model, **words) as w:
        model(X)
    return w.result


def counted(**words):
    return flopwatch.count(nn.Linear(4, 4), X, warmup=0, **words)


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_module_rule_without_a_usable_answer_makes_the_result_not_exact(answer):
    for entry in (watched, counted):
        result = entry(custom_ops={nn.Linear: ANSWERS[answer]})
        assert not result.exact and result.exit_code == 5
        assert {loss["kind"] for loss in result.losses} <= {"rule_failed", "rule_negative"} and result.losses
        assert not result.total.formula.macs
        assert result.total.operator.macs == 32
        assert "agrees" not in {v.kind for v in result.rows[0].verdicts}


@pytest.mark.parametrize("answer", [a for a in ANSWERS if not a.startswith("adds")])
def test_an_operator_rule_without_a_usable_answer_makes_the_result_not_exact(answer):
    for entry in (watched, counted):
        result = entry(operator_rules={"aten::linear": ANSWERS[answer]})
        assert not result.exact
        [operator] = result.unsupported
        assert operator["name"] == "aten::linear"
        assert "agrees" not in {v.kind for v in result.rows[0].verdicts}
