# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""flopwatch.Counting: what it says reaches the session, and what makes no sense is refused."""

from __future__ import annotations

import pytest
import torch
from synthetic_gpu import Net

import flopwatch


def count(gpu, **options):
    before = gpu.kernels_run
    result = flopwatch.count(
        Net(), (torch.randn(64, 32),), device="cuda:0", warmup=0, formula=None, counting=flopwatch.Counting(**options)
    )
    return result, gpu.kernels_run - before


def losses(result):
    return [loss["kind"] for loss in result.losses]


def test_formats_that_are_named_are_all_that_is_collected(gpu):
    _, all_formats = count(gpu)
    _, one = count(gpu, tensor_types=["bf16"])
    assert one * 7 == all_formats * 2  # groups of a GH100


def test_waiting_kernels_are_listed_and_not_counted(gpu):
    result, _ = count(gpu, waiting_kernels=("gelu",))
    assert losses(result) == ["waiting_kernels"]


def test_by_scope_whole_modules_are_counted(gpu):
    result, _ = count(gpu, scope_depth=1, isolate_ranges=True)
    plain, _ = count(gpu)
    assert result.total.measured.total_flops == plain.total.measured.total_flops > 0
    assert "together for each scope to depth 1" in " ".join(result.report().split())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tensor_types": "bf16"}, "tensor_types is a list of texts, not 'bf16'"),
        ({"tensor_types": ["fp33"]}, "fp33"),
        ({"scope_depth": -1}, "scope_depth is a number of levels of modules, 0 or more, not -1"),
        ({"isolate_ranges": 1}, "isolate_ranges is False or True, not 1"),
        ({"waiting_kernels": [""]}, "waiting_kernels has an empty name"),
        ({"waiting_kernels": ["-no_such"]}, "no_such"),
    ],
)
def test_what_makes_no_sense_is_refused(gpu, options, words):
    with pytest.raises(flopwatch.UsageError) as refused:
        count(gpu, **options)
    assert words in str(refused.value)


def test_anything_else_is_refused(gpu):
    with pytest.raises(flopwatch.UsageError, match=r"counting is a flopwatch.Counting, not {'scope_depth': 1}"):
        flopwatch.count(Net(), (torch.randn(64, 32),), counting={"scope_depth": 1})
