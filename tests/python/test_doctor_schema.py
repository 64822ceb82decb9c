# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`flopwatch doctor --json` prints what docs/doctor.schema.json says, and nothing else."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from programs import STANDIN, STANDIN_CUPTI, flopwatch, skip_without_cupti
from schemas import accepted, check_strict, validator, with_value

NO_SUCH_CUPTI = "/nowhere/libcupti.so"

# What the kernel that doctor counts does on the stand-in.
KERNEL = Path(__file__).parents[1] / "standin/doctor_kernel.values"
# The environment of doctor, and what it ends with.
ON_STANDIN = {
    "FLOPWATCH_CUPTI": str(STANDIN_CUPTI),
    "LD_LIBRARY_PATH": str(STANDIN),
    "STANDIN_KERNELS": str(KERNEL),
    "CUDA_VISIBLE_DEVICES": None,
}
DOCTOR = {
    "no GPU": ({}, 3),
    "no GPU, no CUPTI": ({"FLOPWATCH_CUPTI": NO_SUCH_CUPTI}, 3),
    "two GPUs": ({**ON_STANDIN, "STANDIN_DEVICES": "GH100,GA100"}, 0),
    "shared through MPS": ({**ON_STANDIN, "STANDIN_MPS": "1"}, 3),
    "no permission": ({**ON_STANDIN, "STANDIN_PERMISSION": "0"}, 4),
}

@pytest.fixture(scope="module", autouse=True)
def _needs_cupti() -> None:
    skip_without_cupti()


@cache
def doctor(name: str) -> dict:
    environment, code = DOCTOR[name]
    return flopwatch("doctor", code=code, **environment)


def test_the_schema_is_strict() -> None:
    check_strict("doctor")


@pytest.mark.parametrize("name", DOCTOR)
def test_checks_of_doctor_are_valid(name: str) -> None:
    document = doctor(name)
    validator("doctor").validate(document)
    assert document["exit_code"] == DOCTOR[name][1]


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


@pytest.mark.parametrize("name", DOCTOR)
def test_broken_checks_of_doctor_are_refused(name: str) -> None:
    assert accepted("doctor", doctor(name), nullable={"remedy"}) == []


def test_unknown_words_and_versions_are_refused() -> None:
    machine = doctor("no GPU")
    for place, value in [
        (("schema_version",), 2),
        (("exit_code",), 1),
        (("checks", 0, "check"), "weather"),
        (("checks", 0, "state"), "fine"),
        (("checks",), machine["checks"][:-1]),
        (("checks",), [*machine["checks"], machine["checks"][0]]),
    ]:
        assert validator("doctor").is_valid(machine)
        assert not validator("doctor").is_valid(with_value(machine, place, value)), (place, value)
