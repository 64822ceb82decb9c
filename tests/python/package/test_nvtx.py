# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The NVTX ranges that Nsight tools see: one for each module call, while a watch is on."""

import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
    import ctypes, os, torch, flopwatch
    from torch import nn
    model = nn.Sequential(nn.Linear(8, 8), nn.Sequential(nn.ReLU()))
    x = torch.randn(4, 8)
    recorder = ctypes.CDLL(os.environ["NVTX_INJECTION64_PATH"])
    recorder.take_nvtx_log.restype = ctypes.c_char_p
    with flopwatch.watch(model):
        model(x)
        with flopwatch.scope("a|b"):
            pass
        torch.optim.SGD(model.parameters()).step(lambda: torch.ones(1))
    print(recorder.take_nvtx_log().decode(), end="")
    print("--")
    model(x)
    print(recorder.take_nvtx_log().decode(), end="")
"""


def test_each_module_call_pushes_its_range():
    folder = os.environ.get("FLOPWATCH_TEST_BIN_DIR")
    recorder = pathlib.Path(folder or "", "nvtx_recorder.so")
    if not folder or not recorder.is_file():
        pytest.skip("needs the NVTX recorder of the C++ tests: run by ctest")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "NVTX_INJECTION64_PATH": str(recorder)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "push flopwatch |Sequential|1|forward",
        "push flopwatch 0|Linear|1|forward",
        "pop",
        "push flopwatch 1|Sequential|1|forward",
        "push flopwatch 1.0|ReLU|1|forward",
        "pop",
        "pop",
        "pop",
        r"push flopwatch a\|b|scope|1|forward",
        "pop",
        "push flopwatch SGD.step|Optimizer|1|optimizer",
        "push flopwatch SGD.step.closure|function|1|forward",
        "pop",
        "pop",
        "--",
    ]
