# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The meter by the counters of a GPU, which is synthetic, and by the operators where there is none."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
import warnings

import pytest
import torch
from synthetic_gpu import FADD, FFMA, Net, cuda, launch

import flopwatch
from flopwatch import meters

ROWS = 64
PRODUCT_FLOPS = 3 * 2 * ROWS * 32 * 32
HIDDEN_FLOPS = 32 * ROWS
TENSOR = "sm__ops_path_tensor_src_bf16_dst_fp32.sum"
METRICS = ",".join((FFMA.decode(), FADD.decode(), TENSOR))


def metered(model, **options):
    counting = flopwatch.Counting(budget=1.0, audits=False)
    return flopwatch.meter(
        model,
        **{
            "measure": "run",
            "device": "cuda:0",
            "metrics": METRICS,
            "peak_flops": 1e12,
            "counting": counting,
            **options,
        },
    )


def run(m, model, steps, seconds=0.0):
    x = torch.randn(ROWS, 32)
    for _ in range(steps):
        model(x)
        time.sleep(seconds)
        m.step()


def learn(m, model):
    """Until all kernels have been measured; whether they were."""
    for _ in range(60):
        run(m, model, 1, seconds=0.03)
        if m.last.complete:
            return True
    return False


def test_a_step_has_what_the_counters_say(gpu):
    model = Net()
    with metered(model) as m:
        assert learn(m, model)
        run(m, model, 3)
        last = m.last
        total = m.total
    assert last.source == "counters" and last.complete and last.exact and last.reasons == ()
    assert last.executed_flops == PRODUCT_FLOPS + HIDDEN_FLOPS
    assert last.multiply_add_flops == PRODUCT_FLOPS and last.other_flops == HIDDEN_FLOPS
    assert last.executed_flops_by_precision == {"fp32": last.executed_flops}
    assert last.executed_flops_by_phase["forward"] == last.executed_flops
    assert last.padding_flops == 0 and last.useful_flops == PRODUCT_FLOPS
    assert last.launches == 4 and last.launches_not_counted == 0
    assert total.executed_flops == total.steps * last.executed_flops and total.complete
    assert m.total.executed_flops == total.executed_flops, "after the block as well"
    assert "by the GPU's counters" in last.report()


def test_a_full_measurement_says_the_same(gpu):
    model, x = Net(), torch.randn(ROWS, 32)
    full = flopwatch.count(model, (x,), device="cuda:0", metrics="cuda-core").data["totals"]
    with metered(model) as m:
        assert learn(m, model)
    assert m.last.executed_flops == full["measured_total_flops"]


def test_what_kernels_of_products_did_beyond_them_is_padding(gpu):
    cuda.standin_kernel_value(b"gemm", FFMA, 640.0, 1.0)
    model = Net()
    with metered(model) as m:
        assert learn(m, model)
        last = m.last
    assert last.padding_flops == 3 * 2 * 640
    parts = last.useful_flops, last.masked_flops, last.recompute_flops, last.padding_flops, last.other_flops
    assert sum(parts) == last.executed_flops == PRODUCT_FLOPS + 3 * 1280 + HIDDEN_FLOPS


def test_launches_that_were_not_measured_yet_are_named_and_join_the_total(gpu):
    model = Net()
    with metered(model) as m:
        run(m, model, 1)
        first = m.last
        assert not first.complete and not first.exact and first.padding_flops is None
        assert first.executed_flops == 0 and first.launches_not_counted == first.launches == 4
        assert "4 launches of kernels that were not measured yet" in first.reasons[0]
        assert first.mfu is None and first.steps_missing == 1
        assert not m.total.complete
        assert learn(m, model)
        total = m.total
    assert total.complete and total.steps_missing == 0
    assert total.executed_flops == total.steps * (PRODUCT_FLOPS + HIDDEN_FLOPS)


def test_utilization_is_of_steps_in_which_nothing_was_measured(gpu):
    cuda.standin_kernel_value(b"gemm", FFMA, 0.0, 2.0)  # twice its products
    now = [0]
    model = Net()
    with metered(model, clock_ns=lambda: now[0], every=5, counting=flopwatch.Counting(budget=0.0)) as m:
        for _ in range(60):
            now[0] += 10**9
            run(m, model, 1, seconds=0.03)
            if m.last is not None and m.last.complete:
                break
        for _ in range(5):
            now[0] += 10**9
            run(m, model, 1)
        last = m.last
    assert last.mfu == pytest.approx(PRODUCT_FLOPS / 1e12)
    assert last.hfu == pytest.approx((2 * PRODUCT_FLOPS + HIDDEN_FLOPS) / 1e12)


def test_kernels_that_are_never_measured_make_it_incomplete(gpu):
    class WithCollective(Net):
        def forward(self, x):
            launch("ncclDevKernel_AllReduce_Sum_f32", 32)
            return super().forward(x)

    model = WithCollective()
    with metered(model) as m:
        for _ in range(60):
            run(m, model, 1, seconds=0.03)
            if m.last.measured.products_known:
                break
        last = m.last
    assert last.launches_not_counted == 1 and last.launches == 5
    assert not last.complete and "1 launches of kernels that are never measured" in last.reasons[0]
    assert last.executed_flops == PRODUCT_FLOPS + HIDDEN_FLOPS and last.padding_flops == 0


def test_cuda_core_metrics_alone_are_not_the_whole_work(gpu):
    model = Net()
    with metered(model, metrics="cuda-core") as m:
        run(m, model, 30, seconds=0.01)
        last = m.last
    assert not last.complete and any("tensor cores" in reason for reason in last.reasons)
    assert last.padding_flops is None and last.hfu is None


def test_outlets_have_the_source(gpu, tmp_path):
    model = Net()
    with metered(model) as m:
        m.on_step(meters.csv_file(tmp_path / "steps.csv"))
        m.on_step(meters.json_lines(tmp_path / "steps.jsonl"))
        assert learn(m, model)
        last = m.last
    rows = list(csv.DictReader((tmp_path / "steps.csv").open()))
    lines = [json.loads(line) for line in (tmp_path / "steps.jsonl").read_text().splitlines()]
    assert len(rows) == len(lines) == m.total.steps
    for row in rows[-1], lines[-1]:
        assert row["source"] == "counters" and int(row["executed_flops"]) == last.executed_flops
        assert int(row["padding_flops"]) == 0 and int(row["launches_not_counted"]) == 0
    assert rows[0]["padding_flops"] == "" and lines[0]["padding_flops"] is None
    assert rows[0]["launches_not_counted"] == "4"


def test_without_permission_the_operators_are_counted_and_it_says_so_once(gpu):
    cuda.standin_set_permission(0)
    model = Net()
    with pytest.warns(RuntimeWarning, match="by the operators, not by the GPU's counters: .*administrators") as said:
        with metered(model, check_budget=0.0) as m:
            run(m, model, 4)
    assert len(said) == 1
    assert m.last.source == "operator" and m.last.measured is None and m.last.padding_flops is None
    assert m.last.executed_flops == PRODUCT_FLOPS and m.last.steps_reused == 1 and m.last.complete


WITHOUT_GPU = """
import flopwatch, torch
model, x = torch.nn.Linear(8, 4), torch.randn(2, 8)
with flopwatch.meter(model, measure="run", device="cuda:0", peak_flops=1e12) as m:
    for _ in range(3):
        model(x)
        m.step()
print(m.last.source, m.last.multiply_add_flops, m.last.complete)
"""


def test_without_a_gpu_as_well():
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_GPU], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["operator", str(2 * 2 * 8 * 4), "True"]
    assert done.stderr.count("by the operators, not by the GPU's counters") == 1


def test_another_gpu_than_those_that_there_are_is_an_error(gpu):
    with pytest.raises(flopwatch.DeviceError, match="cuda:7"):
        metered(Net(), device="cuda:7")


def test_a_watch_inside_is_refused_and_the_meter_goes_on(gpu):
    model = Net()
    with metered(model) as m:
        assert learn(m, model)
        with pytest.raises(flopwatch.SessionError):
            flopwatch.watch(model).__enter__()
        run(m, model, 1)
        assert m.last.complete
    with flopwatch.watch(model) as w:
        model(torch.randn(ROWS, 32))
    assert w.result.total.operator.flops == PRODUCT_FLOPS


@pytest.mark.parametrize("option", [{"device": "cuda:0"}, {"metrics": "full"}, {"counting": flopwatch.Counting()}])
def test_options_of_counters_without_them_are_refused(gpu, option):
    with pytest.raises(flopwatch.UsageError, match=f"{next(iter(option))} is of the GPU's counters"):
        flopwatch.meter(Net(), **option)


def test_other_words_and_sums_over_ranks_are_refused(gpu):
    with pytest.raises(flopwatch.UsageError, match="measure is None or 'run'"):
        flopwatch.meter(Net(), measure="steps")
    with pytest.raises(flopwatch.UsageError, match="sum_ranks"):
        metered(Net(), sum_ranks=True)


def test_no_warning_where_counters_are_read(gpu):
    model = Net()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with metered(model) as m:
            run(m, model, 3)
