# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The pytest plug-in, as users have it: in a pytest of its own, on a project of its own."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

import flopwatch_pytest

pytest_plugins = ["pytester"]

MODELS = """
import os
import torch
from torch import nn

CHANGED = "CHANGED" in os.environ

class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        x = self.fc(x)
        return x @ torch.ones(4, 4) @ torch.ones(4, 4) if CHANGED else x @ torch.ones(4, 4)

def x():
    return torch.randn(2, 4)
"""
TESTS = """
import pytest
from models import *

def test_same(flops):
    assert flops(nn.Sequential(nn.Linear(4, 4)), x()).total.operator.macs == 32

@pytest.mark.parametrize("width", [3, 5])
def test_wide(flops, width):
    flops.count(nn.Linear(4, width + CHANGED), (x(),), name="the head")

def test_costlier(flops):
    flops(nn.Sequential(nn.ReLU(), Functional()), kwargs={"input": x()})

def test_cheaper(flops):
    flops(nn.Sequential(nn.Linear(4, 4), *[] if CHANGED else [nn.Linear(4, 4)]), x())

def test_two(flops):
    flops(nn.Linear(4, 1), x())
    if not CHANGED:
        flops(nn.Linear(4, 2), x())

class TestInClass:
    def test_new(self, flops):
        if not CHANGED:
            pytest.skip("not yet")
        flops(nn.Linear(4, 4), x())
"""
RECORDED = """\
# flopwatch counts, format 1
# Written by pytest --flops-record, compared by pytest --flops-check. What PyTorch's dispatcher ran; each line includes
# the modules below it. ? stands for an operator whose work is not known.

[test_it.py::test_cheaper]
#              MACs         other FLOPs  calls  module
                 64                  16      1  (root): Sequential
                 32                   8      1  0: Linear
                 32                   8      1  1: Linear

[test_it.py::test_costlier]
#              MACs         other FLOPs  calls  module
                 64                   8      1  (root): Sequential
                  0                   0      1  0: ReLU
                 64                   8      1  1: Functional
                 32                   8      1  1.fc: Linear

[test_it.py::test_same]
#              MACs         other FLOPs  calls  module
                 32                   8      1  (root): Sequential
                 32                   8      1  0: Linear

[test_it.py::test_two]
#              MACs         other FLOPs  calls  module
                  8                   2      1  (root): Linear

[test_it.py::test_two] count 2
#              MACs         other FLOPs  calls  module
                 16                   4      1  (root): Linear

[test_it.py::test_wide[3]] the head
#              MACs         other FLOPs  calls  module
                 24                   6      1  (root): Linear

[test_it.py::test_wide[5]] the head
#              MACs         other FLOPs  calls  module
                 40                  10      1  (root): Linear
"""


class Project:
    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self._pytester, self._monkeypatch = pytester, monkeypatch
        self.path = pytester.path
        pytester.makepyfile(models=MODELS, test_it=TESTS)
        pytester.makeini("[pytest]\n")

    @property
    def file(self) -> Path:
        return self.path / "flops.txt"

    def run(self, *arguments: str, changed: bool = False) -> tuple[pytest.RunResult, str]:
        if changed:
            self._monkeypatch.setenv("CHANGED", "1")
        else:
            self._monkeypatch.delenv("CHANGED", raising=False)
        done = self._pytester.runpytest_subprocess("-p", "no:cacheprovider", "--tb=short", *arguments, timeout=300)
        return done, done.stdout.str() + done.stderr.str()


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(pytester, monkeypatch)


def test_recording_and_checking(project: Project) -> None:
    done, text = project.run("--flops-record")
    done.assert_outcomes(passed=6, skipped=1)
    assert "flopwatch: 7 counts recorded in flops.txt: 7 new, 0 changed" in text
    assert project.file.read_text() == RECORDED
    before = project.file.stat()

    done, text = project.run("--flops-check")
    done.assert_outcomes(passed=6, skipped=1)
    assert "flopwatch: 7 counts as recorded in flops.txt" in text
    assert (project.file.stat().st_mtime_ns, project.file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_recording_changes_the_sections_of_tests_that_ran_and_passed(project: Project) -> None:
    foreign = RECORDED.replace("test_it.py::test_same", "test_other.py::test_gone")
    project.file.write_text(foreign)
    (project.path / "test_it.py").write_text(
        TESTS.replace("flops(nn.Linear(4, 1), x())", "flops(nn.Linear(4, 1), x(), name='big')").replace(
            'width + CHANGED), (x(),), name="the head")', "9), x()); assert width == 3"
        )
    )
    done, text = project.run("--flops-record", "test_it.py::test_two", "test_it.py::test_wide", changed=True)
    done.assert_outcomes(passed=2, failed=1)
    assert "2 counts recorded in flops.txt: 2 new, 0 changed, 3 taken out" in text
    kept = foreign.split("[test_it.py::test_two]")[0]
    columns = "#              MACs         other FLOPs  calls  module\n"
    assert project.file.read_text() == (
        kept.split("[test_other.py")[0]
        + f"[test_it.py::test_two] big\n{columns}                  8                   2      1  (root): Linear\n\n"
        + f"[test_it.py::test_wide[3]]\n{columns}                 72                  18      1  (root): Linear\n\n"
        + "[test_it.py::test_wide[5]] the head\n"
        + RECORDED.split("[test_it.py::test_wide[5]] the head\n")[1]
        + "\n"
        + "[test_other.py"
        + kept.split("[test_other.py")[1].rstrip("\n")
        + "\n"
    )


def failure(text: str, test: str) -> str:
    """What pytest says of one failing test."""
    found = re.search(
        rf"^_+ (?:ERROR at teardown of )?{re.escape(test)} _+$\n(.*?)(?=^_{{3,}} |^=)", text, re.M | re.S
    )
    assert found, f"{test} did not fail:\n{text}"
    return "\n".join(line.removeprefix("E   ") for line in found[1].splitlines())


def test_checking_what_has_changed(project: Project) -> None:
    project.file.write_text(RECORDED)
    done, text = project.run("--flops-check", changed=True)
    done.assert_outcomes(passed=2, failed=5, errors=1)

    assert (
        "AssertionError: the model costs more than recorded in flops.txt for [test_it.py::test_costlier]\n"
        "  MACs         64 recorded, 96 now: +32 (+50.00%)\n"
        "  other FLOPs  8 recorded, 8 now\n"
        "  by the modules' own work, without the modules below them:\n"
        "    1 (Functional): +32 MACs (32 recorded, 64 now)\n"
        "  If that is meant, record it: pytest --flops-record test_it.py::test_costlier"
    ) in failure(text, "test_costlier")

    cheaper = failure(text, "test_cheaper")
    assert "AssertionError: the model costs less than recorded" in cheaper
    assert "1 (Linear): a module that is gone, -32 MACs (32 recorded, 0 now)" in cheaper

    wide = failure(text, "test_wide[3]")
    assert "for [test_it.py::test_wide[3]] the head\n" in wide
    assert "the root (Linear): +8 MACs (24 recorded, 32 now)" in wide
    assert "record it: pytest --flops-record 'test_it.py::test_wide[3]'" in wide

    new = failure(text, "TestInClass.test_new")
    assert "flops.txt has no counts of [test_it.py::TestInClass::test_new]. Record them: " in new
    assert "pytest --flops-record test_it.py::TestInClass::test_new" in new

    gone = failure(text, "test_two")
    assert "flops.txt has counts of [test_it.py::test_two] count 2, which the test did not make" in gone
    assert "test_same" not in text.replace("test_it.py::test_same", "")
    assert project.file.read_text() == RECORDED


def test_a_tolerance_and_a_file_elsewhere(project: Project) -> None:
    elsewhere = project.path / "counts"
    elsewhere.mkdir()
    (elsewhere / "all.txt").write_text(RECORDED)
    options = ("--flops-check", "--flops-file=counts/all.txt", "test_it.py::test_wide", "--flops-tolerance=0.2")
    done, text = project.run(*options, changed=True)
    done.assert_outcomes(passed=1, failed=1)  # 48 for 40, and 32 for 24
    assert "record it: pytest --flops-record --flops-file counts/all.txt 'test_it.py::test_wide[3]'" in text
    assert not project.file.exists()


def test_a_plain_run_only_counts(project: Project) -> None:
    project.file.write_text("this is no file of counts")
    done, text = project.run("-k", "not wide", changed=True)
    done.assert_outcomes(passed=5, deselected=2)
    assert "flopwatch:" not in text


def test_what_makes_no_sense_is_told_at_the_start(project: Project) -> None:
    done, text = project.run("--flops-record", "--flops-check")
    assert (done.ret, project.file.exists()) == (pytest.ExitCode.USAGE_ERROR, False)
    assert "--flops-record writes what --flops-check compares with: give one of them" in text
    project.file.write_text("this is no file of counts")
    done, text = project.run("--flops-record")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert "flops.txt is no file of flopwatch counts" in text
    assert "test_it.py" not in text


@pytest.mark.parametrize("given", ["5%", "-0.1", "nan", "inf", ""])
def test_a_tolerance_that_is_none(given: str) -> None:
    with pytest.raises(pytest.UsageError, match="--flops-tolerance is a part of the recorded total, 0 or more"):
        flopwatch_pytest._tolerance(given)


def test_a_file_that_cannot_be_written_fails_the_run(project: Project) -> None:
    done, text = project.run("--flops-record", "--flops-file=missing/flops.txt", "test_it.py::test_same")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert re.search(r"flopwatch: nothing was recorded: the folder \S+missing of the counts cannot be opened", text)


@pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed")
def test_in_parallel(project: Project) -> None:
    done, text = project.run("--flops-record", "-n", "2")
    done.assert_outcomes(passed=6, skipped=1)
    assert "flopwatch: 7 counts recorded in flops.txt: 7 new, 0 changed" in text
    assert project.file.read_text() == RECORDED
    done, text = project.run("--flops-check", "-n", "2", changed=True)
    done.assert_outcomes(passed=2, failed=5, errors=1)
    assert "record it: pytest --flops-record 'test_it.py::test_wide[3]'" in text
