# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Sums over ranks: exact at any size, and of two processes with gloo on this machine's loopback."""

import json
import os
import socket
import subprocess
import sys

import pytest
import torch
from torch import nn

import flopwatch
from flopwatch._meter import ranks

PROGRAM = """
import json, os, sys, datetime
import torch
from torch import nn
import flopwatch
from flopwatch._meter import ranks

rank = int(os.environ["RANK"])
torch.distributed.init_process_group(
    "gloo", init_method=f"tcp://127.0.0.1:{sys.argv[1]}", rank=rank, world_size=2,
    timeout=datetime.timedelta(seconds=60),
)
large = ranks.all_sum([2**62 + rank, 2**100 + 1, 0])
torch.manual_seed(0)
model = nn.Linear(8, 8)
now = [0]
x = torch.randn(4 + 4 * rank, 8)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model = nn.parallel.DistributedDataParallel(model)
with flopwatch.meter(model, peak_flops=1e6, sum_ranks=True, check_budget=0, clock_ns=lambda: now[0], every=2) as m:
    for step in range(6):
        optimizer.zero_grad()
        model(x).sum().backward()
        optimizer.step()
        now[0] += 10**9 * (1 + rank)
        m.step()
last = m.last
print(json.dumps({
    "large": large, "rank": last.rank, "ranks": last.ranks, "steps": last.steps, "reused": last.steps_reused,
    "products": last.multiply_add_flops, "own": m.total.multiply_add_flops, "exact": last.exact,
    "seconds": last.seconds, "mfu": last.mfu, "first": m.history[0].mfu,
    "history": [(i.steps_read, i.reasons) for i in m.history], "why": m.history[0].no_utilization,
    "words": last.report(),
}))
sys.stdout.flush()
torch.distributed.barrier()
os._exit(0)  # threads of gloo can abort a process that ends as usual
"""


@pytest.mark.parametrize("number", [0, 1, 2**32 - 1, 2**32, 2**63, 2**100 + 12345])
def test_words_of_a_number(number):
    words = ranks.to_words(number)
    assert all(0 <= word < 2**32 for word in words)
    assert ranks.from_words(words) == number
    assert ranks.from_words([7 * word for word in words]) == 7 * number, "as they are after the sum"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_two_ranks_on_loopback():
    port = str(free_port())
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, port],
            env={**os.environ, "RANK": str(rank), "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        ended = [process.communicate(timeout=150) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0], ended
    said = [json.loads(out.splitlines()[-1]) for out, _ in ended]
    for rank, one in enumerate(said):
        assert one["large"] == [2**63 + 1, 2**101 + 2, 0]
        assert (one["rank"], one["ranks"], one["steps"], one["reused"]) == (rank, 2, 2, 4), one["history"]
        # Forward and the weight's gradient: of 4 rows on one rank, 8 on the other, two steps.
        assert one["products"] == 2 * 2 * 2 * (4 + 8) * 64 and one["exact"]
        assert one["own"] == 6 * 2 * 2 * (4 + 4 * rank) * 64
        assert one["seconds"] == 4.0, "that of the slowest"
        # The work of both, at a million a second, over the time of both: 2 and 4 s.
        assert one["mfu"] == pytest.approx(one["products"] / 1e6 / 6)
        assert one["first"] is None and "each step was counted" in one["why"]
        assert "sum of 2 ranks" in one["words"]


def test_without_a_process_group_the_sum_is_that_of_one(monkeypatch):
    model, x = nn.Linear(8, 8), torch.randn(4, 8)
    monkeypatch.setenv("RANK", "3")
    with flopwatch.meter(model, sum_ranks=True) as m:
        for _ in range(3):
            model(x)
            m.step()
    assert m.last.ranks == 1 and m.last.multiply_add_flops == 512 and m.last.rank == 3
