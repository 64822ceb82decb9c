# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`flopwatch audit` as a program: what it prints is what docs/audit.schema.json says, and how it ends."""

from __future__ import annotations

import json

import pytest
from programs import ROOT, flopwatch
from schemas import check_strict, validator

CAPTURE = ROOT / "tests" / "captures" / "attention-cpu.flops"


def test_what_it_prints_is_what_its_schema_says() -> None:
    claims = ("--claim", "2N", "--claim", "x=1.5Y")
    printed = flopwatch("audit", CAPTURE, *claims, "--step-seconds", "1e12", "--peak", "H200", code=0)
    assert validator("audit").is_valid(printed)
    assert isinstance(printed["claims"][1]["flops"], str), "1.5e24 does not fit 64 bits"
    for claim in printed["claims"]:
        assert sum(int(cause["flops"]) for cause in claim["causes"]) == int(claim["difference_flops"])
    assert validator("audit").is_valid(json.loads((ROOT / "tests/golden/synthetic-audit.json").read_text()))


@pytest.mark.parametrize(("seconds", "code"), [("1", 0), ("1e-12", 1)])
def test_more_than_the_peak_ends_with_1(seconds: str, code: int) -> None:
    printed = flopwatch("audit", CAPTURE, "--claim", "2N", "--step-seconds", seconds, "--peak", "1e12", code=code)
    assert bool(printed["utilization"]["impossible"]) == (code == 1)


def test_the_schema_allows_nothing_else() -> None:
    check_strict("audit")
