# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Which chip a device name means, as `torch.cuda.get_device_name` gives it."""

from __future__ import annotations

import re

from .._errors import UsageError
from .peaks import BY_CHIP, ChipPeak

# The first that matches decides; a name that another chip shares a part with is above it.
_NAMES: tuple[tuple[str, str], ...] = (
    (r"GH200", "GH200"),
    (r"GB200", "GB200"),
    (r"B200", "B200"),
    (r"B100", "B100"),
    (r"H200 NVL", "H200 NVL"),
    (r"H200", "H200"),
    (r"H100 PCIe", "H100 PCIe"),
    (r"H100 (?:80GB HBM3|SXM\w*)", "H100 SXM"),
    (r"A100", "A100"),
    (r"A10", "A10"),
    (r"A30", "A30"),
    (r"V100S\W*PCIE", "V100S PCIe"),
    (r"V100\W*PCIE", "V100 PCIe"),
    (r"V100\W*SXM2", "V100 SXM2"),
    (r"T4", "T4"),
    (r"L40S", "L40S"),
    (r"L4", "L4"),
    (r"GeForce RTX 3090", "RTX 3090"),
    (r"GeForce RTX 4090", "RTX 4090"),
    (r"GeForce RTX 5090", "RTX 5090"),
)
# "A10" is not in "A10G", nor "T4" in "T400". What follows a name is its memory or form: other words name other chips.
_PATTERNS = tuple(
    (
        re.compile(
            rf"(?:NVIDIA |Tesla |NVIDIA Tesla )?{name}"
            r"(?:[ -](?:\d+GB(?: HBM\w+)?|PCIe|SXM\w*|\d+C?|HBM\w+|NVL|MIG \S+))*",
            re.IGNORECASE,
        ),
        chip,
    )
    for name, chip in _NAMES
)


def chip_of(device_name: str) -> ChipPeak:
    """Raises UsageError for a name that means no chip of the table, and for a slice of one (MIG)."""
    if "MIG" in device_name:
        raise UsageError(
            f"{device_name!r} is a slice of a GPU, whose peak is a part of the chip's: give "
            "peak_flops={'bf16': ...} for the slice"
        )
    for pattern, chip in _PATTERNS:
        if pattern.fullmatch(device_name.strip()):
            return BY_CHIP[chip]
    raise UsageError(
        f"no peak is known for {device_name!r}: give peak_flops={{'bf16': ...}} from its datasheet (dense, FLOP/s), "
        f"or the name of a chip that is like it ({', '.join(sorted(BY_CHIP))})"
    )
