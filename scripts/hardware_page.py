#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/hardware.md from the evidence under tests/captures: which claim holds on which GPU, with which figure.

    scripts/hardware_page.py [--check] [--captures FOLDER] [--page FILE]

--check writes nothing and ends with 1 when the page is not what the evidence gives.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import evidence

ROOT = Path(__file__).resolve().parent.parent
# Every claim about hardware, and the claims of the gate that show it, by the beginning of their names.
CLAIMS = [
    ("The machine code of the kernels of known count does what the paper says", ("build.sass.",)),
    ("Every instruction and tensor operation of the kernels of known count is counted exactly", ("known.exact.",)),
    ("All replay modes count the same, with launches from several threads on several streams",
     ("modes.equal.", "modes.paper.")),
    ("Nothing is lost in any replay mode", ("modes.losses.",)),
    ("Nsight Compute reads the same values for the same kernels, metric by metric", ("ncu.equal.",)),
    ("Measured and operator agree within 0 to +2 % on the attention block",
     ("models.agrees.", "models.all_measured.")),
    ("A kernel that is launched past the dispatcher is measured", ("models.counters_see.",)),
    ("cuBLAS products of every number format count 2·M·N·K, tile padding apart", ("models.measured.",)),
    ("Raw images give the same values when they are evaluated again", ("recheck.equal.",)),
    ("Replay mode none adds at most a twentieth of what Nsight Compute adds to a launch", ("timing.none_to_ncu",)),
    ("`flopwatch doctor` finds what it needs", ("doctor.",)),
]
HEAD = """# Proved on hardware

What flopwatch claims of a GPU, and what shows it. This page is written by `scripts/hardware_page.py` from the evidence
under [tests/captures](../tests/captures/README.md), which `scripts/gpu_gate.sh` leaves on a machine with a GPU and
`scripts/evidence.py` evaluates and counts again on any other. A claim that no evidence shows is unproved.
"""


def holds(results: dict, beginnings: tuple[str, ...]) -> tuple[int, int]:
    """How many of the claims hold, and of how many."""
    mine = [c for c in results["claims"] if c["claim"].startswith(beginnings)]
    return sum(1 for c in mine if c["passed"]), len(mine)


def ns(value: float) -> str:
    return f"{value / 1000:,.1f} µs" if value >= 1000 else f"{value:,.0f} ns"


def section(run: Path, results: dict) -> list[str]:
    machine = results["machine"]
    lines = [f"## {machine['gpu'].split(',')[0] or run.name}", "",
             f"Evidence: [{run.name}](../tests/captures/{run.name}/results.json); driver and compute capability "
             f"{', '.join(part.strip() for part in machine['gpu'].split(',')[1:3])}; CUPTI "
             f"{machine.get('doctor_cupti', 'unknown')}; flopwatch {machine['flopwatch_version']} at "
             f"{machine['flopwatch_commit'][:12]}; the whole run took {results['seconds']:.0f} s.", "",
             "| claim | holds |", "|---|---|"]
    for text, beginnings in CLAIMS:
        good, of = holds(results, beginnings)
        word = "not tried" if of == 0 else f"yes, {of} of {of}" if good == of else f"**no**, {good} of {of}"
        lines.append(f"| {text} | {word} |")
    failed = [c for c in results["claims"] if not c["passed"]]
    if failed:
        lines += ["", "What does not hold:", ""]
        lines += [f"- `{c['claim']}`: expected {c['expected']}, seen {c['seen']} {c['unit']}".rstrip() for c in failed]
    for stage in results["stages"]:
        if stage["error"]:
            lines += ["", f"Stage {stage['name']} was not gone through: {stage['error']}"]
    if results["timings"]:
        lines += ["", "| counted by | launches | added to a launch |", "|---|---:|---:|"]
        lines += [f"| {t['way']} | {t['launches']} | {ns(t['added_ns_per_launch'])} |" for t in results["timings"]
                  if t["way"] != "bare"]
    if results["findings"]:
        lines += ["", "Found out there:", ""]
        for f in results["findings"]:
            question = f["facts"].get("question", "")
            lines.append(f"- {question + ' ' if question else ''}{f['text']} (`{f['finding']}`)")
    return [*lines, ""]


def page(captures: Path) -> str:
    found = evidence.runs(captures)
    unproved = [text for text, beginnings in CLAIMS
                if not any(of > 0 and good == of for _, r in found for good, of in [holds(r, beginnings)])]
    lines = [HEAD]
    if not found:
        lines += ["No run on a GPU has been committed yet.", ""]
    if unproved:
        lines += ["## Unproved", ""] + [f"- {text}." for text in unproved] + [""]
    for run, results in found:
        lines += section(run, results)
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--captures", type=Path, default=ROOT / "tests/captures")
    parser.add_argument("--page", type=Path, default=ROOT / "docs/hardware.md")
    options = parser.parse_args()
    text = page(options.captures)
    if not options.check:
        options.page.write_text(text)
        return 0
    if options.page.is_file() and options.page.read_text() == text:
        return 0
    print(f"{options.page.name} is not what the evidence gives: run scripts/hardware_page.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
