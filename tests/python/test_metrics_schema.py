# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`flopwatch metrics --json` prints what docs/metrics.schema.json says, and nothing else."""

from __future__ import annotations

import copy
from functools import cache

import pytest
from programs import STANDIN_CUPTI, TEST_BIN_DIR, flopwatch, skip_without_cupti
from schemas import accepted, check_strict, validator, with_value

TOO_NEW_CUPTI = TEST_BIN_DIR / "cupti_too_new" / "libcupti.so"

# All other keys are required where they are allowed.
OPTIONAL = {"passed_over"}

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

@pytest.fixture(scope="module", autouse=True)
def _needs_cupti() -> None:
    skip_without_cupti()


@cache
def metrics(name: str) -> dict:
    return flopwatch("metrics", *METRICS[name], code=0, **METRICS_ENVIRONMENT.get(name, {}))


def test_the_schema_is_strict() -> None:
    check_strict("metrics", OPTIONAL)


@pytest.mark.parametrize("name", METRICS)
def test_metrics_are_valid(name: str) -> None:
    validator("metrics").validate(metrics(name))


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


@pytest.mark.parametrize(
    "name",
    ["chips", "GH100", "TU102 without fp8", "GH100 own metrics", "TU102 list", "GH100 with a passed over CUPTI"],
)
def test_broken_metrics_are_refused(name: str) -> None:
    document = copy.deepcopy(metrics(name))
    if "base_metrics" in document:  # a long list of the same takes its time
        del document["base_metrics"][3:]
    assert accepted("metrics", document, OPTIONAL) == []


def test_unknown_words_and_versions_are_refused() -> None:
    plan = metrics("GH100")
    own = metrics("GH100 own metrics")
    for document, place, value in [
        (plan, ("schema_version",), 2),
        (plan, ("set",), "all"),
        (plan, ("types",), ["half"]),
        (plan, ("requested",), ["flop_count_sp"]),
        (plan, ("groups", 0, "metrics", 0, "precision"), "fp128"),
        (plan, ("groups", 0, "metrics", 0, "flops_per_unit"), None),
        (plan, ("groups", 0, "metrics"), []),
        (plan, ("narrowed", 0, "parts"), []),
        (plan, ("derived",), own["derived"]),
        (own, ("requested",), []),
        (own, ("derived", 0, "terms"), []),
        (metrics("TU102 list"), ("base_metrics",), []),
        (metrics("chips"), ("chips",), []),
        (metrics("chips"), ("chips", 0, "refused"), "beside its passes"),
    ]:
        assert validator("metrics").is_valid(document)
        assert not validator("metrics").is_valid(with_value(document, place, value)), (place, value)
