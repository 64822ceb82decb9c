# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The measured column in Python, end to end, on the stand-in GPU: hooks, launches, counters, capture and report."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest
import torch
from synthetic_gpu import Net, Product, cuda
from torch import nn

import flopwatch
from flopwatch.testing import assert_flops

N = 64
ONE = 2 * N * 32 * 32  # FLOPs of one product
HIDDEN = N * 32


def rows(result):
    """FLOPs of products by module; what ran outside modules is a row of its own kind."""
    return {row.path: row.measured_flops for row in result.rows if row.type}


def count(model=None, x=None, **options):
    model = Net() if model is None else model
    x = torch.randn(N, 32) if x is None else x
    return flopwatch.count(model, (x,), device="cuda:0", **options)


def assert_same_as_json(result):
    measured, totals = result.total.measured, result.data["totals"]
    assert measured.flops == totals["measured_multiply_add_flops"]
    assert measured.other_flops == totals["measured_other_flops"]
    assert measured.total_flops == totals["measured_total_flops"]
    parts = totals["measured_by_precision"] or []
    flops = {part["precision"]: part["measured_multiply_add_flops"] for part in parts}
    assert measured.flops_by_precision == {name: part for name, part in flops.items() if part}


@pytest.mark.parametrize("mode", [None, "iteration", "kernel"])
def test_every_module_has_what_its_kernels_counted(gpu, mode):
    result = count(replay_mode=mode)
    measured = result.total.measured
    # What no operator launched is in no class.
    assert (measured.flops, measured.other_flops, measured.total_flops) == (3 * ONE, 0, 3 * ONE + HIDDEN)
    assert_same_as_json(result)
    assert measured.macs * 2 == result.total.operator.flops == 3 * ONE
    assert measured.by_precision == {"fp32": 3 * ONE // 2}
    assert rows(result) == {"": 3 * ONE, "twice": 2 * ONE, "once": ONE, "hidden": 0}
    assert [loss["kind"] for loss in result.losses] == (["kernel_replay"] if mode == "kernel" else [])
    assert "SYNTHETIC" in result.report().upper()


def test_what_the_dispatcher_does_not_see_has_its_verdict(gpu):
    result = count()
    [hidden] = [row for row in result.rows if row.path == "hidden"]
    assert [(v.kind, v.amount) for v in hidden.verdicts if v.kind != "agrees"] == [("kernel_outside_dispatcher", HIDDEN)]
    assert result.total.operator.other_flops == 0


def test_one_pass_of_the_metrics_that_fit(gpu):
    before = gpu.kernels_run
    result = count(replay_mode="none", metrics="cuda-core", warmup=0, formula=None)
    assert result.total.measured.total_flops == 3 * ONE + HIDDEN
    assert gpu.kernels_run - before == 4


def test_products_that_the_metrics_may_miss_are_none(gpu):
    model = Net()
    for product in (model.twice, model.once):
        product.weight[0] = product.weight[0].half()
    result = count(model, torch.randn(N, 32).half(), replay_mode="none", metrics="cuda-core")
    measured = result.total.measured
    assert (measured.macs, measured.flops, measured.total_flops) == (None, None, None), "tensor cores are not counted"
    assert measured.by_precision == {} == measured.flops_by_precision
    assert result.data["totals"]["measured_by_precision"], "other classes have parts"
    assert_same_as_json(result)


def test_a_watch_counts_what_runs_in_it_and_nothing_else(gpu):
    model, x = Net(), torch.randn(N, 32)
    model(x)
    with flopwatch.watch(model, device="cuda:0", metrics="cuda-core") as w:
        model(x)
        model.once(x)
    model(x)
    assert rows(w.result) == {"": 4 * ONE, "twice": 2 * ONE, "once": 2 * ONE, "hidden": 0}
    assert w.result.total.measured.flops == 4 * ONE


def test_steps_have_all_the_metrics(gpu):
    model, x = Net(), torch.randn(N, 32)
    with flopwatch.watch(model, device="cuda:0", replay_mode="iteration") as w:
        for _ in range(12):
            model(x)
            w.step()
    assert w.result.losses == []
    assert rows(w.result) == {"": 3 * ONE, "twice": 2 * ONE, "once": ONE, "hidden": 0}


def test_too_few_steps_are_told(gpu):
    model, x = Net(), torch.randn(N, 32)
    with flopwatch.watch(model, device="cuda:0", replay_mode="iteration") as w:
        model(x)
        w.step()
    assert "iterations_missing" in [loss["kind"] for loss in w.result.losses]


def test_backward_belongs_to_the_module_whose_forward_made_it(gpu):
    model, x = Net(), torch.randn(N, 32, requires_grad=True)
    with flopwatch.watch(model, device="cuda:0", metrics="cuda-core") as w:
        model(x).sum().backward()
    assert rows(w.result) == {"": 6 * ONE, "twice": 4 * ONE, "once": 2 * ONE, "hidden": 0}
    assert w.result.total.measured.flops == w.result.total.operator.flops == 6 * ONE


def test_threads_have_scopes_of_their_own(gpu):
    model = Net()
    with flopwatch.watch(model, device="cuda:0", metrics="cuda-core") as w:
        threads = [threading.Thread(target=call, args=(torch.randn(N, 32),)) for call in (model, model.once) * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert rows(w.result) == {"": 8 * ONE, "twice": 4 * ONE, "once": 4 * ONE, "hidden": 0}
    assert w.result.total.measured.flops == 8 * ONE


class Chance(nn.Module):
    """Launches by lot."""

    def __init__(self):
        super().__init__()
        self.few, self.many = Product(32), Product(32)

    def forward(self, x):
        for _ in range(int(torch.randint(1, 5, ()))):
            x = self.few(x)
        return self.many(x)


def test_every_run_draws_the_same_lots(gpu):
    result = count(Chance())
    assert result.losses == []
    assert result.total.measured.flops == result.total.operator.flops


class Forgetful(nn.Module):
    def __init__(self):
        super().__init__()
        self.product, self.calls = Product(32), [0]

    def forward(self, x):
        self.calls[0] += 1
        for _ in range(self.calls[0]):
            x = self.product(x)
        return x


def test_a_model_that_runs_otherwise_each_time_is_told(gpu):
    assert "iterations_differ" in [loss["kind"] for loss in count(Forgetful()).losses]
    cuda.standin_clear_violations()  # the profiler refuses such passes too


class Breaks(nn.Module):
    def __init__(self, error):
        super().__init__()
        self.product, self.error, self.calls = Product(32), error, [0]

    def forward(self, x):
        self.calls[0] += 1
        x = self.product(x)
        if self.calls[0] == 4:  # the second run for the counters
            raise self.error
        return x


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt()])
def test_after_an_exception_the_counters_are_free(gpu, error):
    with pytest.raises(type(error)):
        count(Breaks(error))
    assert count().total.measured.flops == 3 * ONE


def test_a_capture_is_evaluated_again_to_the_same_numbers(gpu, tmp_path):
    result = count()
    result.save(str(tmp_path / "synthetic.flops"))
    assert flopwatch.open(str(tmp_path / "synthetic.flops")).data["totals"] == result.data["totals"]
    program = Path(os.environ["FLOPWATCH_BIN_DIR"]) / "flopwatch"
    again = subprocess.run([program, "recheck", tmp_path / "synthetic.flops"], capture_output=True, text=True, timeout=60)
    assert again.returncode == 0, again.stdout + again.stderr


def test_the_frame_has_the_measured_column(gpu):
    pytest.importorskip("pandas")
    frame = count().modules
    assert frame.loc["twice", "measured_flops"] == 2 * ONE


def test_without_permission_the_rest_is_there_and_the_reason(gpu):
    cuda.standin_set_permission(0)
    result = count()
    assert result.total.measured is None and result.total.operator.flops == 3 * ONE
    assert "counters_not_permitted" in [loss["kind"] for loss in result.losses]


def test_a_gpu_that_is_not_there(gpu):
    with pytest.raises(flopwatch.DeviceError, match="cuda:3"):
        flopwatch.count(Net(), (torch.randn(N, 32),), device="cuda:3")
    assert count().total.measured.flops == 3 * ONE


# ---- what uses count


def test_a_guard_of_the_measured_column(gpu):
    assert_flops(Net(), (torch.randn(N, 32),), macs=3 * ONE // 2, tolerance=0, column="measured", device="cuda:0")


def test_explain_measures_the_unperturbed_forward(gpu):
    macs, params, report = flopwatch.profile(Net(), (torch.randn(N, 32),), verbose=False, explain=True, device="cuda:0")
    assert report.total.measured.total_flops == 3 * ONE + HIDDEN
    assert macs == params == 0

