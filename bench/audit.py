#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""How long an audit of a decoder with 96 layers of width 12,288 takes, on the meta device: recording and explaining.

    PYTHONPATH=BUILD/python bench/audit.py
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch

import flopwatch

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests/python/package"))
from audit_models import Decoder, Sizes  # noqa: E402

BOUND_S = 10.0
LENGTH = 2048


def main() -> int:
    sizes = Sizes(
        layers=96, width=12_288, heads=96, key_heads=96, head_size=128, feed_forward=4 * 12_288, vocabulary=50_257
    )
    with torch.device("meta"):
        model, tokens = Decoder(sizes), torch.zeros(1, LENGTH, dtype=torch.long)
    begin = time.perf_counter()
    with flopwatch.watch(model) as w:
        model(tokens).square().mean().backward()
    recorded = time.perf_counter()
    conventions = ["6N", "6N-no-embedding", "palm", "palm-causal", "hfu", "chinchilla"]
    found = flopwatch.audit(
        w.result, conventions, model=model, tokens=LENGTH, sequence_length=LENGTH, config=sizes.config
    )
    text = found.report()
    end = time.perf_counter()
    held = end - begin <= BOUND_S
    print(
        f"audit of {sizes.layers} layers on the meta device, {len(conventions)} conventions: recorded in "
        f"{recorded - begin:.2f} s, explained and written in {end - recorded:.2f} s, "
        f"{'within' if held else 'OVER'} the bound of {BOUND_S:g} s together"
    )
    if "unexplained" in text:
        print("an amount is unexplained, which makes the figure worthless")
        return 1
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
