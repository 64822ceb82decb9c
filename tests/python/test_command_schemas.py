# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What doctor, metrics and recheck print as JSON is what their schemas in docs/ say, and nothing else.

No GPU is needed: those of this machine are hidden, and where a document must come from one, the stand-in of
tests/standin takes its place. FLOPWATCH_BIN_DIR names the folder of the programs, build/bin by default,
FLOPWATCH_TEST_BIN_DIR that of the test programs, tests beside it.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN_DIR = Path(os.environ.get("FLOPWATCH_BIN_DIR", ROOT / "build" / "bin"))
TEST_BIN_DIR = Path(os.environ.get("FLOPWATCH_TEST_BIN_DIR", BIN_DIR.parent / "tests"))
STANDIN = BIN_DIR.parent / "standin"
STANDIN_CUPTI = STANDIN / "libcupti.so.13"
TOO_NEW_CUPTI = TEST_BIN_DIR / "cupti_too_new" / "libcupti.so"
NO_SUCH_CUPTI = "/nowhere/libcupti.so"

COMMANDS = ("doctor", "metrics", "recheck")

# All other keys are required where they may stand.
OPTIONAL = {"passed_over"}
# All other fields are never null where they have a value.
NULLABLE = {"remedy", "gpu", "stored", "evaluated"}
# Numbers of any sign: what a counter gave.
SIGNED = {"stored", "evaluated"}

METRICS = {
    "chips": [],
    "chips with some types": ["--types", "fp64,bf16"],
    "GH100": ["--chip", "GH100"],
    "GA100": ["--chip", "GA100"],
    "GB100": ["--chip", "GB100"],
    "TU102": ["--chip", "TU102"],
    "GH100 cuda-core": ["--chip", "GH100", "--set", "cuda-core"],
    "GB100 small formats": ["--chip", "GB100", "--set", "tensor", "--types", "fp4,fp6,fp8"],
    "TU102 without fp8": ["--chip", "TU102", "--set", "tensor", "--types", "bf16,fp8"],
    "TU116 without tensor cores": ["--chip", "TU116", "--set", "tensor"],
    "GH100 own metrics": ["--chip", "GH100", "--metrics", "flop_count_sp,sm__inst_executed"],
    "GB100 own metrics": ["--chip", "GB100", "--metrics", "flop_count_hp_fma,flop_count_dp"],
    "TU102 own metrics": ["--chip", "TU102", "--metrics", "sm__inst_executed.sum"],
    "TU102 list": ["--chip", "TU102", "--list"],
    "GB100 every format": ["--chip", "GB100", "--types", "fp64,fp32,tf32,fp16,bf16,fp8,fp6,fp4,int8"],
    "GH100 with a chosen CUPTI": ["--chip", "GH100", "--set", "cuda-core"],
    "GH100 with a passed over CUPTI": ["--chip", "GH100", "--set", "cuda-core"],
}
METRICS_ENVIRONMENT = {
    "GH100 with a chosen CUPTI": {"FLOPWATCH_CUPTI": str(STANDIN_CUPTI)},
    "GH100 with a passed over CUPTI": {"FLOPWATCH_CUPTI": str(TOO_NEW_CUPTI)},
}

# Chunks that recheck compares.
COMPARABLE = "SELECT 1 FROM raw_chunk WHERE kept = 1 AND lossy = 0"

# The environment of doctor, and what it ends with.
ON_STANDIN = {"FLOPWATCH_CUPTI": str(STANDIN_CUPTI), "LD_LIBRARY_PATH": str(STANDIN), "CUDA_VISIBLE_DEVICES": None}
DOCTOR = {
    "no GPU": ({}, 3),
    "no GPU, no CUPTI": ({"FLOPWATCH_CUPTI": NO_SUCH_CUPTI}, 3),
    "two GPUs": ({**ON_STANDIN, "STANDIN_DEVICES": "GH100,GA100"}, 0),
    "no permission": ({**ON_STANDIN, "STANDIN_PERMISSION": "0"}, 4),
}


def run(*command: str | Path, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """In this environment but for what is given; None takes a variable out."""
    env = dict(os.environ)
    for key, value in {"CUDA_VISIBLE_DEVICES": "", "FLOPWATCH_CUPTI": None, **environment}.items():
        env.pop(key, None)
        if value is not None:
            env[key] = value
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


def flopwatch(*arguments: str | Path, code: int, **environment: str | None) -> dict:
    """The JSON that the program prints when it ends with `code`."""
    result = run(BIN_DIR / "flopwatch", *arguments, "--json", **environment)
    assert result.returncode == code, result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout)


@pytest.fixture(scope="module", autouse=True)
def needs_cupti() -> None:
    if "built without CUPTI" in run(BIN_DIR / "flopwatch", "doctor").stderr:
        pytest.skip("the program was built without CUPTI")


@lru_cache(maxsize=None)
def validator(command: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((ROOT / "docs" / f"{command}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@lru_cache(maxsize=None)
def metrics(name: str) -> dict:
    return flopwatch("metrics", *METRICS[name], code=0, **METRICS_ENVIRONMENT.get(name, {}))


@lru_cache(maxsize=None)
def doctor(name: str) -> dict:
    environment, code = DOCTOR[name]
    return flopwatch("doctor", code=code, **environment)


def recheck(capture: Path, code: int) -> dict:
    return flopwatch("recheck", capture, code=code, FLOPWATCH_CUPTI=str(STANDIN_CUPTI))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What sessions recorded on the stand-in driver, with the raw images of its counters: synthetic captures.
    They are what the collector's tests leave in their folder."""
    folder = tmp_path_factory.mktemp("recorded")
    result = run(
        TEST_BIN_DIR / "collect_session_test",
        FLOPWATCH_CUPTI=str(STANDIN_CUPTI), CUDA_VISIBLE_DEVICES=None, TEST_TMPDIR=str(folder),
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    captures = [path for path in sorted(folder.glob("*.flops")) if query(path, COMPARABLE)]
    assert captures, "the collector's tests leave captures with raw images"
    return captures


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


@pytest.mark.parametrize("name", METRICS)
def test_metrics_are_valid(name: str) -> None:
    validator("metrics").validate(metrics(name))


@pytest.mark.parametrize("name", DOCTOR)
def test_checks_of_doctor_are_valid(name: str) -> None:
    document = doctor(name)
    validator("doctor").validate(document)
    assert document["exit_code"] == DOCTOR[name][1]


def test_captures_are_rechecked_as_equal(recorded: list[Path]) -> None:
    for capture in recorded:
        document = recheck(capture, 0)
        validator("recheck").validate(document)
        assert document["equal"] and document["synthetic"], capture
        assert document["compared_values"] == document["equal_values"] > 0, capture


@pytest.mark.parametrize("rechecked", EDITS, indirect=True)
def test_rechecks_of_changed_captures_are_valid(rechecked: dict) -> None:
    validator("recheck").validate(rechecked)


def test_metrics_come_in_all_forms() -> None:
    chips = metrics("chips")["chips"]
    assert any("passes" in chip for chip in chips) and any("refused" in chip for chip in chips)
    assert len(metrics("TU102 list")["base_metrics"]) > 1000
    assert metrics("TU102 without fp8")["notes"]
    assert metrics("TU116 without tensor cores")["groups"] == []
    assert metrics("GH100")["narrowed"]
    assert metrics("GH100 own metrics")["derived"][0]["name"] == "flop_count_sp"
    assert metrics("TU102 own metrics")["derived"] == []
    assert metrics("GH100 with a chosen CUPTI")["cupti"]["source"] == "FLOPWATCH_CUPTI"
    assert str(TOO_NEW_CUPTI) in metrics("GH100 with a passed over CUPTI")["cupti"]["passed_over"]
    kinds = {
        (metric["indicator"], metric["flops_per_unit"] is None)
        for name in ("GH100", "GH100 own metrics")
        for group in metrics(name)["groups"]
        for metric in group["metrics"]
    }
    assert kinds == {(False, False), (False, True), (True, True)}


def test_passes_add_up() -> None:
    of_sets = {chip["name"]: chip.get("passes") for chip in metrics("chips")["chips"]}
    for chip in ("GH100", "GA100", "GB100", "TU102"):
        plan = metrics(chip)
        assert plan["passes"] == sum(group["passes"] for group in plan["groups"]) == of_sets[chip]["full"]


def test_doctor_makes_every_check_that_its_schema_names() -> None:
    named = validator("doctor").schema["$defs"]["check"]["properties"]["check"]["enum"]
    for name in DOCTOR:
        assert [check["check"] for check in doctor(name)["checks"]] == named
    assert {check["state"] for name in DOCTOR for check in doctor(name)["checks"]} >= {"good", "bad", "unchecked"}


def test_doctor_names_a_cupti_that_is_not_there() -> None:
    checks = {check["check"]: check for check in doctor("no GPU, no CUPTI")["checks"]}
    assert checks["CUPTI"]["state"] == "bad"
    assert NO_SUCH_CUPTI in checks["CUPTI"]["text"]
    assert checks["passes"]["state"] == "unchecked"


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


def subschemas(node: object) -> Iterator[dict]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from subschemas(child)
    elif isinstance(node, list):
        for child in node:
            yield from subschemas(child)


@pytest.mark.parametrize("command", COMMANDS)
def test_schemas_are_strict(command: str) -> None:
    schema = validator(command).schema
    objects = [node for node in subschemas(schema) if node.get("type") == "object"]
    assert objects
    for node in objects:
        assert node["additionalProperties"] is False, node
        assert set(node["required"]) == set(node["properties"]) - OPTIONAL, node


Place = tuple[str | int, ...]


def places(node: object, at: Place = (), kind: tuple = ()) -> Iterator[tuple[Place, object, tuple]]:
    """Every value of a document, itself first, with the keys that lead to it and its kind. Values of one kind are
    under one subschema: they stand in entries of the same lists that have the same keys."""
    if isinstance(node, dict):
        kind = (*kind, frozenset(node))
    yield at, node, kind
    if isinstance(node, dict):
        for key, child in node.items():
            yield from places(child, (*at, key), (*kind, key))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from places(child, (*at, index), (*kind, list))


def with_value(document: dict, place: Place, value: object) -> dict:
    broken = copy.deepcopy(document)
    node = broken
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    return broken


def without(document: dict, place: Place) -> dict:
    broken = copy.deepcopy(document)
    node = broken
    for key in place[:-1]:
        node = node[key]
    del node[place[-1]]
    return broken


def broken_ones(document: dict) -> Iterator[tuple[str, dict]]:
    """The document with one thing wrong, in every place where that can be, and what is wrong."""
    seen = set()
    for place, value, kind in places(document):
        if (kind, type(value)) in seen:
            continue
        seen.add((kind, type(value)))
        if isinstance(value, dict):
            yield f"{place}: another key", with_value(document, (*place, "surprise"), 1)
        if not place:
            continue
        key = place[-1]
        if isinstance(key, str) and key not in OPTIONAL:
            yield f"{place}: missing", without(document, place)
        yield f"{place}: an object that is none", with_value(document, place, {})
        if isinstance(value, str):
            yield f"{place}: a number for a text", with_value(document, place, 1)
        if isinstance(value, (bool, int, float)):
            yield f"{place}: a text for a number or a truth", with_value(document, place, "1")
        if isinstance(value, int) and key not in SIGNED:
            yield f"{place}: a fraction", with_value(document, place, 0.5)
            yield f"{place}: a negative number", with_value(document, place, -1)
        if value is not None and key not in NULLABLE:
            yield f"{place}: null", with_value(document, place, None)


def accepted(command: str, document: dict) -> list[str]:
    checked = [(what, validator(command).is_valid(broken)) for what, broken in broken_ones(document)]
    assert len(checked) > 10, "there was something to break"
    return [what for what, is_valid in checked if is_valid]


@pytest.mark.parametrize(
    "name",
    ["chips", "GH100", "TU102 without fp8", "GH100 own metrics", "TU102 list", "GH100 with a passed over CUPTI"],
)
def test_broken_metrics_are_refused(name: str) -> None:
    document = copy.deepcopy(metrics(name))
    if "base_metrics" in document:  # a long list of the same takes its time
        del document["base_metrics"][3:]
    assert accepted("metrics", document) == []


@pytest.mark.parametrize("name", DOCTOR)
def test_broken_checks_of_doctor_are_refused(name: str) -> None:
    assert accepted("doctor", doctor(name)) == []


@pytest.mark.parametrize("rechecked", ["other values", "other ranges"], indirect=True)
def test_broken_rechecks_are_refused(rechecked: dict) -> None:
    assert accepted("recheck", rechecked) == []


def test_unknown_words_and_versions_are_refused() -> None:
    plan = metrics("GH100")
    own = metrics("GH100 own metrics")
    machine = doctor("no GPU")
    for command, document, place, value in [
        ("metrics", plan, ("schema_version",), 2),
        ("metrics", plan, ("set",), "all"),
        ("metrics", plan, ("types",), ["half"]),
        ("metrics", plan, ("requested",), ["flop_count_sp"]),
        ("metrics", plan, ("groups", 0, "metrics", 0, "precision"), "fp128"),
        ("metrics", plan, ("groups", 0, "metrics", 0, "flops_per_unit"), None),
        ("metrics", plan, ("groups", 0, "metrics"), []),
        ("metrics", plan, ("narrowed", 0, "parts"), []),
        ("metrics", plan, ("derived",), own["derived"]),
        ("metrics", own, ("requested",), []),
        ("metrics", own, ("derived", 0, "terms"), []),
        ("metrics", metrics("TU102 list"), ("base_metrics",), []),
        ("metrics", metrics("chips"), ("chips",), []),
        ("metrics", metrics("chips"), ("chips", 0, "refused"), "beside its passes"),
        ("doctor", machine, ("schema_version",), 2),
        ("doctor", machine, ("exit_code",), 1),
        ("doctor", machine, ("checks", 0, "check"), "weather"),
        ("doctor", machine, ("checks", 0, "state"), "fine"),
        ("doctor", machine, ("checks",), machine["checks"][:-1]),
        ("doctor", machine, ("checks",), [*machine["checks"], machine["checks"][0]]),
    ]:
        assert validator(command).is_valid(document)
        assert not validator(command).is_valid(with_value(document, place, value)), (command, place, value)
