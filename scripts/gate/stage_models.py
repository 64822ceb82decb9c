# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""LibTorch programs on every GPU there is (two at most), all three columns: attention, a custom operator, products."""

from __future__ import annotations

import json
import re

import kernels
import stage_recheck
from gate import Gate

TOKENS, DIM, CALLS = 640, 768, 2
ATTENTION_MACS = CALLS * (4 * TOKENS * DIM * DIM + 2 * TOKENS * TOKENS * DIM)  # projections; scores and their product
MOST = 1.02  # measured to operator, of multiply-add operators
WAYS = ("by-dispatcher", "by-function")
CUSTOM_OPERATOR = "sample::bias_gelu_rowsum"
PRODUCT = re.compile(r"(?P<format>\w+) (?P<m>\d+)x(?P<n>\d+)x(?P<k>\d+)")
# cuBLAS computes whole tiles: M and N are rounded up to multiples of a tile, or of a cluster of tiles, and K to the depth
# of a tile. These are the largest; all kernels seen on GH100 (nvjet_sm90_qqtst_88x64_128x11_2x4 for fp8) stay below.
TILE = 256  # of M and N
DEPTH = 64  # of K
DEPTHS = {"fp8": 128, "int8": 128}
# FLOPs for each value of the result that are no products: it is scaled, and fp8 adds up partial sums, one for each tile
# along K.
SCALING = 4
# What every chip with Tensor Cores of the Ampere generation or newer multiplies; fp8 from Hopper on.
FORMATS = {"fp64", "fp32", "tf32", "fp16", "bf16", "int8"}
LIMIT_S = 60.0  # of each program
COUNTED = (0, 5)  # a data loss is in the totals: its claims say what it did


def named(kind: str, device: str) -> str:
    """attention-cuda0 of cuda:0."""
    return f"{kind}-{device.replace(':', '')}"


def agrees(gate: Gate, name: str, ratio: float | None, source: str) -> None:
    """`ratio` of measured to operator, of work whose operators all have a rule."""
    holds = ratio is not None and 1 <= ratio <= MOST
    gate.claim(f"agrees.{name}", holds, f"1 to {MOST}", ratio, "measured to operator", source)


def attention(gate: Gate, device: str) -> None:
    name = named("attention", device)
    capture = gate.captures / f"{name}.flops"
    done = gate.run(name, [gate.build / "bin/attention", "--model", "custom", "--rules", "custom", "--batch", 1,
                           "--seq", TOKENS, "--dim", DIM, "--heads", 12, "--calls", CALLS, "--device", device,
                           "--raw", "all", "--json", "--save", capture],
                    environment={}, good=COUNTED, limit_s=LIMIT_S * gate.stage_factor)
    attention_claims(gate, device, json.loads(done.out))
    if device != "cpu":
        stage_recheck.again(gate, capture, "rechecked")


def attention_claims(gate: Gate, device: str, report: dict) -> None:
    name = named("attention", device)
    totals, source = report["totals"], f"captures/{name}.flops"
    gate.equal(f"operator.{name}", ATTENTION_MACS, totals["operator_macs"], "MACs", source)
    if device != "cpu":
        measured(gate, name, totals, source)


def measured(gate: Gate, name: str, totals: dict, source: str) -> None:
    agrees(gate, name, totals["measured_to_operator_ratio"], source)
    gate.equal(f"all_measured.{name}", 0, totals["unmeasured_launches"], "launches", source)


def custom_op(gate: Gate, device: str) -> None:
    stem = gate.captures / named("custom-op", device)
    gate.run(stem.name, [gate.build / "bin/custom_op", "--device", device, "--raw", "none", "--save", stem],
             environment={}, limit_s=LIMIT_S * gate.stage_factor)
    reports = {}
    for way in WAYS:
        file = gate.captures / f"{stem.name}-{way}.flops"
        done = gate.run(f"report-{file.stem}", [gate.build / "bin/flopwatch", "report", file, "--json"], good=None)
        reports[way] = json.loads(done.out)
    custom_op_claims(gate, device, reports)


def custom_op_claims(gate: Gate, device: str, reports: dict[str, dict]) -> None:
    """`reports` by the way that the operator is called."""
    name = named("custom-op", device)
    seen = {way: sum(1 for o in r["operators"] if o["name"] == CUSTOM_OPERATOR) for way, r in reports.items()}
    gate.equal(f"dispatcher_sees.{name}", {"by-dispatcher": 1, "by-function": 0}, seen, "rows")
    if device == "cpu":
        return
    outside = reports["by-function"]["totals"]["measured_outside_dispatcher_flops"]
    source = f"captures/{name}-by-function.flops"
    gate.claim(f"counters_see.{name}", bool(outside), "more than 0", outside, "FLOPs", source)


def products(gate: Gate, device: str) -> None:
    name = named("products", device)
    capture = gate.captures / f"{name}.flops"
    done = gate.run(name, [gate.program("torch_products"), "--device", device, "--raw", "none", "--save",
                           capture],
                    environment={}, good=COUNTED, limit_s=LIMIT_S * gate.stage_factor)
    product_claims(gate, device, json.loads(done.out))


def product_claims(gate: Gate, device: str, report: dict) -> None:
    name = named("products", device)
    source = f"captures/{name}.flops"
    found = set()
    for row in report["rows"]:
        what = PRODUCT.fullmatch(row["path"])
        if not what:
            continue
        found.add(what["format"])
        m, n, k = (int(what[x]) for x in "mnk")
        claim = f"{name}.{row['path'].replace(' ', '-')}"
        gate.equal(f"operator.{claim}", 2 * m * n * k, row["operator_flops"], "FLOPs", source)
        if device != "cpu":
            if what["format"] == "int8":
                integer_product(gate, claim, (m, n, k), row, tensor_operations(report, row, "int8"), source)
            else:
                seen = row["measured_multiply_add_flops"]
                within_padding(gate, claim, what["format"], (m, n, k), seen, "FLOPs", source)
    gate.equal(f"formats.{name}", [], sorted(FORMATS - found), "formats that are missing", source)


Size = tuple[int, int, int]  # M, N, K


def up(size: int, tile: int) -> int:
    return -(-size // tile) * tile


def most_of_tiles(number_format: str, size: Size) -> int:
    """FLOPs of a product, computed in the largest tiles."""
    depth = DEPTHS.get(number_format, DEPTH)
    m, n, k = up(size[0], TILE), up(size[1], TILE), up(size[2], depth)
    return m * n * (2 * k + k // depth + SCALING)


def within_padding(gate: Gate, claim: str, number_format: str, size: Size, seen: int | None, unit: str,
                   source: str) -> None:
    """At least the hand-computed count, and at most that of whole tiles."""
    m, n, k = size
    least, most = 2 * m * n * k, most_of_tiles(number_format, size)
    holds = seen is not None and least <= seen <= most
    gate.claim(f"measured.{claim}", holds, f"{least} to {most}", seen, unit, source)
    if seen:
        gate.finding(f"padding.{claim}", f"tiles make {seen / least:.4f} times as much of it", measured=seen,
                     paper=least, unit=unit)


def tensor_operations(report: dict, row: dict, number_format: str) -> int | None:
    """Operations of the tensor cores on a number format, over the launches of a row; None: not collected."""
    counted = [value for kernel in report["kernels"] if kernel["row"] == row["row"]
               for metric, value in kernel["metric_sums"].items()
               if value is not None and kernels.is_tensor_metric(metric, number_format)]
    return sum(counted) if counted else None


def integer_product(gate: Gate, claim: str, size: Size, row: dict, operations: int | None, source: str) -> None:
    """Integer operations are not floating-point operations: their own counter is compared with the hand-computed count,
    and what the measured column shows for them is a finding.
    """
    within_padding(gate, claim, "int8", size, operations, "operations of the tensor cores on int8", source)
    flops = row["measured_multiply_add_flops"]
    if flops is None:
        text = "the measured column has no number for a product of integers"
    elif not flops:
        text = "the measured column counts no integer operations as FLOPs"
    elif flops == operations:
        text = "the measured column shows the integer operations of the tensor cores as FLOPs"
    else:
        text = "the measured column shows another number than that of the tensor cores' integer operations"
    gate.finding(f"integers.{claim}", text, measured_multiply_add_flops=flops, tensor_operations=operations)


def run(gate: Gate) -> None:
    for device in gate.torch_devices():
        for work in (attention, products, custom_op):  # the longest is the last
            gate.part(named(work.__name__, device), work, device)
