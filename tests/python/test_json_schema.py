# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What the program prints as JSON is what docs/report.schema.json says, and nothing else.

FLOPWATCH_BIN_DIR names the folder of the programs, build/bin by default.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN_DIR = Path(os.environ.get("FLOPWATCH_BIN_DIR", ROOT / "build" / "bin"))
GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.json"))
CAPTURES = sorted((ROOT / "tests" / "captures").glob("*.flops"))


def printed_json(*arguments: str) -> dict:
    result = subprocess.run([BIN_DIR / "flopwatch", *arguments], capture_output=True, check=False)
    assert result.returncode in (0, 5), result.stderr.decode()
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="module")
def demo() -> dict:
    return printed_json("demo", "--json")


def subschemas(node: object):
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from subschemas(child)
    elif isinstance(node, list):
        for child in node:
            yield from subschemas(child)


def test_schema_is_strict(validator: jsonschema.Draft202012Validator) -> None:
    for node in subschemas(validator.schema):
        if node.get("type") == "object" and "properties" in node:
            assert node.get("additionalProperties") is False, node
            assert set(node["required"]) == set(node["properties"]), node


def test_demo_is_valid(validator: jsonschema.Draft202012Validator, demo: dict) -> None:
    validator.validate(demo)
    assert demo["rows"], "the demo shows modules"


@pytest.mark.parametrize("path", CAPTURES, ids=lambda p: p.stem)
def test_reports_of_captures_are_valid(validator: jsonschema.Draft202012Validator, path: Path) -> None:
    validator.validate(printed_json("report", "--json", str(path)))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_golden_reports_are_valid(validator: jsonschema.Draft202012Validator, path: Path) -> None:
    validator.validate(json.loads(path.read_text()))


def test_there_are_golden_reports() -> None:
    assert GOLDEN


def test_amounts_add_up(demo: dict) -> None:
    totals = demo["totals"]
    amounts = [v["amount_macs"] for v in totals["verdicts"] if v["amount_macs"] is not None]
    assert sum(amounts) == totals["formula_minus_operator_macs"] == totals["formula_macs"] - totals["operator_macs"]


def without(document: dict, *path: str | int) -> dict:
    broken = copy.deepcopy(document)
    node = broken
    for key in path[:-1]:
        node = node[key]
    del node[path[-1]]
    return broken


def changed(document: dict, value: object, *path: str | int) -> dict:
    broken = copy.deepcopy(document)
    node = broken
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return broken


@pytest.mark.parametrize(
    "break_it",
    [
        lambda d: without(d, "totals"),
        lambda d: without(d, "rows", 0, "operator_macs"),
        lambda d: changed(d, 1, "surprise"),
        lambda d: changed(d, 1, "rows", 0, "surprise"),
        lambda d: changed(d, "1", "totals", "operator_macs"),
        lambda d: changed(d, 1.5, "totals", "operator_macs"),
        lambda d: changed(d, None, "totals", "operator_macs"),
        lambda d: changed(d, -1, "totals", "operator_macs"),
        lambda d: changed(d, 2, "schema_version"),
        lambda d: changed(d, "guess", "rows", 0, "state"),
        lambda d: changed(d, "mystery", "totals", "verdicts", 0, "kind"),
    ],
    ids=[
        "no totals", "no operator_macs", "extra key", "extra key in a row", "text for a number", "a fraction",
        "null for an exact number", "a negative count", "another version", "unknown state", "unknown verdict",
    ],
)  # fmt: skip
def test_broken_documents_are_refused(validator: jsonschema.Draft202012Validator, demo: dict, break_it) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(break_it(demo))
