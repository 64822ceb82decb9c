# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""torch.profiler beside a recording of a GPU is named; one that has ended is not."""

from __future__ import annotations

import torch
from synthetic_gpu import Net
from torch.profiler import ProfilerActivity, profile, schedule

import flopwatch


def watched(during):
    model, x = Net(), torch.randn(64, 32)
    with flopwatch.watch(model, device="cuda:0") as w:
        during(lambda: model(x))
    return [loss["kind"] for loss in w.result.losses], w.result


def test_one_around_the_block_is_named(gpu):
    with profile(activities=[ProfilerActivity.CPU]):
        kinds, result = watched(lambda forward: forward())
    assert kinds == ["other_profiler"]
    assert "torch.profiler" in result.losses[0]["text"]


def test_steps_of_one_inside_it_are_named(gpu):
    def during(forward):
        with profile(activities=[ProfilerActivity.CPU], schedule=schedule(wait=0, warmup=1, active=1)) as p:
            for _ in range(2):
                forward()
                p.step()

    assert watched(during)[0] == ["other_profiler"]


def test_one_inside_it_without_steps_is_named(gpu):
    def during(forward):
        with profile(activities=[ProfilerActivity.CPU]):
            forward()
        forward()

    assert watched(during)[0] == ["other_profiler"]


def test_one_of_an_earlier_recording_is_forgotten(gpu):
    model = Net()
    with flopwatch.watch(model, device="cpu"), profile(activities=[ProfilerActivity.CPU]):
        model(torch.randn(64, 32))
    assert watched(lambda forward: forward())[0] == []


def test_none_is_no_loss(gpu):
    with profile(activities=[ProfilerActivity.CPU]):
        pass
    assert watched(lambda forward: forward())[0] == []
