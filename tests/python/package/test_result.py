# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The columns of a result with a measured one, from reports that the compiled part wrote of made-up counters."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from flopwatch._result import Result

GOLDEN = Path(__file__).resolve().parents[2] / "golden"


def result_of(name, **changes):
    data = json.loads((GOLDEN / f"synthetic-{name}.json").read_text())
    data["totals"].update(changes)
    return Result(SimpleNamespace(json=lambda: json.dumps(data), json_totals=lambda: json.dumps(data))), data["totals"]


def test_measured_parts_add_up():
    result, totals = result_of("measured_transformer")
    measured = result.total.measured
    assert measured.flops == totals["measured_multiply_add_flops"] > 0
    assert measured.macs == measured.flops // 2
    assert measured.other_flops == totals["measured_other_flops"]
    assert measured.total_flops == totals["measured_total_flops"]
    assert set(measured.by_precision) == {"tf32", "fp32"}
    assert sum(measured.flops_by_precision.values()) == measured.flops
    assert sum(measured.by_precision.values()) == measured.macs
    operator = result.total.operator
    assert {name: 2 * macs for name, macs in operator.by_precision.items()} == operator.flops_by_precision


def test_half_a_mac_is_rounded_down_and_flops_are_exact():
    parts = [
        {"precision": "fp32", "measured_multiply_add_flops": 1},
        {"precision": "fp16", "measured_multiply_add_flops": 7},
    ]
    result, _ = result_of("measured_transformer", measured_multiply_add_flops=8, measured_by_precision=parts)
    assert result.total.measured.by_precision == {"fp16": 3}
    assert result.total.measured.flops_by_precision == {"fp32": 1, "fp16": 7}


@pytest.mark.parametrize("parts", [None, [{"precision": "fp32", "measured_multiply_add_flops": None}]])
def test_products_that_were_not_collected_have_no_parts(parts):
    result, _ = result_of("measured_transformer", measured_multiply_add_flops=None, measured_by_precision=parts)
    measured = result.total.measured
    assert measured.macs is None and measured.flops is None
    assert measured.by_precision == {} == measured.flops_by_precision


def test_without_counters_there_is_no_measured_column():
    result, _ = result_of("fused_encoder_layer")
    assert result.total.measured is None


def test_rows_have_measured_numbers():
    result, _ = result_of("measured_transformer")
    rows = {row.path: row.measured_flops for row in result.rows}
    assert rows["blocks.0.attn.qkv"] == 2 * 348585984
