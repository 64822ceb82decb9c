# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`flopwatch run`: what a root is, what it is called, and where a process writes."""

from __future__ import annotations

import json
import os
import socket
import sys
import weakref

import pytest
import torch
from torch import nn

import flopwatch
from flopwatch._run import find_roots, names, path
from flopwatch._run.options import options_from


def _name(module: nn.Module) -> str | None:
    return names.name_of(module, names.places(sys._getframe(1)))


class _Trainer:
    def __init__(self, net: nn.Module) -> None:
        self.net = net

    def name_inside(self) -> str | None:
        return _name(self.net)


def test_a_module_has_the_name_of_what_holds_it() -> None:
    model = nn.Linear(2, 2)
    compiled = torch.compile(nn.Linear(2, 2))
    by_key = {"teacher": nn.Linear(2, 2)}
    _hidden = nn.Linear(2, 2)
    listed = [nn.Linear(2, 2)]
    assert _name(model) == "model"
    assert _name(compiled._orig_mod) == "compiled"
    assert _name(by_key["teacher"]) == "teacher"
    assert _name(_hidden) == "_hidden"
    assert _name(listed[0]) is None
    assert _Trainer(listed[0]).name_inside() == "net"


def test_the_outermost_function_names_it() -> None:
    def inner(module: nn.Module) -> str | None:
        return _name(module)

    model = nn.Linear(2, 2)
    assert inner(model) == "model"


def test_reading_variables_keeps_none_alive() -> None:
    model, gone = nn.Linear(2, 2), torch.ones(1)
    alive = weakref.ref(gone)
    assert _name(model) == "model"
    del gone
    assert alive() is None


def test_variables_of_others_stay() -> None:
    mine = locals()
    mine["added"] = 1
    assert _name(nn.Linear(2, 2)) is None
    assert mine["added"] == 1

    class Body:
        before = 1
        found = _name(nn.Linear(2, 2))
        after = before + 1

    assert (Body.before, Body.after) == (1, 2)


def test_free_names() -> None:
    assert names.free_name("model", []) == "model"
    assert names.free_name("model", ["model", "model_2"]) == "model_3"
    assert names.free_name("a.b", []) == "a_b"


def test_roots_are_the_outermost_modules() -> None:
    part = nn.Linear(2, 2)
    middle = nn.Sequential(part)
    outer, other = nn.Sequential(middle), nn.ModuleDict({"shared": part})
    compiled = torch.compile(outer)
    alive = [part, middle, outer, other, compiled]
    assert find_roots.roots_above(part, alive) in ([outer, other], [other, outer])
    assert find_roots.roots_above(middle, alive) == [outer]
    assert find_roots.roots_above(compiled, alive) == [outer]
    assert find_roots.roots_above(part, []) == [part]
    outer.add_module("itself", outer)
    assert find_roots.roots_above(outer, alive) == [outer]


@pytest.mark.parametrize(
    ("module", "can_be"),
    [
        (nn.Linear(1, 1), True),
        (nn.Sequential(nn.ReLU()), True),
        (nn.ReLU(), False),
        (nn.CrossEntropyLoss(), False),
        (nn.Sequential(), False),
        (nn.Linear(1, 1)._replicate_for_data_parallel(), False),
    ],
)
def test_what_can_be_a_root(module: nn.Module, can_be: bool) -> None:
    assert find_roots.can_be_root(module) == can_be


class _Stranger:
    @property
    def __class__(self):  # type: ignore[no-untyped-def]
        raise AssertionError("nobody may ask")

    def __getattr__(self, name: str) -> object:
        raise AssertionError(name)


def test_looking_for_modules_runs_no_code() -> None:
    stranger, unfinished, model = [_Stranger()], nn.Module.__new__(nn.Module), nn.Linear(2, 2)
    alive = find_roots.modules_alive()
    assert any(each is model for each in alive) and any(each is unfinished for each in alive)
    assert find_roots.roots_above(model, alive) == [model]
    assert _name(nn.Linear(1, 1)) is None and len(stranger) == 1


def test_modules_by_name() -> None:
    net = nn.Sequential(nn.Linear(2, 2))
    place = {"trainer": _Trainer(net), "net": net, "number": 3}
    assert find_roots.by_name("net", [{}, place]) is net
    assert find_roots.by_name("trainer.net", [place]) is net
    assert find_roots.by_name("net.0", [place]) is net[0]
    for missing in ("number", "trainer.other", "nothing", "number.real"):
        assert find_roots.by_name(missing, [place]) is None


def test_paths() -> None:
    me, host = str(os.getpid()), socket.gethostname()

    def of(pattern: str, forked: bool = False, **environment: str) -> str:
        return path.capture_path(pattern, environment, forked=forked)

    assert of("/d/run.flops") == "/d/run.flops"
    assert of("/d/%h-%r-%p-%%.flops") == f"/d/{host}-0-{me}-%.flops"
    assert of("/d/%h-%r.flops", RANK="3") == f"/d/{host}-3.flops"
    assert of("/d/run.flops", RANK="3") == "/d/run.rank3.flops"
    assert of("/d/run.flops", SLURM_PROCID="1", FLOPWATCH_RUN_OWNER="1") == "/d/run.rank1.flops"
    assert of("/d/run.flops", forked=True) == f"/d/run.{me}.flops"
    assert of("/d/%p.flops", forked=True) == f"/d/{me}.flops"
    assert of("/d/run.flops", FLOPWATCH_RUN_OWNER="1") == f"/d/run.{me}.flops"
    assert of("/d/run.flops", FLOPWATCH_RUN_OWNER=me, FLOPWATCH_RUN_RECORDED=me) == "/d/run.flops"
    assert of("/d/r%r.flops", RANK="3", FLOPWATCH_RUN_RECORDED="1") == f"/d/r3.{me}.flops"


def test_options() -> None:
    assert options_from({}) is None
    full = {
        "capture": "/d/a",
        "device": "cuda:1",
        "replay": "reuse",
        "roots": ["m"],
        "program": ["a b", "c"],
        "new": 1,
    }
    options = options_from({"FLOPWATCH_RUN": json.dumps(full)})
    assert options is not None
    assert (options.device, options.replay_mode, options.measure) == ("cuda:1", None, "run")
    assert (options.roots, options.command, options.raw) == (("m",), "'a b' c", "sample")
    for wrong in ("{", "[]", "{}", '{"capture": 3}'):
        with pytest.raises(flopwatch.UsageError, match="leave it unset"):
            options_from({"FLOPWATCH_RUN": wrong})
