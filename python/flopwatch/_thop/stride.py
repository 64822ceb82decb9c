# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The keywords `stride` and `min_cells` of ultralytics-thop: what they have to be."""

from __future__ import annotations

from typing import Any

import torch

from .._errors import UsageError


def check_stride(inputs: tuple[Any, ...], stride: Any, min_cells: Any) -> None:
    """Raises UsageError where ultralytics-thop takes no such values: `stride` is one length or one for each side,
    `min_cells` a number of them, and the inputs are one image tensor (batch, channels, height, width)."""
    sides = (stride, stride) if isinstance(stride, int) else stride
    if not isinstance(sides, (tuple, list)) or len(sides) != 2 or not all(_is_positive(side) for side in sides):
        raise UsageError(f"stride is a positive integer, or two of them for height and width, not {stride!r}")
    if not _is_positive(min_cells):
        raise UsageError(f"min_cells is a positive integer, not {min_cells!r}")
    if len(inputs) != 1 or not isinstance(inputs[0], torch.Tensor) or inputs[0].dim() != 4:
        raise UsageError("stride is of one image: inputs must hold one tensor (batch, channels, height, width)")


def _is_positive(value: Any) -> bool:
    return isinstance(value, int) and value > 0
