# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What the files of evidence give by themselves: the claims of the gate made anew, with no GPU, from its captures (by
`flopwatch report`), ncu's lists and the listings of machine code; and where results.json claims something else.

Claims about the machine, about wall times and about what CUPTI answers have no such files and are not among them.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import kernels
import stage_build
import stage_known
import stage_models
import stage_modes
import stage_ncu
from gate import Gate
from runner import StageError

Report = Callable[[str], dict]  # of a capture, by its name without ending

REPORTED = (0, 5)  # a data loss is in the report


def reader(captures: Path, flopwatch: Path) -> Report:
    """Reads each capture once. The function raises StageError."""
    read: dict[str, dict] = {}

    def report(name: str) -> dict:
        if name not in read:
            done = subprocess.run([flopwatch, "report", captures / f"{name}.flops", "--json"], capture_output=True,
                                  text=True, check=False)
            if done.returncode not in REPORTED:
                last = (done.stderr.strip() or f"code {done.returncode}").splitlines()[-1]
                raise StageError(f"captures/{name}.flops cannot be reported: {last}")
            read[name] = json.loads(done.stdout)
        return read[name]

    return report


def mixed(report: dict) -> dict:
    """What mixed_program prints of launches, from the report of its capture."""
    found: dict[str, dict] = {}
    for kernel in report["kernels"]:
        mine = found.setdefault(kernel["kernel"], {"launches": 0, "counters": {}})
        mine["launches"] += kernel["launches"]
        for metric, value in kernel["metric_sums"].items():
            if value is not None:
                mine["counters"][metric] = mine["counters"].get(metric, 0) + value
    return {"kernels": found, "data_losses": [loss["kind"] for loss in report["data_losses"]]}


def scope_ranges(capture: Path) -> dict:
    """Of launches that were counted together: the report has only their FLOPs, the capture (docs/capture-format.md)
    each metric.
    """
    out: dict = {"launches": 0, "counters": {}}
    with contextlib.closing(sqlite3.connect(f"{capture.resolve().as_uri()}?mode=ro", uri=True)) as db:
        (out["launches"],) = db.execute("SELECT coalesce(sum(covers), 0) FROM launch WHERE kernel = 0").fetchone()
        for plan, column, name in db.execute('SELECT plan, "column", name FROM metric').fetchall():
            (value,) = db.execute(f'SELECT sum("{column}") FROM counters_{int(plan)} '
                                  "JOIN launch ON launch.id = launch WHERE kernel = 0").fetchone()
            if value is not None:
                out["counters"][name] = out["counters"].get(name, 0) + value
    return out


def outcomes(gate: Gate, report: Report) -> list[dict] | None:
    if not (gate.captures / "known-counts.flops").is_file():
        return None
    ran = mixed(report("known-counts"))["kernels"]
    return kernels.outcomes_of(gate.table, {name: kernel["counters"] for name, kernel in ran.items()})


def build(gate: Gate, _: Report) -> None:
    stage_build.sass_claims(gate)


def known(gate: Gate, report: Report) -> None:
    found = outcomes(gate, report)
    if found is not None:
        stage_known.claims(gate, found)


def modes(gate: Gate, report: Report) -> None:
    results = {mode: mixed(report(f"mixed-{mode}")) for mode in stage_modes.MODES
               if (gate.captures / f"mixed-{mode}.flops").is_file()}
    if "scope" in results:
        ranges = scope_ranges(gate.captures / "mixed-scope.flops")
        results["scope"]["kernels"][stage_modes.SCOPE_RANGE] = ranges
    for mode, result in results.items():
        stage_modes.mode_claims(gate, mode, result)
    stage_modes.agreement_claims(gate, results)


def devices(captures: Path, beginning: str, end: str = "") -> list[str]:
    """attention-cuda0.flops is of cuda:0."""
    names = [f.name[len(beginning):-len(f"{end}.flops")] for f in sorted(captures.glob(f"{beginning}*{end}.flops"))]
    return [name.replace("cuda", "cuda:") for name in names]


def models(gate: Gate, report: Report) -> None:
    def of(device: str) -> str:
        return device.replace(":", "")

    for device in devices(gate.captures, "attention-"):
        stage_models.attention_claims(gate, device, report(f"attention-{of(device)}"))
    for device in devices(gate.captures, "custom-op-", f"-{stage_models.WAYS[-1]}"):
        reports = {way: report(f"custom-op-{of(device)}-{way}") for way in stage_models.WAYS}
        stage_models.custom_op_claims(gate, device, reports)
    for device in devices(gate.captures, "products-"):
        stage_models.product_claims(gate, device, report(f"products-{of(device)}"))


def ncu(gate: Gate, report: Report) -> None:
    log, found = gate.out / stage_ncu.KNOWN_COUNTS, outcomes(gate, report)
    if found is not None and log.is_file():
        stage_ncu.claims(gate, found, stage_ncu.read(log), log.name)


WORKS = {"build": build, "known": known, "modes": modes, "models": models, "ncu": ncu}


def can_be_recounted(name: str) -> bool:
    """Whether a claim, or a finding, is one that files of the evidence must show."""
    stage, what = name.split(".")[:2]
    return stage in WORKS and what != "ran" and (stage != "build" or what == "sass")


def recount(run: Path, report: Report) -> tuple[dict, list[str]]:
    """Claims and findings as results.json has them, and why some cannot be made."""
    gate, problems = Gate(kernels.ROOT, run, run), []
    for gate.stage, work in WORKS.items():
        try:
            work(gate, report)
        except (StageError, OSError, sqlite3.Error) as e:
            problems.append(str(e))
        except (KeyError, TypeError, ValueError) as e:
            problems.append(f"has files of stage {gate.stage} that cannot be read: {type(e).__name__}: {e}")
    # As they look when they have been written and read.
    out = {"claims": [vars(c) for c in gate.record.claims], "findings": gate.record.findings}
    return json.loads(json.dumps(out)), problems


def by_name(results: dict) -> list[tuple[str, dict]]:
    claims = [(c["claim"], {k: c[k] for k in ("passed", "expected", "seen")}) for c in results["claims"]]
    findings = [(f["finding"], {k: f[k] for k in ("text", "facts")}) for f in results["findings"]]
    return [(name, what) for name, what in [*claims, *findings] if can_be_recounted(name)]


def text_of(what: dict) -> str:
    return what["text"] if "text" in what else f"expected {what['expected']}, seen {what['seen']}"


def inconsistent(results: dict) -> list[str]:
    """Stages that are said to be passed, or not, against their own claims."""
    problems = []
    for stage in results["stages"]:
        mine = [c for c in results["claims"] if c["claim"].split(".")[0] == stage["name"]]
        if stage["passed"] != (not stage["error"] and bool(mine) and all(c["passed"] for c in mine)):
            problems.append(f"says of stage {stage['name']} that it is {'passed' if stage['passed'] else 'failed'}, "
                            "and its claims say something else")
    return problems


def problems_of(run: Path, results: dict, report: Report) -> list[str]:
    """Where results.json says something else than the files beside it."""
    shown_results, problems = recount(run, report)
    claimed, shown = by_name(results), dict(by_name(shown_results))
    problems += inconsistent(results)
    problems += [f"says {name} {n} times" for name, n in Counter(name for name, _ in claimed).items() if n > 1]
    for name, what in claimed:
        if name not in shown:
            problems.append(f"says {name}, which none of its files shows")
        elif what != shown[name]:
            problems.append(f"says of {name}: {text_of(what)}; its files give: {text_of(shown[name])}")
    whole = {stage["name"] for stage in results["stages"] if stage["passed"]}
    problems += [f"does not say {name}, which its files give" for name in shown
                 if name not in dict(claimed) and name.split(".")[0] in whole]
    return problems
