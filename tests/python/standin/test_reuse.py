# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`measure="run"`: each distinct launch is measured a few times. The GPU and its numbers are synthetic."""

from __future__ import annotations

import pytest
import torch
from synthetic_gpu import Net

import flopwatch


def run(steps: int, **options):
    model, x = Net(), torch.randn(64, 32)
    with flopwatch.watch(model, device="cuda:0", **options) as w:
        for _ in range(steps):
            model(x)
            w.step()
    return w.result


def test_a_run_has_the_sums_of_full_measurements(gpu):
    full = run(1, metrics="cuda-core").data["totals"]
    reused = run(30, measure="run", metrics="cuda-core")
    totals = reused.data["totals"]
    assert full["measured_total_flops"] > 0
    assert totals["measured_total_flops"] == 30 * full["measured_total_flops"]
    assert totals["launches"] == 30 * full["launches"]
    assert totals["reused_launches"] > 0
    assert reused.data["reuse"]["measured_launches"] < totals["launches"]
    assert "reused" in reused.report()


def test_the_modules_have_their_parts(gpu):
    rows = {row["path"]: row for row in run(30, measure="run", metrics="cuda-core").data["rows"]}
    once = {row["path"]: row for row in run(1, metrics="cuda-core").data["rows"]}
    for path, row in once.items():
        assert rows[path]["measured_total_flops"] == 30 * row["measured_total_flops"], path


def test_a_replay_mode_beside_it_is_refused(gpu):
    with pytest.raises(flopwatch.UsageError, match="replay mode of its own"):
        flopwatch.watch(Net(), measure="run", replay_mode="none")


@pytest.mark.parametrize(
    "wrong",
    [{"budget": 2.0}, {"budget": -1}, {"checks": 0}, {"learning_s": float("nan")}, {"variable_kernels": ("",)}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_options_that_make_no_sense_are_refused(gpu, wrong):
    with pytest.raises(flopwatch.UsageError, match=next(iter(wrong))):
        flopwatch.watch(Net(), device="cuda:0", measure="run", counting=flopwatch.Counting(**wrong))


def test_another_word_is_refused():
    with pytest.raises(flopwatch.UsageError, match="measure is None or 'run', not 'runs'"):
        flopwatch.watch(Net(), measure="runs")
