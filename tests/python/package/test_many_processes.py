# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Ranks under torchrun, each with a capture of its own; the captures merged, and compared."""

import os
import subprocess
import sys
import textwrap

import pytest
import torch
from torch import nn

import flopwatch

RANK = """
    import os, sys, torch, flopwatch
    import torch.distributed as dist
    from torch import nn
    dist.init_process_group("gloo")
    rank = dist.get_rank()
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 4))
    # The last rank has a smaller batch.
    x = torch.randn(2 if rank == 3 else 4, 8)
    with flopwatch.watch(model, capture=os.path.join(sys.argv[1], "run.%h.%r.flops")) as w:
        model(x).sum().backward()
    total = torch.tensor([float(w.result.total.operator.macs)])
    dist.all_reduce(total)
    if rank == 0:
        open(os.path.join(sys.argv[1], "total"), "w").write(str(int(total.item())))
    dist.barrier()
    dist.destroy_process_group()
    # PyTorch's gloo aborts in one exit of eight, with or without flopwatch, when its threads outlive the interpreter.
    os._exit(0)
"""


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """The folder of a job of four ranks, which all have ended well."""
    folder = tmp_path_factory.mktemp("job")
    script = folder / "rank.py"
    script.write_text(textwrap.dedent(RANK))
    environment = {**os.environ, "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    launched = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=4", "--rdzv-backend=c10d",
         "--rdzv-endpoint=localhost:0", "--local-addr=localhost", str(script), str(folder)],
        env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert launched.returncode == 0, launched.stdout + launched.stderr
    return folder


@pytest.fixture(scope="module")
def merged(job):
    captures = sorted(job.glob("run.*.flops"))
    assert [path.name.split(".")[-2] for path in captures] == ["0", "1", "2", "3"]
    return flopwatch.merge(captures, job / "all.flops")


def test_the_merged_capture_has_the_sums_of_all_ranks(job, merged):
    assert merged.total.operator.macs == int((job / "total").read_text())
    assert merged.exact, merged.losses
    assert flopwatch.open(job / "all.flops").report() == merged.report()


def test_ranks_are_those_of_the_launcher_and_the_uneven_batch_is_named(merged):
    assert [rank["rank"] for rank in merged.ranks] == [0, 1, 2, 3]
    assert {rank["world_size"] for rank in merged.ranks} == {4}
    assert [rank["differs_by"] for rank in merged.ranks] == ["none", "none", "none", "uneven_batches"]
    assert merged.ranks[3]["operator_macs"] * 2 == merged.ranks[0]["operator_macs"]
    assert "4 processes: ranks 0-3" in merged.report()


def test_a_rank_that_is_left_out_is_an_error(job, tmp_path):
    result = flopwatch.merge(sorted(job.glob("run.*.flops"))[:3], tmp_path / "three.flops")
    assert not result.exact
    assert [loss["kind"] for loss in result.losses] == ["process_missing"]


def test_a_capture_that_is_given_twice_is_refused(job, tmp_path):
    first = sorted(job.glob("run.*.flops"))[0]
    with pytest.raises(flopwatch.CaptureError, match="are one file"):
        flopwatch.merge([first, first], tmp_path / "twice.flops")
    assert not list(tmp_path.iterdir())
    with pytest.raises(flopwatch.UsageError, match="list of paths"):
        flopwatch.merge(str(first), tmp_path / "one.flops")


def count(width):
    return flopwatch.count(nn.Sequential(nn.Linear(8, width), nn.Linear(width, 4)), (torch.randn(2, 8),))


def test_diff_has_every_module_and_says_what_rose(tmp_path):
    before, after = count(8), count(16)
    difference = flopwatch.diff(before, after)
    assert difference.whole.operator_macs.change == after.total.operator.macs - before.total.operator.macs
    assert {row.path: row.operator_macs.change for row in difference.rows if not row.whole} == {"0": 128, "1": 64}
    assert difference.exceeds(0.02)
    assert {found.row.path for found in difference.increases(0.02)} == {"", "0", "1"}
    assert not difference.exceeds(1.0)
    assert not flopwatch.diff(after, before).exceeds(0.0)
    assert "largest change first" in str(difference)
    before.save(tmp_path / "before.flops")
    after.save(tmp_path / "after.flops")
    again = flopwatch.diff(tmp_path / "before.flops", str(tmp_path / "after.flops"))
    assert again.rows == difference.rows
    assert "before.flops" in again.text


def test_a_result_does_not_differ_from_itself():
    result = count(8)
    difference = flopwatch.diff(result, result)
    assert not any(row.changed for row in difference.rows)
    assert not difference.exceeds(0.0)
    assert difference.exact


def test_letters_in_the_path_of_a_capture(tmp_path):
    model = nn.Linear(4, 4)
    flopwatch.count(model, (torch.randn(1, 4),), capture=tmp_path / "run.%p.flops")
    assert (tmp_path / f"run.{os.getpid()}.flops").exists()
    with pytest.raises(flopwatch.UsageError, match="'%d', which means nothing"):
        flopwatch.count(model, (torch.randn(1, 4),), capture=tmp_path / "run.%d.flops")
