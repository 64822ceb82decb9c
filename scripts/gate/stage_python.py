# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The Python package: what it counts in every replay mode, its verdicts on rules, and its samples, each to its end."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import stage_models
from gate import Gate

COLUMNS = "python-columns.json"
RULES = "python-rules.json"
# Hand-computed FLOPs of the multiply-adds of tests/gpu/python_columns.py: of a block of 640 tokens in 768 dimensions; of
# two convolutions of 3x3 on 8 images of 32x32, and a linear layer of 64 to 10.
EXPECTED = {"attention": 2 * (4 * 640 * 768 * 768 + 2 * 640 * 640 * 768),
            "convolutions": 2 * 8 * (32 * 32 * 9 * (16 * 32 + 32 * 64) + 64 * 10)}
# What check_rule must say, by what tests/gpu/python_rules.py calls the rule.
SAID = {"attention": "agrees", "past_dispatcher": "fits the counters", "past_dispatcher_doubled": "off by a factor"}
LEAST_S = 15.0  # that must be left for an optional sample
BUILT = "built, for a python3 that has torch"


@dataclass(frozen=True)
class Sample:
    """A program of samples/python."""

    name: str
    arguments: tuple[str, ...] = ()
    smaller: tuple[str, ...] = ()  # instead of `arguments` in a dry run
    needs: str = ""  # a module that it imports
    optional: bool = False


SAMPLES = (Sample("quickstart"), Sample("training"),
           Sample("seed_rows", ("--explain", "0"), ("--explain", "0", "--seq", "16", "--dim", "24")),
           Sample("custom_op_triton", needs="triton", optional=True),
           Sample("custom_op_library", optional=True),
           Sample("custom_op_deform_conv", needs="torchvision", optional=True),
           Sample("custom_op_extension", optional=True))


def has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def lacking(gate: Gate) -> str:
    """Why the package cannot be run; "" where it can."""
    if not has("torch"):
        return "this python3 has no torch"
    if list((gate.build / "python/flopwatch").glob("_native*.so")):
        return ""
    log = gate.logs / "build_configure.out"
    why = re.search(r"The Python module is not built: (.*)", log.read_text()) if log.is_file() else None
    return f"the package is not built{': ' + why[1] if why else ''}"


def run_python(gate: Gate, name: str, file: Path, *arguments: str):
    path = os.pathsep.join(p for p in (str(gate.build / "python"), os.environ.get("PYTHONPATH", "")) if p)
    return gate.run(name, [sys.executable, file, *arguments], good=stage_models.COUNTED, limit_s=stage_models.LIMIT_S * gate.stage_factor,
                    environment={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"})


def columns(gate: Gate, device: str) -> None:
    done = run_python(gate, "columns", gate.root / "tests/gpu/python_columns.py", "--device", device)
    (gate.out / COLUMNS).write_text(done.out)
    column_claims(gate, json.loads(done.out))


def column_claims(gate: Gate, counted: dict) -> None:
    """`counted` as python_columns.py prints it."""
    for name, modes in counted["models"].items():
        expected, flops = EXPECTED[name], {mode: c["operator_flops"] for mode, c in modes.items()}
        gate.equal(f"operator.{name}", dict.fromkeys(modes, expected), flops, "FLOPs", COLUMNS)
        if counted["device"] == "cpu":
            continue
        measured = {mode: c["measured_flops"] for mode, c in modes.items()}
        first = measured["default"]
        gate.claim(f"equal.{name}", bool(first) and set(measured.values()) == {first}, "the same in all replay modes",
                   measured, "FLOPs", COLUMNS)
        unmeasured = {mode: c["unmeasured_launches"] for mode, c in modes.items()}
        gate.equal(f"all_measured.{name}", dict.fromkeys(modes, 0), unmeasured, "launches", COLUMNS)
        if name == "attention":
            stage_models.agrees(gate, name, first and first / expected, COLUMNS)


def rules(gate: Gate, device: str) -> None:
    done = run_python(gate, "rules", gate.root / "tests/gpu/python_rules.py", "--device", device)
    (gate.out / RULES).write_text(done.out)
    rule_claims(gate, json.loads(done.out))


def rule_claims(gate: Gate, printed: dict) -> None:
    """`printed` by python_rules.py."""
    checked = printed["rules"]
    for name, said in checked.items():
        gate.equal(f"rule.{name}", SAID[name], said["verdict"], "", RULES)
    if printed["device"] == "cpu":
        return
    block = checked["attention"]
    ratio = block["measured_flops"] and block["measured_flops"] / (2 * block["operator_macs"])
    stage_models.agrees(gate, "rule_of_attention", ratio, RULES)
    if "past_dispatcher" not in checked:
        gate.finding("not_run.rules_past_the_dispatcher", "this python3 has no triton")


def sample(gate: Gate, which: Sample, device: str) -> None:
    file = gate.root / f"samples/python/{which.name}.py"
    on = ["--device", device] if "--device" in file.read_text() else []
    run_python(gate, which.name, file, *(which.smaller if gate.stand_in else which.arguments), *on)
    gate.claim(f"ran.{which.name}", True, "to its end", "to its end")


def why_not(gate: Gate, which: Sample) -> str:
    """Why a sample is not run; "" where it is."""
    if not (gate.root / f"samples/python/{which.name}.py").is_file():
        return "there is no such sample"
    if which.needs and not has(which.needs):
        return f"this python3 has no {which.needs}"
    if which.optional and gate.stand_in:
        return "a dry run takes only some"
    if which.optional and gate.left_s() < LEAST_S:
        return "no time was left for it"
    return ""


def run(gate: Gate) -> None:
    lacks = lacking(gate)
    gate.claim("package", not lacks or gate.stand_in, BUILT, f"skipped: {lacks}" if lacks else BUILT)
    if lacks:
        gate.finding("skipped", lacks)
        return
    device = gate.torch_devices()[0]
    gate.part("columns", columns, device)
    gate.part("rules", rules, device)
    for which in SAMPLES:
        if why := why_not(gate, which):
            gate.finding(f"not_run.{which.name}", why)
        else:
            gate.part(which.name, sample, which, device)
