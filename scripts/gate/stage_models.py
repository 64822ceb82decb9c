# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""LibTorch programs on every GPU there is (two at most), all three columns: attention, a custom operator, products."""

from __future__ import annotations

import json
import re

from gate import Gate

TOKENS, DIM, CALLS = 640, 768, 2
ATTENTION_MACS = CALLS * (4 * TOKENS * DIM * DIM + 2 * TOKENS * TOKENS * DIM)  # projections; scores and their product
MOST = 1.02  # measured to operator, over launches of multiply-add operators
CUSTOM_OPERATOR = "sample::bias_gelu_rowsum"
PRODUCT = re.compile(r"(?P<format>\w+) (?P<m>\d+)x(?P<n>\d+)x(?P<k>\d+)")
PADDED = 1.35  # tiles that do not divide the sizes, and scaling of the result: the most that is taken for that
# What every chip with Tensor Cores of the Ampere generation or newer multiplies; fp8 from Hopper on.
FORMATS = {"fp64", "fp32", "tf32", "fp16", "bf16", "int8"}
LIMIT_S = 40.0  # of each program
COUNTED = (0, 5)  # a data loss is in the totals: its claims say what it did


def attention(gate: Gate, device: str) -> None:
    name = f"attention-{device.replace(':', '')}"
    capture = gate.captures / f"{name}.flops"
    done = gate.run(name, [gate.build / "bin/attention", "--model", "custom", "--rules", "custom", "--batch", 1, "--seq", TOKENS,
                           "--dim", DIM, "--heads", 12, "--calls", CALLS, "--device", device, "--raw", "all", "--json",
                           "--save", capture], environment={}, good=COUNTED, limit_s=LIMIT_S * gate.stage_factor)
    totals = json.loads(done.out)["totals"]
    source = f"captures/{capture.name}"
    gate.equal(f"operator.{name}", ATTENTION_MACS, totals["operator_macs"], "MACs", source)
    if device != "cpu":
        measured(gate, name, totals, source)


def measured(gate: Gate, name: str, totals: dict, source: str) -> None:
    ratio = totals["measured_to_operator_ratio"]
    gate.claim(f"agrees.{name}", ratio is not None and 1 <= ratio <= MOST, f"1 to {MOST}", ratio,
               "measured to operator", source)
    gate.equal(f"all_measured.{name}", 0, totals["unmeasured_launches"], "launches", source)


def custom_op(gate: Gate, device: str) -> None:
    stem = gate.captures / f"custom-op-{device.replace(':', '')}"
    gate.run(stem.name, [gate.build / "bin/custom_op", "--device", device, "--raw", "all", "--save", stem], environment={},
             limit_s=LIMIT_S * gate.stage_factor)
    reports = {}
    for way in ("by-dispatcher", "by-function"):
        file = gate.captures / f"{stem.name}-{way}.flops"
        done = gate.run(f"report-{file.stem}", [gate.build / "bin/flopwatch", "report", file, "--json"], good=None)
        reports[way] = json.loads(done.out)
    seen = {way: sum(1 for o in r["operators"] if o["name"] == CUSTOM_OPERATOR) for way, r in reports.items()}
    gate.equal(f"dispatcher_sees.{stem.name}", {"by-dispatcher": 1, "by-function": 0}, seen, "rows")
    if device == "cpu":
        return
    outside = {way: r["totals"]["measured_outside_dispatcher_flops"] for way, r in reports.items()}
    source = f"captures/{stem.name}-by-function.flops"
    gate.claim(f"counters_see.{stem.name}", bool(outside["by-function"]), "more than 0", outside["by-function"], "FLOPs", source)


def products(gate: Gate, device: str) -> None:
    name = f"products-{device.replace(':', '')}"
    capture = gate.captures / f"{name}.flops"
    done = gate.run(name, [gate.program("torch_products"), "--device", device, "--save", capture], environment={}, good=COUNTED,
                    limit_s=LIMIT_S * gate.stage_factor)
    source = f"captures/{capture.name}"
    found = set()
    for row in json.loads(done.out)["rows"]:
        what = PRODUCT.fullmatch(row["path"])
        if not what:
            continue
        found.add(what["format"])
        m, n, k = (int(what[x]) for x in "mnk")
        claim = f"{name}.{row['path'].replace(' ', '-')}"
        gate.equal(f"operator.{claim}", 2 * m * n * k, row["operator_flops"], "FLOPs", source)
        if device != "cpu":
            measured_product(gate, claim, (m, n, k), row, what["format"], source)
    gate.equal(f"formats.{name}", [], sorted(FORMATS - found), "formats that are missing", source)


def measured_product(gate: Gate, claim: str, size: tuple[int, int, int], row: dict, number_format: str, source: str) -> None:
    m, n, k = size
    paper = 2 * m * n * k
    seen = row["measured_multiply_add_flops"]
    if number_format == "int8":
        return  # no FLOPs: the counter's operations are in the capture
    most = int(paper * PADDED)
    gate.claim(f"measured.{claim}", seen is not None and paper <= seen <= most, f"{paper} to {most}", seen, "FLOPs", source)
    if seen:
        gate.finding(f"padding.{claim}", f"tiles make {seen / paper:.4f} times as much of it", measured_flops=seen,
                     paper_flops=paper)


def run(gate: Gate) -> None:
    for device in gate.torch_devices():
        for work in (attention, custom_op, products):
            gate.part(f"{work.__name__}-{device.replace(':', '')}", work, device)
