# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Programs in the environment that `flopwatch run` gives them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import flopwatch
from flopwatch._run import start_folder

LIMIT_S = 900

NET = """
import torch
from torch import nn
torch.manual_seed(0)
torch.set_num_threads(1)

class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, width))
        self.head = nn.Linear(width, 3)

    def forward(self, x):
        return self.head(self.body(x)).softmax(-1)
"""
"""Made-up models: multiply-adds of one forward of Net() with one row are 4*8 + 8*8 + 8*3 = 120."""
NET_MACS = 120


def environment(capture: Path | str, **options: Any) -> dict[str, str]:
    """As the command makes it. The driver is hidden."""
    words = {"capture": str(capture), "device": "", "metrics": "", "replay": "auto", "iteration": "", "raw": "sample"}
    env = {key: value for key, value in os.environ.items() if not key.startswith(("FLOPWATCH_RUN", "RANK"))}
    path = [start_folder(), *filter(None, [env.get("PYTHONPATH")])]
    return {
        **env,
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONPATH": os.pathsep.join(path),
        "FLOPWATCH_RUN": json.dumps({**words, "roots": [], "program": ["python"], **options}),
    }


def script(folder: Path, text: str, name: str = "train.py") -> Path:
    file = folder / name
    file.write_text(NET + textwrap.dedent(text))
    return file


def run(
    *command: str | Path, env: dict[str, str] | None = None, code: int = 0, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """This Python with these arguments. Checks how it ends."""
    ended = subprocess.run(
        [sys.executable, *command], env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False, cwd=cwd
    )
    assert ended.returncode == code, ended.stderr
    return ended


def recorded(folder: Path, text: str, *, code: int = 0, **options: Any) -> flopwatch.Result:
    """The capture of a script that is run so; it says nothing on standard error."""
    capture = folder / "run.flops"
    ended = run(script(folder, text), env=environment(capture, **options), code=code)
    if code == 0:
        assert ended.stderr == ""
    return flopwatch.open(capture)


def macs(result: flopwatch.Result) -> dict[str, int]:
    """Of the modules that were called, by path."""
    return {row.path: row.operator_macs for row in result.rows if not row.outside and row.calls}


def kinds(result: flopwatch.Result) -> list[str]:
    return [loss["kind"] for loss in result.losses]


def names(files: Iterable[Path]) -> list[str]:
    return sorted(file.name for file in files)
