# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What the counters of a GPU say of some steps, and what they leave open."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class MeasuredPart(NamedTuple):
    """FLOPs of one phase and number format, by what launched the kernels."""

    multiply_add_flops: int
    """Inside operators of products: what these kernels did besides is in it, too."""
    other_flops: int
    """Inside other operators."""
    outside_flops: int
    """Outside of the operators, and in CUDA graphs."""

    @property
    def flops(self) -> int:
        return self.multiply_add_flops + self.other_flops + self.outside_flops


Parts = dict[tuple[str, str], MeasuredPart]
"""By phase and number format of the instructions."""


@dataclass
class Measured:
    """Sums over launches. Of those that are not in `parts`, only the number is known."""

    parts: Parts = field(default_factory=dict)
    launches: int = 0
    not_learned_launches: int = 0
    """Of kernels that were not measured yet."""
    never_measured_launches: int = 0
    """Of kernels that wait for others, say NCCL's."""
    variable_launches: int = 0
    """For which a mean stands, because equal launches were measured to differ."""
    elsewhere_launches: int = 0
    """On other devices."""
    tensor_metrics: bool = True
    overflow: bool = False
    bound_flops: float = 0.0
    """How far the sum can be off (95 %) because equal launches differ."""

    @classmethod
    def of(cls, reading: Mapping[str, Any]) -> Measured:
        """As the compiled session gives it."""
        parts = {(phase, precision): MeasuredPart(*flops) for phase, precision, *flops in reading["parts"]}
        names = (
            "launches", "not_learned_launches", "never_measured_launches", "variable_launches", "elsewhere_launches",
            "tensor_metrics", "overflow", "bound_flops",
        )  # fmt: skip
        return cls(parts, **{name: reading[name] for name in names})

    def add(self, other: Measured) -> None:
        for where, part in other.parts.items():
            old = self.parts.get(where, MeasuredPart(0, 0, 0))
            self.parts[where] = MeasuredPart(*[a + b for a, b in zip(old, part)])
        self.launches += other.launches
        self.not_learned_launches += other.not_learned_launches
        self.never_measured_launches += other.never_measured_launches
        self.variable_launches += other.variable_launches
        self.elsewhere_launches += other.elsewhere_launches
        self.tensor_metrics = self.tensor_metrics and other.tensor_metrics
        self.overflow = self.overflow or other.overflow
        self.bound_flops += other.bound_flops

    @property
    def products_known(self) -> bool:
        """Nothing of what the operators of products launched is missing."""
        return self.not_learned_launches == 0 and self.tensor_metrics and not self.overflow

    @property
    def whole(self) -> bool:
        return self.products_known and self.never_measured_launches == 0 and self.elsewhere_launches == 0

    @property
    def launches_not_counted(self) -> int:
        return self.not_learned_launches + self.never_measured_launches + self.elsewhere_launches

    @property
    def multiply_add_flops(self) -> int:
        return sum(part.multiply_add_flops for part in self.parts.values())

    @property
    def products_by_format(self) -> dict[str, int]:
        """FLOPs of products, and of what ran outside of the operators, by number format."""
        found: dict[str, int] = {}
        for (_, precision), part in self.parts.items():
            found[precision] = found.get(precision, 0) + part.multiply_add_flops + part.outside_flops
        return found

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the sum is not exact, or not whole."""
        found = []
        if self.not_learned_launches:
            found.append(f"not counted: {self.not_learned_launches:,} launches of kernels that were not measured yet")
        if self.never_measured_launches:
            found.append(
                f"not counted: {self.never_measured_launches:,} launches of kernels that are never measured, because "
                "they wait for others"
            )
        if self.elsewhere_launches:
            found.append(f"not counted: {self.elsewhere_launches:,} launches on other devices")
        if not self.tensor_metrics:
            found.append("not counted: the work of tensor cores, whose metrics were left out")
        if self.overflow:
            found.append("a sum does not fit 64 bits: make shorter intervals")
        if self.variable_launches:
            bound = f"{self.bound_flops:,.0f} FLOPs" if math.isfinite(self.bound_flops) else "an unknown amount"
            found.append(
                f"equal launches differ in their work: a mean stands for {self.variable_launches:,} of them, off by "
                f"{bound} at most (95 %)"
            )
        return tuple(found)


def summed_measured(parts: list[Measured]) -> Measured:
    total = Measured()
    for part in parts:
        total.add(part)
    return total
