# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""DistributedDataParallel with gloo, and processes forked while something is recorded."""

import os
import subprocess
import sys
import textwrap

import torch
from torch import nn

import flopwatch

RANK = """
    import os, sys, torch, flopwatch
    import torch.distributed as dist
    from torch import nn
    from torch.nn.parallel import DistributedDataParallel
    rank, file = int(sys.argv[1]), sys.argv[2]
    dist.init_process_group("gloo", init_method="file://" + file, rank=rank, world_size=2)
    torch.manual_seed(rank)
    model = DistributedDataParallel(nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8)))
    x = torch.randn(4, 8)
    for _ in range(2):
        with flopwatch.watch(model) as w:
            model(x).sum().backward()
    rows = {row.path: row for row in w.result.rows if not row.outside}
    assert rows["module.0"].formula_macs == 256, rows
    # Forward and the two weight gradients and one input gradient.
    assert w.result.total.operator.macs == 256 * 5, w.result.total
    assert not [l for l in w.result.losses if l["severity"] == "error"], w.result.losses
    gradients = torch.cat([p.grad.flatten() for p in model.parameters()])
    others = [torch.zeros_like(gradients) for _ in range(2)]
    dist.all_gather(others, gradients)
    assert torch.equal(others[0], others[1])
    dist.destroy_process_group()
    print("good", rank, flush=True)
    # PyTorch's gloo aborts in one exit of eight, with or without flopwatch, when its threads outlive the interpreter.
    os._exit(0)
"""


def test_ddp_with_gloo(tmp_path):
    script = tmp_path / "rank.py"
    script.write_text(textwrap.dedent(RANK))
    environment = {**os.environ, "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    ranks = [
        subprocess.Popen(
            [sys.executable, str(script), str(rank), str(tmp_path / "meeting")],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        outputs = [process.communicate(timeout=120)[0] for process in ranks]
    finally:
        for process in ranks:
            process.kill()
    assert [process.returncode for process in ranks] == [0, 0], outputs
    assert all(f"good {rank}" in output for rank, output in enumerate(outputs))


def test_a_forked_child_leaves_the_recording_alone(tmp_path):
    model, x, file = nn.Linear(8, 8), torch.randn(4, 8), tmp_path / "parent.flops"
    with flopwatch.watch(model, capture=file) as w:
        model(x)
        child = os.fork()
        if child == 0:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        model(x)
    assert w.result.total.operator.macs == 512
    assert flopwatch.open(file).data == w.result.data
