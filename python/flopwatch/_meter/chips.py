# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Which chip a device name means, as `torch.cuda.get_device_name` gives it."""

from __future__ import annotations

from .._errors import UsageError
from .._load import native
from .peaks import BY_CHIP, ChipPeak


def chip_of(device_name: str) -> ChipPeak:
    """Raises UsageError for a name that means no chip of the table, and for a slice of one (MIG)."""
    if "MIG" in device_name:
        raise UsageError(
            f"{device_name!r} is a slice of a GPU, whose peak is a part of the chip's: give "
            "peak_flops={'bf16': ...} for the slice"
        )
    chip = native.chip_of_device(device_name)
    if chip is None:
        raise UsageError(
            f"no peak is known for {device_name!r}: give peak_flops={{'bf16': ...}} from its datasheet (dense, "
            f"FLOP/s), or the name of a chip that is like it ({', '.join(sorted(BY_CHIP))})"
        )
    return BY_CHIP[chip]
