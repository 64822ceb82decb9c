# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Peaks: of the table, by device name, as given; and MFU and HFU worked out by hand."""

import pytest
import torch
from torch import nn

import flopwatch
from flopwatch import meters
from flopwatch._meter.chips import chip_of
from flopwatch._meter.peak import FORMATS, Peak, peak_of

NAMES = {
    "NVIDIA H200": "H200",
    "NVIDIA H200 NVL": "H200 NVL",
    "NVIDIA H100 80GB HBM3": "H100 SXM",
    "NVIDIA H100 PCIe": "H100 PCIe",
    "NVIDIA GH200 480GB": "GH200",
    "NVIDIA GB200": "GB200",
    "NVIDIA B200": "B200",
    "NVIDIA A100-SXM4-80GB": "A100",
    "NVIDIA A100-PCIE-40GB": "A100",
    "NVIDIA A100 80GB PCIe": "A100",
    "NVIDIA A10": "A10",
    "NVIDIA A30": "A30",
    "NVIDIA L4": "L4",
    "NVIDIA L40S": "L40S",
    "Tesla T4": "T4",
    "Tesla V100-SXM2-32GB": "V100 SXM2",
    "Tesla V100-PCIE-16GB": "V100 PCIe",
    "Tesla V100S-PCIE-32GB": "V100S PCIe",
    "NVIDIA GeForce RTX 3090": "RTX 3090",
    "NVIDIA GeForce RTX 4090": "RTX 4090",
    "NVIDIA GeForce RTX 5090": "RTX 5090",
}
OTHERS = [
    "NVIDIA A10G", "NVIDIA T400", "NVIDIA L40", "NVIDIA H100 NVL", "NVIDIA H100", "NVIDIA H100 80GB HBM2e",
    "NVIDIA GeForce RTX 3090 Ti", "NVIDIA GeForce RTX 4090 Laptop GPU", "NVIDIA GeForce RTX 4090 D", "NVIDIA GB300",
    "NVIDIA H800", "NVIDIA A100X", "AMD Instinct MI300X", "",
]  # fmt: skip


@pytest.mark.parametrize("name, chip", NAMES.items())
def test_device_names(name, chip):
    assert chip_of(name).chip == chip


@pytest.mark.parametrize("name", OTHERS)
def test_a_chip_that_is_not_in_the_table_is_refused_with_what_to_do(name):
    with pytest.raises(flopwatch.UsageError, match="no peak is known for .*give peak_flops=.*FLOP/s.*A100"):
        peak_of(None, [name])


def test_a_slice_of_a_gpu_has_no_peak_of_its_own():
    with pytest.raises(flopwatch.UsageError, match="a slice of a GPU"):
        peak_of(None, ["NVIDIA A100-SXM4-40GB MIG 1g.5gb"])


def test_each_chip_of_the_table_has_its_source_and_makes_sense():
    for entry in meters.CHIPS:
        assert entry.source.startswith("NVIDIA ") and entry.date[:2] == "20", entry
        peaks = entry.flops_per_second
        assert set(peaks) <= set(FORMATS) and "fp16" in peaks and "fp32" in peaks
        assert all(1e12 <= value < 2e16 for value in peaks.values())
        # Half the bits, at least the speed; so a figure with sparsity beside a dense one shows.
        order = [name for name in ("fp32", "tf32", "bf16", "fp8", "fp4") if name in peaks]
        for wide, narrow in zip(order, order[1:]):
            assert peaks[wide] <= peaks[narrow], (entry.chip, wide, narrow)
        for wide, narrow in (("tf32", "bf16"), ("bf16", "fp8"), ("fp8", "fp4")):
            if wide in peaks and narrow in peaks:
                assert 1.9 <= peaks[narrow] / peaks[wide] <= 4.1, (entry.chip, wide, narrow)
        assert peaks["fp16"] == peaks.get("bf16", peaks["fp16"])
    assert len({entry.chip for entry in meters.CHIPS}) == len(meters.CHIPS) >= 20


def test_dense_figures_that_everybody_knows():
    known = {entry.chip: entry.flops_per_second for entry in meters.CHIPS}
    assert known["A100"]["bf16"] == 312e12 and known["A100"]["tf32"] == 156e12
    assert known["H100 SXM"]["bf16"] == 989.4e12 and known["H200"]["fp8"] == 1979e12
    assert known["B200"]["bf16"] == 2250e12 and known["B200"]["fp4"] == 9000e12
    assert "fp8" not in known["A100"] and "bf16" not in known["V100 SXM2"] and "fp4" not in known["H200"]


def test_mixed_precision_adds_the_time_at_each_formats_own_peak():
    peak = peak_of({"bf16": 100.0, "fp8": 200.0}, [])
    assert peak.seconds({"bf16": 50, "fp8": 50}) == (0.75, "")
    assert peak.seconds({"bf16": 0, "fp32": 0}) == (0.0, "")
    seconds, why_not = peak.seconds({"bf16": 50, "fp32": 1})
    assert seconds is None and "no peak of fp32 is known" in why_not


def test_products_in_fp64_run_on_tensor_cores_that_have_it():
    assert peak_of("A100", []).flops_per_second("fp64") == 19.5e12
    assert peak_of("V100 SXM2", []).flops_per_second("fp64") == 7.8e12
    assert peak_of({"fp64": 1.0}, []).flops_per_second("fp64") == 1.0


def test_several_gpus_are_added_up_by_the_formats_of_all():
    peak = peak_of(None, ["NVIDIA A100-SXM4-80GB", "NVIDIA A100-SXM4-80GB"])
    assert peak.flops_per_second("bf16") == 624e12 and "2 x A100" in peak.words and "2021-06" in peak.words
    both = peak_of(None, ["NVIDIA A100-SXM4-80GB", "Tesla V100-SXM2-32GB"])
    assert both.flops_per_second("fp16") == 437e12 and both.flops_per_second("bf16") is None


def test_what_is_given():
    assert peak_of(7, []) == Peak("as given", {}, for_all=7.0)
    assert peak_of("H200", ["NVIDIA A10G"]).flops_per_second("bf16") == 989.5e12
    assert peak_of("NVIDIA H200", []).flops_per_second("bf16") == 989.5e12
    assert peak_of(None, []) is None


@pytest.mark.parametrize("peak", [0, -1.0, float("nan"), float("inf"), True, {"bf16": 0}, {"bf16": "fast"}])
def test_a_peak_is_above_0(peak):
    with pytest.raises(flopwatch.UsageError, match="a number above 0, not "):
        flopwatch.meter(nn.Linear(2, 2), peak_flops=peak)


@pytest.mark.parametrize("peak, words", [({}, "an empty dictionary"), ({"bfloat16": 1.0}, "the formats are fp64,")])
def test_a_mapping_of_formats(peak, words):
    with pytest.raises(flopwatch.UsageError, match=words):
        flopwatch.meter(nn.Linear(2, 2), peak_flops=peak)


def test_mfu_and_hfu_by_hand():
    """A linear layer in fp32 and one in bf16; each step takes 2 s by the clock."""
    ticks = iter(range(10**6))
    fp32, bf16 = nn.Linear(8, 4, bias=False), nn.Linear(16, 4, bias=False).bfloat16()
    x, y = torch.randn(2, 8), torch.randn(2, 16).bfloat16()
    now = [0]

    def clock():
        next(ticks)
        return now[0]

    with flopwatch.meter([fp32, bf16], peak_flops={"fp32": 64.0, "bf16": 512.0}, clock_ns=clock) as m:
        for _ in range(3):
            fp32(x), bf16(y)
            now[0] += 2 * 10**9
            m.step()
    assert m.last.seconds == 2.0 and m.last.steps_reused == 1
    # 2 x 2x8x4 = 128 FLOPs at 64 a second are 2 s; 2 x 2x16x4 = 256 at 512 are half a second.
    assert m.last.mfu == m.last.hfu == (128 / 64 + 256 / 512) / 2
    assert m.last.executed_flops_by_precision == {"fp32": 128, "bf16": 256}
    assert "MFU 125.00%" in m.last.report() and "(bf16 256 FLOPs, fp32 128 FLOPs)" in m.last.report()


def test_without_a_peak_there_is_no_mfu():
    model = nn.Linear(2, 2)
    with flopwatch.meter(model) as m:
        for _ in range(3):
            model(torch.randn(1, 2))
            m.step()
    assert m.peak is None and m.last.mfu is None and m.last.hfu is None
    assert "no MFU: there is no GPU whose peak is known: give peak_flops" in m.last.report()


def test_a_format_without_a_peak_is_named():
    model = nn.Linear(2, 2)
    with flopwatch.meter(model, peak_flops={"bf16": 1e12}, check_budget=0.0) as m:
        for _ in range(3):
            model(torch.randn(1, 2))
            m.step()
    assert m.last.mfu is None and "no peak of fp32 is known (as given)" in m.last.report()
