# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Count a model, read the report, keep the capture, read it again.

python samples/python/quickstart.py [--save model.flops] [--device cuda:1]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from attention_model import Attention, CustomModule, attention_rule

import flopwatch


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", type=Path, help="where to keep the capture")
    parser.add_argument("--device", default="cpu", help="cuda:N, or cpu")
    options = parser.parse_args(arguments)

    model = CustomModule(dim=768, heads=12).to(options.device)
    x = torch.randn(1, 640, 768, device=options.device)

    # Three columns for each module: what thop's rules claim, what PyTorch dispatched, and on a GPU what was measured.
    result = flopwatch.count(model, x)
    print(result.report(), end="")

    # The numbers themselves; None where a column is absent, which is never 0.
    operator = result.total.operator
    print(f"operator: {operator.macs:,} MACs = {operator.flops:,} FLOPs, and {operator.other_flops:,} other FLOPs")
    print("measured:", "not collected" if result.total.measured is None else result.total.measured.flops)
    largest = max(result.rows[1:], key=lambda row: row.operator_macs)
    print(f"largest module: {largest.path}, type {largest.type}, {largest.operator_macs:,} MACs")

    # A rule for the module that does functional work puts the formula right.
    with_rule = flopwatch.count(model, x, custom_ops={Attention: attention_rule})
    assert with_rule.total.formula is not None
    print(f"formula with a rule for Attention: {with_rule.total.formula.macs:,} MACs")

    # The capture holds all of it; `flopwatch report FILE` reads it too, on any machine.
    with tempfile.TemporaryDirectory() as folder:
        path = options.save or Path(folder) / "model.flops"
        result.save(path)
        again = flopwatch.open(path)
        print(f"read again from {path.name}: {again.total.operator.macs:,} MACs")
        assert again.report() == result.report()
    return result.exit_code


if __name__ == "__main__":
    raise SystemExit(main())
