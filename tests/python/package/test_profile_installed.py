# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""formula="installed": the numbers of thop 0.1.1 in this process, and of ultralytics-thop in one of its own."""

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import flopwatch
from common_models import Block, Outer, SmallNet, SubLinear
from flopwatch import profile
from flopwatch._thop.profile import installed_thop
from model_state import state_of
from thop_reference import ALL_TESTS, thop_profile

PEER = Path(sys.prefix) / "peers" / "ultralytics-thop"
PROGRAM = Path(__file__).resolve().parent / "peers" / "installed_thop.py"
IMAGE = (torch.randn(2, 3, 8, 8),)

# Total of thop 0.1.1, and of ultralytics-thop 2.2.3 where it has another.
TOTALS = {
    "called twice": (512, 512),
    "two names": (512, 512),
    "two parents": (2048, 512),
    "three parents": (6912, 768),
    "subclass": (0, 256),
    "F.linear": (0, 256),
    "product": (0, 256),
    "torch.mm": (0, 0),
    "multi-head attention": (0, 29200),
    "attention without weights": (0, 29200),
    "scaled_dot_product_attention": (0, 6400),
    "encoder layer": (23040, 52240),
    "transposed convolution": (32768, 8192),
    "LSTM": (1760, 1760),
    "rule on a nested composite": (1000, 1256),
    "rule on the root": (1256, 1256),
    "rule on a Sequential": (1512, 1512),
    "nested rules": (1000, 1532),
    "rule on attention": (26880, 47360),
    "frozen normalisation": (384, 384),
}


def python(arguments, first_on_the_path):
    """What a Python prints that finds flopwatch and, before all else, what is in that folder."""
    package_folder = Path(flopwatch.__file__).resolve().parent.parent
    path = [str(first_on_the_path), *filter(None, sys.path), str(package_folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def with_ultralytics():
    if not (PEER / "thop").is_dir():
        reason = f"{PEER} is missing: requirements-peers.txt says how it is installed"
        pytest.fail(reason) if ALL_TESTS else pytest.skip(reason)
    return json.loads(python([PROGRAM], PEER))


def test_installed_names_the_distribution_that_is_imported(with_ultralytics):
    assert installed_thop() == ("thop", importlib.metadata.version("thop"))
    assert (with_ultralytics["name"], with_ultralytics["version"]) == ("ultralytics-thop", "2.2.3")
    assert Path(with_ultralytics["file"]).is_relative_to(PEER)


@pytest.mark.parametrize("case", TOTALS)
def test_ultralytics_thop(with_ultralytics, case):
    answer = with_ultralytics["cases"][case]
    assert answer["installed"] == answer["direct"]
    assert answer["unchanged"]
    assert (answer["own"][0], answer["installed"][0]) == TOTALS[case]


def test_all_cases_were_run(with_ultralytics):
    assert set(with_ultralytics["cases"]) == set(TOTALS)


def thousand(module, _x, _y):
    module.total_ops += 1000


@pytest.mark.parametrize("options", [{}, {"ret_layer_info": True}, {"report_missing": True}, {"verbose": False}])
def test_thop_in_this_process(capsys, options):
    custom_ops = {SubLinear: thousand}
    model = Outer(SmallNet())
    before = state_of(model)
    ours = profile(model, IMAGE, custom_ops, formula="installed", **options)
    assert state_of(model) == before
    lines = capsys.readouterr().out
    assert ours == thop_profile(model, IMAGE, custom_ops, **options)
    assert lines == capsys.readouterr().out


def test_what_thop_leaves_behind_is_taken_away():
    """Twice the hooks of a shared module stay with thop, and its next forward raises."""
    shared = nn.Linear(8, 8)
    model = nn.Sequential(Block(a=shared), Block(a=shared), nn.GELU())
    model[2].register_buffer("total_ops", torch.ones(1))
    shared.register_buffer("total_ops", torch.ones(1), persistent=False)
    shared.register_buffer("later", torch.ones(1))
    before = state_of(model)
    x = torch.zeros(4, 8)
    first = profile(model, (x,), formula="installed", verbose=False)
    assert state_of(model) == before
    assert profile(model, (x,), formula="installed", verbose=False) == first == (2048, 144)
    model(x)


def test_one_that_leaves_more_behind(monkeypatch):
    """Other versions may: attributes, hooks of every kind, flags, values of buffers, random numbers."""

    def leaving(model, inputs, custom_ops, **_options):
        for module in model.modules():
            module.total_ops, module.total_params = 1, 2
            module.register_forward_hook(print, with_kwargs=True, always_call=True)
            module.register_forward_pre_hook(print, with_kwargs=True)
            module.training = not module.training
        model.body[1].running_mean.add_(torch.rand(6))
        return "what it returns"

    monkeypatch.setattr("thop.profile", leaving)
    model = SmallNet()
    before = state_of(model)
    assert profile(model, IMAGE, formula="installed") == "what it returns"
    assert state_of(model) == before


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
@pytest.mark.parametrize("where", ["forward", "rule"])
def test_after_an_exception(where, error):
    def fail(*_):
        raise error("as asked")

    model = SmallNet()
    if where == "forward":
        model.heads[1].register_forward_pre_hook(fail)
    before = state_of(model)
    with pytest.raises(error, match="as asked"):
        profile(model, IMAGE, {SubLinear: fail}, formula="installed", verbose=False)
    assert state_of(model) == before


ASK = "from flopwatch._thop.profile import installed_thop\nprint(*installed_thop())"
REFUSED = """
import torch
from flopwatch import profile
try:
    profile(torch.nn.Linear(2, 2), (torch.ones(1, 2),), formula="installed")
except ValueError as error:
    print(type(error).__name__, error)
"""


def test_a_checkout_without_metadata_is_named_by_its_own_version(tmp_path):
    (tmp_path / "thop").mkdir()
    (tmp_path / "thop" / "__init__.py").write_text("__version__ = '9.8'\n")
    assert python(["-c", ASK], tmp_path) == "thop 9.8\n"


def test_one_that_cannot_be_imported_is_refused_with_the_cause(tmp_path):
    (tmp_path / "thop").mkdir()
    (tmp_path / "thop" / "__init__.py").write_text("import distutils_of_old\n")
    said = python(["-c", REFUSED], tmp_path)
    assert said.startswith(f"UsageError the package thop in {tmp_path / 'thop'} cannot be imported")
    assert "distutils_of_old" in said


def test_none_installed_is_refused_with_the_fix(tmp_path):
    hide = """
import importlib.abc, sys
others = list(sys.meta_path)
class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "thop":
            return None
        for finder in others:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                return spec
sys.meta_path[:] = [Finder()]
"""
    said = python(["-c", hide + REFUSED], tmp_path)
    assert said.startswith("UsageError formula='installed' takes the numbers of the package thop, and none is")
    assert "ultralytics-thop" in said
