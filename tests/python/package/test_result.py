# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The columns of a result with a measured one, from reports that the compiled part wrote of made-up counters."""

from pathlib import Path
from types import SimpleNamespace

from flopwatch._result import Result

GOLDEN = Path(__file__).resolve().parents[2] / "golden"


def result_with(*totals):
    return Result(SimpleNamespace(totals=lambda: totals))


def test_a_column_is_macs_and_twice_as_many_flops():
    total = result_with(None, (6, 5, {"fp32": 4, "fp16": 2}, {"forward": (6, 4), "optimizer": (0, 1)}), (7, 9)).total
    assert total.measured is None
    operator, formula = total.operator, total.formula
    assert (operator.macs, operator.flops, operator.other_flops) == (6, 12, 5)
    assert operator.by_precision == {"fp32": 4, "fp16": 2} and operator.flops_by_precision == {"fp32": 8, "fp16": 4}
    assert operator.macs_by_phase == {"forward": 6, "optimizer": 0}
    assert operator.other_flops_by_phase == {"forward": 4, "optimizer": 1}
    assert (formula.macs, formula.flops, formula.other_flops, formula.by_precision) == (7, 14, 9, {})


def test_half_a_mac_is_rounded_down_and_flops_are_exact():
    measured = result_with((8, 3, 12, {"fp32": 1, "fp16": 7}), (0, 0, {}, {}), None).total.measured
    assert (measured.macs, measured.flops, measured.other_flops, measured.total_flops) == (4, 8, 3, 12)
    assert measured.by_precision == {"fp16": 3}
    assert measured.flops_by_precision == {"fp32": 1, "fp16": 7}


def test_products_that_were_not_collected_are_none():
    total = result_with((None, None, 12, {}), (0, 0, {}, {}), None).total
    assert total.measured.macs is None and total.measured.flops is None and total.measured.other_flops is None
    assert total.measured.total_flops == 12 and total.measured.by_precision == {} and total.formula is None


def test_rows_have_measured_numbers():
    data = (GOLDEN / "synthetic-measured_transformer.json").read_text()
    result = Result(SimpleNamespace(json=lambda phase: data))
    rows = {row.path: row.measured_flops for row in result.rows}
    assert rows["blocks.0.attn.qkv"] == 2 * 348585984
