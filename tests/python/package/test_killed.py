# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A killed program leaves what it had counted, up to about the last second; a forked one leaves its parent alone."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import nn

import flopwatch

MACS_A_STEP = 2 * 8 * 8
BEHIND_S = 2.0  # the file is written every 0.8 s; the rest is for a machine that is busy
KILLS = 25 if os.environ.get("FLOPWATCH_ALL_TESTS") else 2

_PROGRAM = """
import mmap, struct, sys
import torch, flopwatch
torch.set_num_threads(1)
model, x = torch.nn.Linear(8, 8), torch.randn(2, 8)
with open(sys.argv[2], "r+b") as file:
    steps = mmap.mmap(file.fileno(), 8)
with flopwatch.watch(model, capture=sys.argv[1]):
    done = 0
    while True:
        model(x)
        done += 1
        steps[:] = struct.pack("q", done)
"""


def _steps(file: Path) -> int:
    return int.from_bytes(file.read_bytes(), sys.byteorder)


@pytest.mark.parametrize("kill", range(KILLS))
def test_a_kill_leaves_all_but_the_last_second(tmp_path: Path, kill: int) -> None:
    steps = tmp_path / "steps"
    steps.write_bytes(bytes(8))
    capture = tmp_path / "run.flops"
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM, capture, steps])
    try:
        end = time.monotonic() + 120
        while _steps(steps) == 0:
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.01)
        time.sleep(random.Random(kill).uniform(0, 2))
        certain = _steps(steps)
        time.sleep(BEHIND_S)
    finally:
        process.kill()
        process.wait()
    done = _steps(steps)
    result = flopwatch.open(capture.with_name("run.flops.part"))
    assert not result.exact
    assert [loss["kind"] for loss in result.losses] == ["capture_incomplete"]
    assert certain * MACS_A_STEP <= result.total.operator.macs <= (done + 1) * MACS_A_STEP
    assert result.rows[0].type == "Linear"
    assert not capture.exists()


def test_a_forked_child_leaves_the_recording_to_its_parent(tmp_path: Path) -> None:
    model, x = nn.Linear(8, 8), torch.randn(2, 8)
    capture = tmp_path / "run.flops"
    with flopwatch.watch(model, capture=capture) as watch:
        model(x)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                model.weight.detach().add_(1)
                with flopwatch.watch(model, capture=tmp_path / "child.flops") as own:
                    model(x)
                    model(x)
                code = 0 if own.result.total.operator.macs == 2 * MACS_A_STEP else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        model(x)
    assert watch.result.total.operator.macs == 2 * MACS_A_STEP
    assert flopwatch.open(capture).total.operator.macs == 2 * MACS_A_STEP
    assert flopwatch.open(tmp_path / "child.flops").total.operator.macs == 2 * MACS_A_STEP


def test_a_child_that_leaves_its_parents_block_goes_on(tmp_path: Path) -> None:
    model, x = nn.Linear(8, 8), torch.randn(2, 8)
    child = -1
    with flopwatch.watch(model, capture=tmp_path / "run.flops") as watch:
        model(x)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            watch.result
        except flopwatch.SessionError:
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert flopwatch.open(tmp_path / "run.flops").total.operator.macs == MACS_A_STEP


def test_a_capture_that_cannot_be_written_stays_in_memory(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    model, x = nn.Linear(8, 8), torch.randn(2, 8)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    watch = flopwatch.watch(model, capture=tmp_path / "run.flops")
    with pytest.warns(RuntimeWarning, match="in memory alone"), watch:
        model(x)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert watch.result.total.operator.macs == MACS_A_STEP and watch.result.exact
    watch.result.save(tmp_path / "other.flops")
    assert flopwatch.open(tmp_path / "other.flops").total.operator.macs == MACS_A_STEP
    assert not (tmp_path / "run.flops").exists()


def test_files_that_are_there_are_safe(tmp_path: Path) -> None:
    model, x = nn.Linear(8, 8), torch.randn(2, 8)
    source, capture = tmp_path / "train.py", tmp_path / "run.flops"
    source.write_text("import torch")
    result = flopwatch.count(model, x, capture=capture)
    before = capture.read_bytes()
    with pytest.raises(flopwatch.CaptureError, match="is no capture"):
        flopwatch.count(model, x, capture=source)
    with pytest.raises(flopwatch.CaptureError, match="is no capture"):
        result.save(source)
    with pytest.raises(flopwatch.CaptureError, match="not to be replaced"):
        flopwatch.count(model, x, capture=capture, overwrite=False)
    with pytest.raises(flopwatch.CaptureError, match="not to be replaced"):
        result.save(capture, overwrite=False)
    with pytest.raises(flopwatch.UsageError, match="path of a file"):
        result.save(f"{capture}\0.flops")
    with pytest.raises(RuntimeError, match="the user's own"):
        flopwatch.count(_Raises(), x, capture=capture)
    assert source.read_text() == "import torch"
    assert capture.read_bytes() == before
    assert sorted(f.name for f in tmp_path.iterdir()) == ["run.flops", "train.py"]


class _Raises(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("the user's own")
