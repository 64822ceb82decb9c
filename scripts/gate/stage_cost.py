# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What counting costs, part by part: times are findings; that each case ran, and counted right, is claimed."""

from __future__ import annotations

import json
import statistics

import runner
from gate import Gate

COST = "cost.json"
SPARE_S = 5.0  # of the stage's time: to end a case that was begun
SETS = ("instrumented", "hardware")
RANGES = (1, 16, 64, 256, 1024)
PLAIN = ("unsubscribed", "subscribed")
PROFILED = ("enabled", "started_not_in_a_range", "user_range_around_all", "user_range", "user_range_after_waiting",
            "auto_range")
# What is launched, and the sets of metrics that count it.
KERNELS = {"empty": SETS, "long": SETS, "product": ("hardware",)}
# Nothing waits between the launches there, so what runs over the end of a range counts in another one: a finding.
NOT_ISOLATED = ".user_range."


def cases() -> list[str]:
    launches = [f"launch.{kernel}.{way}" for kernel in KERNELS for way in PLAIN]
    launches += [f"launch.{kernel}.{way}.{s}" for kernel, sets in KERNELS.items() for way in PROFILED for s in sets]
    return launches + [f"session.{s}.{n}" for n in RANGES for s in SETS]


def read(text: str) -> dict[str, dict]:
    """What cost_program printed, by case. A program that was ended can have left the last line unfinished."""
    found = {}
    for line in text.splitlines():
        try:
            one = json.loads(line)
            found[one.pop("case")] = one
        except (ValueError, KeyError, TypeError):
            continue
    return found


def expected_ranges(case: dict):
    return case["launches"] if "start_ns" in case else case.get("expected_ranges")


def wrong(case: dict) -> int:
    counted = case["wrong_counts"]
    return sum(counted) if isinstance(counted, list) else counted


def claims(gate: Gate, found: dict[str, dict]) -> None:
    """`found` as `read` has it."""
    ran = {name: case for name, case in found.items() if "not_run" not in case}
    lacking = {name: found.get(name, {}).get("not_run", "not reached") for name in cases() if name not in ran}
    gate.equal("every_case", {}, lacking, source=COST)
    for name, case in sorted(ran.items()):
        if "ranges" not in case:
            continue
        gate.equal(f"ranges.{name}", expected_ranges(case), case["ranges"], "ranges", COST)
        if NOT_ISOLATED in name:
            gate.finding(f"not_isolated.{name}", f"{wrong(case)} of {case['ranges']} ranges that nothing waits between "
                                                 "have another count than their launch", wrong_counts=wrong(case))
        else:
            gate.equal(f"counts.{name}", 0, wrong(case), "ranges with a wrong count", COST)


def us(ns: float) -> str:
    return f"{ns / 1000:,.1f} us"


def text_of(case: dict) -> str:
    if "start_ns" in case:
        starts = ", ".join(us(ns) for ns in case["start_ns"])
        return (f"enable {us(case['enable_ns'])}; start 1 to {len(case['start_ns'])}: {starts}; last stop "
                f"{us(case['stop_ns'][-1])}; decode after {case['launches'][-1]} launches {us(case['decode_ns'][-1])}")
    whole, call = (statistics.median(case[f"{what}_ns_per_launch"]) for what in ("whole", "call"))
    return f"a launch takes {us(whole)}, {us(call)} of it in the call"


def findings(gate: Gate, found: dict[str, dict]) -> None:
    """The times. Those of a stand-in were measured on no GPU, and each says so."""
    made_up = gate.stand_in or any(case.get("synthetic") for case in found.values())
    for name, case in found.items():
        if "not_run" not in case:
            gate.finding(f"time.{name}", ("synthetic: " if made_up else "") + text_of(case), **case)


def run(gate: Gate) -> None:
    trips = ["--long-trips", gate.table["launch"]["trips"]] if gate.stand_in else []
    command = [gate.program("cost_program"), *gate.kernel_arguments(), *trips, "--limit", max(gate.left_s() - SPARE_S, 1)]
    ended = ""
    try:
        gate.run("cost", command)
    except runner.StageError as e:
        ended = str(e)  # what it printed until then is as good
    printed = gate.logs / "cost_cost.out"
    found = read(printed.read_text(errors="replace")) if printed.is_file() else {}
    (gate.out / COST).write_text(json.dumps(found, indent=1) + "\n")
    claims(gate, found)
    findings(gate, found)
    if ended:
        raise runner.StageError(ended)
