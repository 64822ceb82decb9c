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
import recount  # in scripts/gate, which evidence looks in

ROOT = Path(__file__).resolve().parent.parent
# Every claim about hardware, and the claims of the gate that show it, by the beginning of their names. "ran" appears only
# where a part did not reach its end.
EVALUATED_AGAIN = "Raw images give the same values when they are evaluated again"
CLAIMS = [
    ("The machine code of the kernels of known count matches the hand-computed count", ("build.sass.",)),
    ("Every instruction and tensor operation of the kernels of known count is counted exactly", ("known.exact.",)),
    ("All replay modes count the same, with launches from several threads on several streams",
     ("modes.equal.", "modes.paper.", "modes.ran.")),
    ("Nothing is lost in any replay mode", ("modes.losses.", "modes.ran.")),
    ("Nsight Compute reads the same values for the same kernels, metric by metric", ("ncu.equal.",)),
    ("Stream captures are not disturbed; a graph's kernels are listed by module, and what runs around it is counted exactly",
     ("captures.",)),
    ("Measured and operator agree within 0 to +2 % on the attention block",
     ("models.agrees.", "models.all_measured.", "models.ran.attention")),
    ("A kernel that is launched past the dispatcher is measured", ("models.counters_see.", "models.ran.custom_op")),
    ("cuBLAS products of every number format count 2·M·N·K, tile padding apart",
     ("models.measured.", "models.ran.products")),
    ("The Python package measures on the GPU, the same in all replay modes, and its samples run to their end",
     ("python.",)),
    (EVALUATED_AGAIN, recount.RECHECKED),
    ("A range counts exactly the launches in it, where the program waits around them", ("cost.ranges.", "cost.counts.")),
    ("Replay mode none adds at most a twentieth of what Nsight Compute adds", ("timing.none_to_ncu",)),
    ("`flopwatch doctor` finds what it needs", ("doctor.",)),
]
HEAD = """# Proved on hardware

What flopwatch claims about a GPU, and what shows it. `scripts/hardware_page.py` writes this page from the evidence in
[tests/captures](../tests/captures/README.md): `scripts/gpu_gate.sh` makes it on a machine with a GPU, and
`scripts/evidence.py` evaluates and counts it again on any other. A claim that no evidence shows is unproved.
"""
MEASURED = """A run on a GPU measured these. Its raw images were not kept, so nobody can evaluate them again. Each
must be proved again, by a run that keeps them.
"""


def shown(run: Path, results: dict) -> dict:
    """Results without the claims about captures that are missing; those are in "lost"."""
    lost = evidence.lost_claims(run, results)
    return {**results, "claims": [c for c in results["claims"] if c not in lost], "lost": lost}


def lost_of(results: dict, beginnings: tuple[str, ...]) -> int:
    return sum(1 for c in results["lost"] if c["claim"].startswith(beginnings))


def holds(results: dict, beginnings: tuple[str, ...]) -> tuple[int, int]:
    """How many of the claims hold, and of how many."""
    mine = [c for c in results["claims"] if c["claim"].startswith(beginnings)]
    return sum(1 for c in mine if c["passed"]), len(mine)


def ns(value: float) -> str:
    return f"{value / 1000:,.1f} µs" if value >= 1000 else f"{value:,.0f} ns"


def word(text: str, without_images: bool, good: int, of: int, lost: int) -> str:
    """Whether a claim holds, in a run. `lost`: how many more are not shown, because a capture is missing."""
    not_shown = f"{lost} not shown" if lost else ""
    if of == 0:
        return not_shown or "not tried"
    how_many = f"{good} of {of}" + (f"; {not_shown}" if lost else "")
    if good < of:
        return f"**no**, {how_many}"
    if not without_images:
        return f"yes, {how_many}"
    return f"as reported by that machine, {how_many}" if text == EVALUATED_AGAIN else f"measured, {how_many}"


def added(results: dict, way: str) -> float:
    """ns that a launch took longer; 0: not timed."""
    return next((t["added_ns_per_launch"] for t in results["timings"] if t["way"] == way), 0)


def failure(claim: dict, results: dict) -> str:
    """What was seen of a claim that does not hold, with what else is known about it."""
    line = f"- `{claim['claim']}`: expected {claim['expected']}, seen {claim['seen']} {claim['unit']}".rstrip()
    padding = claim["claim"].replace("models.measured.", "models.padding.")
    more = [f["text"] for f in results["findings"] if f["finding"] == padding]
    if claim["claim"] == "timing.none_to_ncu" and added(results, "none") > 0:
        more.append(f"1/{added(results, 'ncu') / added(results, 'none'):.0f} of what ncu adds")
    mode = claim["claim"].removeprefix("modes.ran.")
    if mode != claim["claim"] and added(results, mode) > 0:
        more.append(f"it added {ns(added(results, mode))} to a launch, where time was measured")
    return f"{line} ({'; '.join(more)})" if more else line


def not_kept(run: Path) -> list[str]:
    """That a run has no raw images, and its own text that says why."""
    files = recount.Printed(run)
    date = files.report(files.names()[0])["capture"]["created_utc"][:10]
    own_words = (run / recount.NOT_KEPT).read_text().strip()
    return [f"Measured on {date}. **The raw images of this run were not kept**, so they cannot be evaluated again.",
            "The counts below, as the programs printed them, were compared with the claims again; the rest is as reported",
            "by that machine, not verified again. All of it must be proved again, by a run that keeps its images.", "",
            "```", own_words, "```", ""]


def section(run: Path, results: dict) -> list[str]:
    machine, without_images = results["machine"], evidence.is_without_captures(run)
    commit, _, more = machine["flopwatch_commit"].partition("-")
    lines = [f"## {machine['gpu'].split(',')[0] or run.name}", "",
             f"Evidence: [{run.name}](../tests/captures/{run.name}/results.json); driver and compute capability "
             f"{', '.join(part.strip() for part in machine['gpu'].split(',')[1:3])}; CUPTI "
             f"{machine.get('doctor_cupti', 'unknown')}; flopwatch {machine['flopwatch_version']} at "
             f"{commit[:12]}{more and f', {more}'}; the whole run took {results['seconds']:.0f} s.", ""]
    if without_images:
        lines += not_kept(run)
    lines += ["| claim | holds |", "|---|---|"]
    for text, beginnings in CLAIMS:
        said = word(text, without_images, *holds(results, beginnings), lost_of(results, beginnings))
        lines.append(f"| {text} | {said} |")
    failed = [c for c in results["claims"] if not c["passed"]]
    if failed:
        lines += ["", "What does not hold:", "", *(failure(c, results) for c in failed)]
    for name, claims in evidence.lost_by_capture(run, {"claims": results["lost"]}).items():
        lines += ["", f"The capture {name} is missing: {len(claims)} claims about it are not shown."]
    for stage in results["stages"]:
        if stage["error"]:
            lines += ["", f"Stage {stage['name']} did not reach its end: {stage['error']}"]
        elif recount.was_cut_off(results, stage):
            lines += ["", f"Stage {stage['name']} did not reach its end: the run was ended in it."]
    if results["timings"]:
        lines += ["", "| counted by | launches | added to a launch |", "|---|---:|---:|"]
        lines += [f"| {t['way']} | {t['launches']} | {ns(t['added_ns_per_launch'])} |" for t in results["timings"]
                  if t["way"] != "bare"]
    if results["findings"]:
        lines += ["", "Found there, answers to open questions included:", ""]
        for f in results["findings"]:
            question = f["facts"].get("question", "")
            lines.append(f"- {question + ' ' if question else ''}{f['text']} (`{f['finding']}`)")
    return [*lines, ""]


def shown_by(found: list[tuple[Path, dict]], beginnings: tuple[str, ...]) -> bool:
    """In one of these runs all of it holds."""
    return any(of > 0 and good == of and not lost_of(r, beginnings)
               for _, r in found for good, of in [holds(r, beginnings)])


def page(captures: Path) -> str:
    found = [(run, shown(run, results)) for run, results in evidence.runs(captures)]
    whole = [(run, r) for run, r in found if not evidence.is_without_captures(run)]
    unproved, measured = [], []
    for text, beginnings in CLAIMS:
        if shown_by(whole, beginnings):
            continue
        # That images can be evaluated again is shown by images alone.
        (measured if shown_by(found, beginnings) and text != EVALUATED_AGAIN else unproved).append(f"- {text}.")
    lines = [HEAD]
    if not found:
        lines += ["No run on a GPU has been committed yet.", ""]
    if unproved:
        lines += ["## Unproved", "", *unproved, ""]
    if measured:
        lines += ["## Measured, to be proved again", "", MEASURED, *measured, ""]
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
