#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Counts two models with the Python package, on a GPU in every replay mode, and prints what the columns say as JSON.

PYTHONPATH=build/python python3 tests/gpu/python_columns.py [--device cuda:0]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import torch
from torch import nn

sys.path.append(str(Path(__file__).resolve().parents[2] / "samples/python"))

import flopwatch  # noqa: E402
from attention_model import CustomModule  # noqa: E402

MODES = {"default": None, "iteration": "iteration", "kernel": "kernel"}


def models() -> dict[str, tuple[nn.Module, torch.Tensor]]:
    """Each with an input; scripts/gate/stage_python.py has their hand-computed FLOPs."""
    convolutions = nn.Sequential(
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    return {"attention": (CustomModule(dim=768, heads=12), torch.randn(1, 640, 768)),
            "convolutions": (convolutions, torch.randn(8, 16, 32, 32))}


def count(model: nn.Module, x: torch.Tensor, mode: str | None) -> dict:
    start = time.monotonic()
    with torch.no_grad():
        result = flopwatch.count(model, x, replay_mode=mode, formula=None)
    totals = result.data["totals"]
    return {"operator_flops": totals["operator_flops"], "measured_flops": totals["measured_multiply_add_flops"],
            "unmeasured_launches": totals["unmeasured_launches"],
            "data_losses": [loss["kind"] for loss in result.data["data_losses"]],
            "seconds": round(time.monotonic() - start, 2)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cuda:N, or cpu")
    device = parser.parse_args().device
    modes = {"default": None} if device == "cpu" else MODES
    torch.manual_seed(0)
    counted = {name: {mode: count(model.to(device), x.to(device), replay) for mode, replay in modes.items()}
               for name, (model, x) in models().items()}
    print(json.dumps({"device": device, "torch": torch.__version__, "models": counted}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
