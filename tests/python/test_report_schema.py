# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Reports as JSON are what docs/report.schema.json says, and nothing else."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest
from programs import BIN_DIR, ROOT
from schemas import check_strict, validator, with_value, without

GOLDEN = sorted(
    p for p in (ROOT / "tests" / "golden").glob("*.json") if p.stem not in ("synthetic-audit", "synthetic-diff")
)
CAPTURES = sorted((ROOT / "tests" / "captures").glob("*.flops"))


def printed_json(*arguments: str) -> dict:
    result = subprocess.run([BIN_DIR / "flopwatch", *arguments], capture_output=True, check=False)
    assert result.returncode in (0, 5), result.stderr.decode()
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def demo() -> dict:
    return printed_json("demo", "--json")


def test_the_schema_is_strict() -> None:
    check_strict("report")


def test_demo_is_valid(demo: dict) -> None:
    validator("report").validate(demo)
    assert demo["rows"], "the demo shows modules"


@pytest.mark.parametrize("path", CAPTURES, ids=lambda p: p.stem)
def test_reports_of_captures_are_valid(path: Path) -> None:
    validator("report").validate(printed_json("report", "--json", str(path)))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_golden_reports_are_valid(path: Path) -> None:
    validator("report").validate(json.loads(path.read_text()))


def test_there_are_golden_reports() -> None:
    assert GOLDEN


def test_the_golden_comparison_is_valid() -> None:
    validator("diff").validate(json.loads((ROOT / "tests/golden/synthetic-diff.json").read_text()))


def test_amounts_add_up(demo: dict) -> None:
    totals = demo["totals"]
    amounts = [v["amount_macs"] for v in totals["verdicts"] if v["amount_macs"] is not None]
    assert sum(amounts) == totals["formula_minus_operator_macs"] == totals["formula_macs"] - totals["operator_macs"]


@pytest.mark.parametrize(
    "break_it",
    [
        lambda d: without(d, ("totals",)),
        lambda d: without(d, ("rows", 0, "operator_macs")),
        lambda d: with_value(d, ("surprise",), 1),
        lambda d: with_value(d, ("rows", 0, "surprise"), 1),
        lambda d: with_value(d, ("totals", "operator_macs"), "1"),
        lambda d: with_value(d, ("totals", "operator_macs"), 1.5),
        lambda d: with_value(d, ("totals", "operator_macs"), None),
        lambda d: with_value(d, ("totals", "operator_macs"), -1),
        lambda d: with_value(d, ("schema_version",), 2),
        lambda d: with_value(d, ("rows", 0, "state"), "guess"),
        lambda d: with_value(d, ("totals", "verdicts", 0, "kind"), "mystery"),
    ],
    ids=[
        "no totals", "no operator_macs", "extra key", "extra key in a row", "text for a number", "a fraction",
        "null for an exact number", "a negative count", "another version", "unknown state", "unknown verdict",
    ],
)  # fmt: skip
def test_broken_documents_are_refused(demo: dict, break_it) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validator("report").validate(break_it(demo))
