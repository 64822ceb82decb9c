#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Holds rules against what ran by `flopwatch.check_rule`, and prints what it says as JSON.

The rule of an attention block against the operators, with the counters beside; on a GPU also rules of a module whose
work is a Triton kernel launched past the dispatcher, which only the counters see.

PYTHONPATH=build/python python3 tests/gpu/python_rules.py [--device cuda:0]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from pathlib import Path

import torch
from torch import nn

sys.path.append(str(Path(__file__).resolve().parents[2] / "samples/python"))

import custom_op_triton  # noqa: E402
import flopwatch  # noqa: E402
from attention_model import Attention, attention_rule  # noqa: E402

DIM, HEADS = 768, 12


class PastTheDispatcher(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.launch = custom_op_triton.launcher(custom_op_triton.make_kernel())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.launch(x)


def rule_times(factor: int):
    """The kernel's 3 FLOPs for each element, in MACs, and a multiple of that."""
    def rule(m: nn.Module, x: tuple[torch.Tensor, ...], y: torch.Tensor) -> None:
        m.total_ops += factor * 3 * x[0].numel() // 2
    return rule


def check(rule, module: nn.Module, inputs, sizes: list[int], device: str) -> dict:
    start = time.monotonic()
    found = flopwatch.check_rule(rule, module, inputs, sizes={"N": sizes}, device=device)
    last = found.points[-1]
    return {"verdict": found.verdict, "text": found.text, "sizes": [point.sizes["N"] for point in found.points],
            "rule_macs": int(last.rule_macs), "operator_macs": last.operator_macs, "measured_flops": last.measured_flops,
            "measured_total_flops": last.measured_total_flops, "unseen_flops": last.unseen_flops,
            "seconds": round(time.monotonic() - start, 2)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cuda:N, or cpu")
    device = parser.parse_args().device
    torch.manual_seed(0)
    checked = {"attention": check(attention_rule, Attention(DIM, HEADS).to(device),
                                  lambda N: torch.randn(1, N, DIM, device=device), [128, 384, 640], device)}
    if device != "cpu" and importlib.util.find_spec("triton") is not None:
        for name, factor in (("past_dispatcher", 1), ("past_dispatcher_doubled", 2)):
            checked[name] = check(rule_times(factor), PastTheDispatcher(),
                                  lambda N: torch.randn(N, 1024, device=device), [64, 128, 256], device)
    print(json.dumps({"device": device, "torch": torch.__version__, "rules": checked}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
