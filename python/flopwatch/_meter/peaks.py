# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Dense peaks of NVIDIA chips, each with the document that states it.

FLOP/s, and operations a second for int8. Tensor cores with FP32 accumulation where the chip has them, else CUDA cores;
"fp64_tensor" and "fp64" are apart, because chips differ in both. Where a document states a figure "with sparsity", the
dense one is half of it. A format that a chip lacks, or that its document does not state, is not in its row.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ChipPeak:
    """What one chip can do at most."""

    chip: str
    flops_per_second: dict[str, float]
    """By number format; operations a second for int8."""
    source: str
    date: str
    """Of the document: year and month, or the year."""


_TERA = 1e12


def _chip(chip: str, source: str, date: str, **tera: float) -> ChipPeak:
    return ChipPeak(chip, {name: value * _TERA for name, value in tera.items()}, source, date)


_VOLTA = "NVIDIA V100 datasheet"
_HOPPER = "NVIDIA H100 Tensor Core GPU Architecture white paper"
_BRIEF = "NVIDIA Blackwell Architecture Technical Brief"
_BLACKWELL = "NVIDIA Blackwell datasheet (GB200 NVL72 and HGX B200)"
_HALF = ", which states tensor figures with sparsity"

CHIPS: tuple[ChipPeak, ...] = (
    _chip("V100 SXM2", _VOLTA, "2020-01", fp64=7.8, fp32=15.7, fp16=125),
    _chip("V100 PCIe", _VOLTA, "2020-01", fp64=7, fp32=14, fp16=112),
    _chip("V100S PCIe", _VOLTA, "2020-01", fp64=8.2, fp32=16.4, fp16=130),
    _chip("T4", "NVIDIA T4 datasheet", "2019-03", fp32=8.1, fp16=65, int8=130),
    _chip("A100", "NVIDIA A100 datasheet", "2021-06",
          fp64=9.7, fp64_tensor=19.5, fp32=19.5, tf32=156, fp16=312, bf16=312, int8=624),
    _chip("A10", "NVIDIA A10 datasheet", "2021-03", fp32=31.2, tf32=62.5, fp16=125, bf16=125, int8=250),
    _chip("A30", "NVIDIA A30 datasheet", "2022-03",
          fp64=5.2, fp64_tensor=10.3, fp32=10.3, tf32=82, fp16=165, bf16=165, int8=330),
    _chip("L4", "NVIDIA L4 datasheet" + _HALF, "2023",
          fp32=30.3, tf32=120 / 2, fp16=242 / 2, bf16=242 / 2, fp8=485 / 2, int8=485 / 2),
    _chip("L40S", "NVIDIA L40S datasheet", "2023",
          fp32=91.6, tf32=183, fp16=362.05, bf16=362.05, fp8=733, int8=733),
    _chip("RTX 3090", "NVIDIA Ampere GA102 GPU Architecture white paper", "2020",
          fp32=35.6, tf32=35.6, fp16=71, bf16=71, int8=284),
    _chip("RTX 4090", "NVIDIA Ada GPU Architecture white paper", "2022",
          fp32=82.6, tf32=82.6, fp16=165.2, bf16=165.2, fp8=330.3, int8=660.6),
    _chip("RTX 5090", "NVIDIA RTX Blackwell GPU Architecture white paper", "2025",
          fp32=104.8, tf32=104.8, fp16=209.5, bf16=209.5, fp8=419, fp4=1676, int8=838),
    _chip("H100 SXM", _HOPPER, "2022",
          fp64=33.5, fp64_tensor=66.9, fp32=66.9, tf32=494.7, fp16=989.4, bf16=989.4, fp8=1978.9, int8=1978.9),
    _chip("H100 PCIe", _HOPPER, "2022",
          fp64=25.6, fp64_tensor=51.2, fp32=51.2, tf32=378, fp16=756, bf16=756, fp8=1513, int8=1513),
    _chip("H200", "NVIDIA H200 datasheet (SXM)" + _HALF, "2024",
          fp64=34, fp64_tensor=67, fp32=67, tf32=989 / 2, fp16=1979 / 2, bf16=1979 / 2, fp8=3958 / 2, int8=3958 / 2),
    _chip("H200 NVL", "NVIDIA H200 datasheet (NVL)" + _HALF, "2024",
          fp64=30, fp64_tensor=60, fp32=60, tf32=835 / 2, fp16=1671 / 2, bf16=1671 / 2, fp8=3341 / 2, int8=3341 / 2),
    _chip("GH200", "NVIDIA GH200 Grace Hopper Superchip datasheet" + _HALF, "2023",
          fp64=34, fp64_tensor=67, fp32=67, tf32=989 / 2, fp16=1979 / 2, bf16=1979 / 2, fp8=3958 / 2, int8=3958 / 2),
    _chip("B100", _BRIEF, "2024-03",
          fp64=30, fp64_tensor=30, fp32=60, tf32=900, fp16=1800, bf16=1800, fp8=3500, fp4=7000, int8=3500),
    _chip("B200", _BLACKWELL + _HALF, "2025",
          fp64=37, fp64_tensor=37, fp32=75, tf32=2200 / 2, fp16=4500 / 2, bf16=4500 / 2, fp8=9000 / 2,
          fp4=18000 / 2, int8=9000 / 2),
    _chip("GB200", _BLACKWELL + _HALF, "2025",
          fp64=40, fp64_tensor=40, fp32=80, tf32=2500 / 2, fp16=5000 / 2, bf16=5000 / 2, fp8=10000 / 2,
          fp4=20000 / 2, int8=10000 / 2),
)  # fmt: skip

BY_CHIP = {entry.chip: entry for entry in CHIPS}
