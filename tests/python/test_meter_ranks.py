# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The C++ meter's sum over the ranks: two processes with gloo, on this machine's loopback."""

import json
import os
import socket
import subprocess
import sys

import pytest
from programs import TEST_BIN_DIR

PROGRAM = """
import ctypes, datetime, os, sys
import torch

port, library, file = sys.argv[1:]
torch.distributed.init_process_group(
    "gloo", init_method=f"tcp://127.0.0.1:{port}", rank=int(os.environ["RANK"]), world_size=2,
    timeout=datetime.timedelta(seconds=60),
)
metered = ctypes.CDLL(library).metered_ranks
code = metered(torch.distributed.group.WORLD.group_name.encode(), file.encode())
torch.distributed.barrier()
sys.stderr.flush()
os._exit(code)  # threads of gloo can abort a process that ends as usual
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_two_ranks_have_the_same_sum(tmp_path):
    port, library = str(free_port()), str(TEST_BIN_DIR / "libmetered_ranks.so")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, port, library, str(tmp_path / f"{rank}.jsonl")],
            env={**os.environ, "RANK": str(rank), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
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
    for rank in range(2):
        first, second, last = map(json.loads, (tmp_path / f"{rank}.jsonl").read_text().splitlines())
        assert (last["rank"], last["ranks"], last["first_step"], last["steps"]) == (rank, 2, 5, 2)
        assert (first["steps_read"], second["steps_reused"], last["steps_reused"]) == (4, 4, 4)
        # Forward and the weight's gradient: of 4 rows on one rank, 8 on the other, two steps.
        assert last["multiply_add_flops"] == 2 * 2 * 2 * (4 + 8) * 64
        assert last["exact"] and last["complete"]
        assert last["seconds"] == 4.0, "that of the slowest"
        # The work of both, at a million a second, over the time of both: 2 and 4 s.
        assert last["mfu"] == pytest.approx(last["multiply_add_flops"] / 1e6 / 6)
        assert first["mfu"] is None and "each step was counted" in first["no_utilization"]
