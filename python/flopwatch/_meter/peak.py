# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The peak that a meter divides by: of the table, or as the user gave it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from .._errors import UsageError
from .chips import chip_of
from .peaks import BY_CHIP, ChipPeak

PeakFlops = float | str | Mapping[str, float] | None
"""FLOP/s for all number formats, the name of a chip or of a device, {format: FLOP/s}, or None: that of the GPU."""

FORMATS = ("fp64", "fp64_tensor", "fp32", "tf32", "fp16", "bf16", "fp8", "fp4", "int8")


@dataclass(frozen=True)
class Peak:
    """FLOP/s that the devices of a model can do together."""

    words: str
    """What it is and where it is from, for reports."""
    by_format: Mapping[str, float]
    """Empty where one number is for all formats."""
    for_all: float | None = None

    def flops_per_second(self, number_format: str) -> float | None:
        """None where none is known for products of the format. Those of fp64 run on tensor cores that have it."""
        if self.for_all is not None:
            return self.for_all
        if number_format == "fp64" and "fp64_tensor" in self.by_format:
            return self.by_format["fp64_tensor"]
        return self.by_format.get(number_format)

    def seconds(self, flops_by_format: Mapping[str, int]) -> tuple[float | None, str]:
        """The time that the products would take at the peak of each format, added up; or None and the reason."""
        total = 0.0
        for number_format, flops in flops_by_format.items():
            if not flops:
                continue
            peak = self.flops_per_second(number_format)
            if peak is None:
                return None, f"no peak of {number_format} is known ({self.words}): give it in peak_flops"
            total += flops / peak
        return total, ""


def peak_of(given: PeakFlops, device_names: Iterable[str]) -> Peak | None:
    """`device_names`: of the GPUs that hold the model, one for each. None where nothing is given and there is no GPU.

    Raises UsageError for a peak that is not above 0, for an unknown format, and for a GPU that is not in the table.
    """
    if given is None:
        names = list(device_names)
        return _sum([chip_of(name) for name in names]) if names else None
    if isinstance(given, str):
        return _sum([BY_CHIP[given] if given in BY_CHIP else chip_of(given)])
    if isinstance(given, Mapping):
        return Peak("as given", _checked(given))
    return Peak("as given", {}, for_all=_positive("peak_flops", given))


def _sum(chips: list[ChipPeak]) -> Peak:
    kinds = list(dict.fromkeys(entry.chip for entry in chips))
    counts = [f"{sum(entry.chip == kind for entry in chips)} x {kind}" if len(chips) > 1 else kind for kind in kinds]
    sources = dict.fromkeys(f"{entry.source}, {entry.date}" for entry in chips)
    known = set.intersection(*(set(entry.flops_per_second) for entry in chips))
    return Peak(
        f"{' and '.join(counts)}, dense, by {'; '.join(sources)}",
        {name: sum(entry.flops_per_second[name] for entry in chips) for name in FORMATS if name in known},
    )


def _checked(given: Mapping[Any, Any]) -> dict[str, float]:
    if not given:
        raise UsageError("peak_flops is an empty dictionary: give FLOP/s by number format, {'bf16': 312e12}")
    for name in given:
        if name not in FORMATS:
            raise UsageError(f"peak_flops has the number format {name!r}: the formats are {', '.join(FORMATS)}")
    return {name: _positive(f"peak_flops[{name!r}]", value) for name, value in given.items()}


def _positive(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) < math.inf:
        raise UsageError(f"{name} is FLOP/s, a number above 0, not {value!r}: leave it out to take the GPU's own peak")
    return float(value)
