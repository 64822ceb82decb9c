# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`flopwatch recheck --json` prints what docs/recheck.schema.json says, and nothing else: on captures that sessions
recorded on the stand-in driver, unchanged and changed."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from programs import STANDIN_CUPTI, TEST_BIN_DIR, flopwatch, run, skip_without_cupti
from schemas import accepted, check_strict, validator

# Chunks that recheck compares.
COMPARABLE = "SELECT 1 FROM raw_chunk WHERE kept = 1 AND lossy = 0"

@pytest.fixture(scope="module", autouse=True)
def _needs_cupti() -> None:
    skip_without_cupti()


def recheck(capture: Path, code: int) -> dict:
    return flopwatch("recheck", capture, code=code, FLOPWATCH_CUPTI=str(STANDIN_CUPTI))


def left_by(test: str, folder: Path) -> list[Path]:
    result = run(
        TEST_BIN_DIR / test,
        FLOPWATCH_CUPTI=str(STANDIN_CUPTI), CUDA_VISIBLE_DEVICES=None, TEST_TMPDIR=str(folder),
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    captures = [path for path in sorted(folder.glob("*.flops")) if query(path, COMPARABLE)]
    assert captures, "the collector's tests leave captures with raw images"
    return captures


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What sessions recorded on the stand-in driver, with the raw images of its counters: synthetic captures.
    They are what the collector's tests leave in their folder."""
    return left_by("collect_session_test", tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="module")
def reused(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same of replay mode reuse."""
    return left_by("collect_reuse_test", tmp_path_factory.mktemp("reused"))


def query(capture: Path, sql: str) -> list[tuple]:
    connection = sqlite3.connect(f"file:{capture}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


class Edited:
    """A copy of a capture of several launches that a test changes."""

    def __init__(self, recorded: list[Path], folder: Path) -> None:
        comparable = f"{COMPARABLE} AND launches > 3 AND plan = 1"
        original = next(path for path in recorded if query(path, comparable))
        self.path = folder / "edited.flops"
        shutil.copy(original, self.path)
        self.chunk, context, order, group = query(
            self.path, comparable.replace("SELECT 1", "SELECT id, context, first_order, metric_group", 1)
        )[0]
        self.column, self.metric = query(
            self.path, f'SELECT "column", name FROM metric WHERE plan = 1 AND metric_group = {group} ORDER BY id LIMIT 1'
        )[0]
        of_chunk = f"plan = 1 AND context = {context} AND order_in_context >= {order}"
        rows = query(self.path, f"SELECT id FROM launch WHERE {of_chunk} ORDER BY order_in_context LIMIT 4")
        self.launches = [launch for (launch,) in rows]
        self.execute("UPDATE closed SET checksum = NULL")

    def execute(self, sql: str) -> None:
        connection = sqlite3.connect(self.path)
        try:
            connection.executescript(sql)
            connection.commit()
        finally:
            connection.close()

    def set_value(self, launch: int, value: str) -> None:
        self.execute(f"UPDATE counters_1 SET {self.column} = {value} WHERE launch = {self.launches[launch]}")


@pytest.fixture
def edited(recorded: list[Path], tmp_path: Path) -> Edited:
    return Edited(recorded, tmp_path)


def change_values(capture: Edited) -> None:
    capture.set_value(0, "1e9 + 0.5")
    capture.set_value(1, "NULL")


def change_ranges(capture: Edited) -> None:
    capture.execute(f"UPDATE raw_chunk SET ranges = ranges + 1 WHERE id = {capture.chunk}")


def remove_a_launch(capture: Edited) -> None:
    launch = capture.launches[2]
    capture.execute(
        f"DELETE FROM launch WHERE id = {launch}; DELETE FROM counters_1 WHERE launch = {launch};"
        "UPDATE closed SET rows = rows - 1 WHERE table_name IN ('launch', 'counters_1')"
    )


def cut_short(capture: Edited) -> None:
    remove_a_launch(capture)
    capture.execute("DELETE FROM closed; DELETE FROM info WHERE key = 'gpu'")


# What is done to a capture, and what recheck ends with then.
EDITS: dict[str, tuple[Callable[[Edited], None], int]] = {
    "unchanged": (lambda capture: None, 0),
    "other values": (change_values, 1),
    "other ranges": (change_ranges, 1),
    "a launch is missing": (remove_a_launch, 1),
    "cut short": (cut_short, 0),
}


@pytest.fixture
def rechecked(edited: Edited, request: pytest.FixtureRequest) -> dict:
    edit, code = EDITS[request.param]
    edit(edited)
    return recheck(edited.path, code)


def test_the_schema_is_strict() -> None:
    check_strict("recheck", optional=("reuse", "range", "key"))


def test_captures_are_rechecked_as_equal(recorded: list[Path]) -> None:
    for capture in recorded:
        document = recheck(capture, 0)
        validator("recheck").validate(document)
        assert document["equal"] and document["synthetic"], capture
        assert document["compared_values"] == document["equal_values"] > 0, capture


@pytest.mark.parametrize("rechecked", EDITS, indirect=True)
def test_rechecks_of_changed_captures_are_valid(rechecked: dict) -> None:
    validator("recheck").validate(rechecked)


@pytest.mark.parametrize("rechecked", ["other values"], indirect=True)
def test_values_that_differ_are_listed(rechecked: dict, edited: Edited) -> None:
    changed_one, removed_one = rechecked["first_differences"]
    assert not rechecked["equal"]
    assert changed_one["stored"] == 1e9 + 0.5 and changed_one["evaluated"] is not None
    assert removed_one["stored"] is None and removed_one["evaluated"] is not None
    assert {changed_one["metric"], removed_one["metric"]} == {edited.metric}
    assert rechecked["compared_values"] - rechecked["equal_values"] == 2


@pytest.mark.parametrize("rechecked", ["other ranges"], indirect=True)
def test_images_with_other_ranges_are_listed(rechecked: dict) -> None:
    assert len(rechecked["wrong_chunks"]) == 1 and not rechecked["equal"]


@pytest.mark.parametrize("rechecked", ["a launch is missing", "cut short"], indirect=True)
def test_a_missing_launch_differs_where_the_capture_is_complete(rechecked: dict) -> None:
    assert rechecked["missing_launches"] == 1
    assert rechecked["equal"] is not rechecked["complete"]
    assert (rechecked["gpu"] is None) is not rechecked["complete"]


def test_no_more_than_the_first_differences_are_listed(edited: Edited) -> None:
    columns = query(edited.path, 'SELECT "column" FROM metric WHERE plan = 1')
    edited.execute("UPDATE counters_1 SET " + ", ".join(f"{column} = -1" for (column,) in columns))
    document = recheck(edited.path, 1)
    validator("recheck").validate(document)
    listed = document["first_differences"]
    assert len(listed) < document["compared_values"] - document["equal_values"]
    assert len(listed) == validator("recheck").schema["properties"]["first_differences"]["maxItems"]
    assert all(difference["stored"] == -1 for difference in listed)
    assert not validator("recheck").is_valid({**document, "first_differences": [*listed, listed[0]]})


@pytest.mark.parametrize("rechecked", ["other values", "other ranges"], indirect=True)
def test_broken_rechecks_are_refused(rechecked: dict) -> None:
    values = {"stored", "evaluated"}
    assert accepted("recheck", rechecked, nullable={"gpu", *values}, signed=values) == []


def test_captures_of_reuse_are_rechecked_as_equal(reused: list[Path]) -> None:
    for capture in reused:
        document = recheck(capture, 0)
        validator("recheck").validate(document)
        assert document["equal"] and document["reuse"]["wrong"] == 0, capture
        assert document["compared_values"] == document["equal_values"] > 0, capture
        launches = query(capture, "SELECT sum(launches) FROM reuse_count")
        assert launches == [(document["reuse"]["launches"],)], capture


def test_what_differs_in_a_capture_of_reuse_is_listed(reused: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "edited.flops"
    shutil.copy(reused[0], path)
    column = query(path, 'SELECT "column" FROM metric ORDER BY id')[0][0]
    connection = sqlite3.connect(path)
    connection.executescript(
        "UPDATE closed SET checksum = NULL;"
        f"UPDATE reuse_check_counters_1 SET {column} = 1e9 + 0.5 WHERE reuse_check = 1"
    )
    connection.close()
    document = recheck(path, 1)
    validator("recheck").validate(document)
    (difference,) = document["first_differences"]
    assert difference["stored"] == 1e9 + 0.5 and difference["key"] > 0 and difference["range"] >= 0
    assert len(document["reuse"]["first_wrong"]) == document["reuse"]["wrong"] > 0
    signed = {"stored", "evaluated"}
    optional = {"reuse", "range", "key"}
    assert accepted("recheck", document, optional, nullable={"gpu", *signed}, signed=signed) == []
