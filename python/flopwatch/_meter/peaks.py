# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Dense peaks of NVIDIA chips, each with the document that states it: the table of the compiled part.

FLOP/s, and operations a second for int8. Tensor cores with FP32 accumulation where the chip has them, else CUDA cores;
"fp64_tensor" and "fp64" are apart, because chips differ in both. A format that a chip lacks, or that its document does
not state, is not in its row.
"""

from __future__ import annotations

from dataclasses import dataclass

from .._load import native


@dataclass(frozen=True)
class ChipPeak:
    """What one chip can do at most."""

    chip: str
    flops_per_second: dict[str, float]
    """By number format; operations a second for int8."""
    source: str
    date: str
    """Of the document: year and month, or the year."""


CHIPS: tuple[ChipPeak, ...] = tuple(ChipPeak(*row) for row in native.chip_peaks())
BY_CHIP = {entry.chip: entry for entry in CHIPS}
