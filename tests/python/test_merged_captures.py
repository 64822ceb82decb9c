# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""merge, diff and what reads a merged capture, on captures that sessions recorded on the stand-in driver: their JSON
is what the schemas say, and a merged capture can be evaluated again."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from programs import BIN_DIR, STANDIN_CUPTI, TEST_BIN_DIR, run, skip_without_cupti
from schemas import check_strict, validator


@pytest.fixture(scope="module", autouse=True)
def _needs_cupti() -> None:
    skip_without_cupti()


WAYS = {
    "by launch": "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM scope_range) AND NOT EXISTS (SELECT 1 FROM reuse_key)",
    "by scope": "SELECT 1 FROM scope_range",
    "reused": "SELECT 1 FROM reuse_key",
}


def query(capture: Path, sql: str) -> list[tuple]:
    connection = sqlite3.connect(f"file:{capture}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What the collector's tests leave in their folder: synthetic captures."""
    folder = tmp_path_factory.mktemp("recorded")
    for test in ("collect_session_test", "collect_scope_ranges_test", "collect_reuse_test"):
        result = run(
            TEST_BIN_DIR / test, FLOPWATCH_CUPTI=str(STANDIN_CUPTI), CUDA_VISIBLE_DEVICES=None, TEST_TMPDIR=str(folder)
        )
        assert result.returncode == 0, result.stdout + result.stderr
    return sorted(folder.glob("*.flops"))


@pytest.fixture(params=WAYS)
def recorded(left: list[Path], request: pytest.FixtureRequest) -> list[Path]:
    """Those that were counted in one way."""
    captures = [path for path in left if query(path, WAYS[request.param])]
    assert captures
    return captures


@pytest.fixture
def merged(recorded: list[Path], tmp_path: Path) -> Path:
    out = tmp_path / "all.flops"
    result = run(BIN_DIR / "flopwatch", "merge", *recorded, "-o", out)
    assert result.returncode in (0, 5), result.stderr
    return out


def printed(command: str, *arguments: str | Path) -> dict:
    result = run(BIN_DIR / "flopwatch", command, *arguments, "--json", FLOPWATCH_CUPTI=str(STANDIN_CUPTI))
    assert result.returncode in (0, 5), result.stdout + result.stderr
    document: dict = json.loads(result.stdout)
    return document


def test_the_schemas_are_strict() -> None:
    check_strict("merge")
    check_strict("diff")


def test_merge_prints_what_its_schema_says(recorded: list[Path], tmp_path: Path) -> None:
    document = printed("merge", *recorded, "-o", tmp_path / "two.flops")
    validator("merge").validate(document)
    assert document["processes"] == len(recorded)


def test_a_merged_capture_has_the_sums_of_all(recorded: list[Path], merged: Path) -> None:
    whole = printed("report", merged)
    validator("report").validate(whole)
    parts = [printed("report", path) for path in recorded]

    def sum_of(figure: str) -> int:
        return sum(part["totals"][figure] for part in parts)

    for figure in ("operator_macs", "operator_other_flops", "launches", "reused_launches"):
        assert whole["totals"][figure] == sum_of(figure), figure
    # Ranges of one scope have one sum: where one process lost its range, that of the others is not whole either.
    assert whole["totals"]["unmeasured_launches"] >= sum_of("unmeasured_launches")
    measured = [part["totals"]["measured_total_flops"] for part in parts]
    if None not in measured:
        assert whole["totals"]["measured_total_flops"] == sum(measured)
    for rank, part in zip(whole["ranks"], parts, strict=True):
        assert rank["operator_macs"] == part["totals"]["operator_macs"]
        assert rank["launches"] == part["totals"]["launches"]


def test_the_images_of_a_merged_capture_are_evaluated_again(left: list[Path], tmp_path: Path) -> None:
    for way, sql in WAYS.items():
        comparable = "SELECT 1 FROM raw_chunk WHERE kept = 1 AND lossy = 0"
        recorded = [path for path in left if query(path, sql) and query(path, comparable)]
        out = tmp_path / f"{way}.flops"
        printed("merge", *recorded, "-o", out)
        whole = printed("recheck", out)
        parts = [printed("recheck", path) for path in recorded]
        for figure in ("chunks", "kept_chunks", "compared_chunks", "compared_launches", "compared_values"):
            assert whole[figure] == sum(part[figure] for part in parts), (way, figure)
        assert whole["equal"]


def test_captures_that_were_counted_in_other_ways_are_not_merged(left: list[Path], tmp_path: Path) -> None:
    by_launch = next(
        path for path in left if query(path, WAYS["by launch"]) and query(path, "SELECT 1 FROM counters_1")
    )
    by_scope = next(path for path in left if query(path, WAYS["by scope"]))
    result = run(BIN_DIR / "flopwatch", "merge", by_launch, by_scope, "-o", tmp_path / "all.flops")
    assert result.returncode == 2
    assert "counted alike" in result.stderr
    assert not list(tmp_path.iterdir())


def test_diff_prints_what_its_schema_says(recorded: list[Path], merged: Path) -> None:
    document = printed("diff", recorded[0], recorded[0])
    validator("diff").validate(document)
    assert not any(row["changed"] for row in document["rows"])
    result = run(BIN_DIR / "flopwatch", "diff", recorded[0], merged, "--json", "--max-increase", "1%")
    validator("diff").validate(json.loads(result.stdout))
