# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the claims of the gate again from the files of evidence, with no GPU: from its captures (by `flopwatch report`),
ncu's lists and the listings of machine code; and finds where results.json claims something else. Where the captures
were not kept, and the evidence says so, the output of the programs is used instead.

Claims about the machine, about wall times and about what CUPTI answers have no such files and are not among them.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import kernels
import needed
import stage_build
import stage_captures
import stage_cost
import stage_known
import stage_models
import stage_modes
import stage_ncu
import stage_python
import stage_reuse
import stage_run
from gate import Gate
from runner import StageError

REPORTED = (0, 5)  # a data loss is in the report
NOT_KEPT = "captures-not-kept.txt"  # in evidence without captures: why, and where it was made
RECHECKED = ("recheck.equal.", "models.rechecked.")  # claims about captures that were evaluated again on the spot
# Claims that end at a limit of this gate, and how they state it.
LIMITED = ("models.agrees.", "models.measured.", "python.agrees.")
LIMITS = re.compile(r"(?P<least>\d+(?:\.\d+)?) to (?P<most>\d+(?:\.\d+)?)")


class Files(Protocol):
    """What was measured, as files of the evidence give it."""

    def names(self) -> list[str]:
        """Of what can be reported."""

    def report(self, name: str) -> dict:
        """As `flopwatch report --json` has it. Raises StageError."""

    def known(self) -> dict[str, dict] | None:
        """Counters of each kernel of known count, by metric. None: there is no such file."""

    def mixed(self, mode: str) -> dict | None:
        """As mixed_program prints it."""


class Captures:
    """From captures/, each read once."""

    def __init__(self, run: Path, flopwatch: Path) -> None:
        self.folder, self.flopwatch = run / "captures", flopwatch
        self.read: dict[str, dict] = {}

    def names(self) -> list[str]:
        return sorted(f.stem for f in self.folder.glob("*.flops"))

    def report(self, name: str) -> dict:
        if name not in self.read:
            done = subprocess.run([self.flopwatch, "report", self.folder / f"{name}.flops", "--json"],
                                  capture_output=True, text=True, check=False)
            if done.returncode not in REPORTED:
                last = (done.stderr.strip() or f"code {done.returncode}").splitlines()[-1]
                raise StageError(f"captures/{name}.flops cannot be reported: {last}")
            self.read[name] = json.loads(done.stdout)
        return self.read[name]

    def known(self) -> dict[str, dict] | None:
        if "known-counts" not in self.names():
            return None
        ran = mixed(self.report("known-counts"))["kernels"]
        return {name: kernel["counters"] for name, kernel in ran.items()}

    def mixed(self, mode: str) -> dict | None:
        name = f"mixed-{mode}"
        if name not in self.names():
            return None
        found = mixed(self.report(name))
        if mode == "scope":
            found["kernels"][stage_modes.SCOPE_RANGE] = scope_ranges(self.folder / f"{name}.flops")
        return found


class Printed:
    """From what the programs printed when they counted: nothing here can be evaluated again."""

    def __init__(self, run: Path) -> None:
        self.run = run

    def read(self, file: str):
        path = self.run / file
        return json.loads(path.read_text()) if path.is_file() else None

    def names(self) -> list[str]:
        return sorted(f.stem for f in (self.run / "reports").glob("*.json"))

    def report(self, name: str) -> dict:
        found = self.read(f"reports/{name}.json")
        if found is None:
            raise StageError(f"lacks reports/{name}.json")
        return found

    def known(self) -> dict[str, dict] | None:
        # Only the counters: the comparison with the hand-computed counts is made again.
        printed = self.read("known-counts.json")
        return None if printed is None else {outcome["kernel"]: outcome["counters"] for outcome in printed}

    def mixed(self, mode: str) -> dict | None:
        return self.read(f"mixed-{mode}.json")


def files_of(run: Path, flopwatch: Path) -> Files:
    return Printed(run) if (run / NOT_KEPT).exists() else Captures(run, flopwatch)


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
        (out["launches"],) = db.execute("SELECT coalesce(sum(launches), 0) FROM scope_range").fetchone()
        for plan, column, name in db.execute('SELECT plan, "column", name FROM metric').fetchall():
            (value,) = db.execute(f'SELECT sum("{column}") FROM scope_range_counters_{int(plan)}').fetchone()
            if value is not None:
                out["counters"][name] = out["counters"].get(name, 0) + value
    return out


def outcomes(gate: Gate, files: Files) -> list[dict] | None:
    counters = files.known()
    return None if counters is None else kernels.outcomes_of(gate.table, counters)


Parts = Iterator[Callable[[], None]]  # what makes some claims again, each part by itself: one that fails spoils no other


def build(gate: Gate, _: Files) -> Parts:
    yield lambda: stage_build.sass_claims(gate)


def known(gate: Gate, files: Files) -> Parts:
    def work() -> None:
        found = outcomes(gate, files)
        if found is not None:
            stage_known.claims(gate, found)

    yield work


def modes(gate: Gate, files: Files) -> Parts:
    results: dict[str, dict] = {}

    def of(mode: str) -> None:
        result = files.mixed(mode)
        if result is not None:
            results[mode] = result
            stage_modes.mode_claims(gate, mode, result)

    for mode in stage_modes.MODES:
        yield functools.partial(of, mode)
    yield lambda: stage_modes.agreement_claims(gate, results)


def captures(gate: Gate, files: Files) -> Parts:
    for way in stage_captures.WAYS:
        name = stage_captures.named(way)
        if name in files.names():
            yield lambda way=way, name=name: stage_captures.claims(gate, way, files.report(name))


def devices(files: Files, beginning: str, end: str = "") -> list[str]:
    """attention-cuda0 is of cuda:0."""
    return [name[len(beginning):len(name) - len(end)].replace("cuda", "cuda:") for name in files.names()
            if name.startswith(beginning) and name.endswith(end)]


def models(gate: Gate, files: Files) -> Parts:
    def of(claims: Callable[[Gate, str, dict], None], kind: str, device: str) -> None:
        claims(gate, device, files.report(stage_models.named(kind, device)))

    def custom_op(device: str, names: dict[str, str]) -> None:
        stage_models.custom_op_claims(gate, device, {way: files.report(name) for way, name in names.items()})

    for device in devices(files, "attention-"):
        yield functools.partial(of, stage_models.attention_claims, "attention", device)
    for device in devices(files, "custom-op-", f"-{stage_models.WAYS[-1]}"):
        names = {way: f"{stage_models.named('custom-op', device)}-{way}" for way in stage_models.WAYS}
        if set(names.values()) <= set(files.names()):
            yield functools.partial(custom_op, device, names)
    for device in devices(files, "products-"):
        yield functools.partial(of, stage_models.product_claims, "products", device)


def ncu(gate: Gate, files: Files) -> Parts:
    def work() -> None:
        log, found = gate.out / stage_ncu.KNOWN_COUNTS, outcomes(gate, files)
        if found is not None and log.is_file():
            stage_ncu.claims(gate, found, stage_ncu.read(log), log.name)

    yield work


def from_printed(gate: Gate, name: str, claims: Callable[[Gate, dict], None]) -> Parts:
    """From a file that a program printed, where there is one."""
    if (gate.out / name).is_file():
        yield lambda: claims(gate, json.loads((gate.out / name).read_text()))


def cost(gate: Gate, _: Files) -> Parts:
    yield from from_printed(gate, stage_cost.COST, stage_cost.claims)
    yield from from_printed(gate, stage_cost.COST, stage_cost.findings)


def reuse(gate: Gate, _: Files) -> Parts:
    yield from from_printed(gate, stage_reuse.PRINTED, stage_reuse.claims)
    yield from from_printed(gate, stage_reuse.PRINTED, stage_reuse.findings)


def run(gate: Gate, _: Files) -> Parts:
    yield from from_printed(gate, stage_run.PRINTED, stage_run.claims)


def python(gate: Gate, _: Files) -> Parts:
    yield from from_printed(gate, stage_python.COLUMNS, stage_python.column_claims)
    yield from from_printed(gate, stage_python.RULES, stage_python.rule_claims)


WORKS = {"build": build, "known": known, "modes": modes, "captures": captures, "models": models, "ncu": ncu, "cost": cost,
         "reuse": reuse, "run": run, "python": python}
# Of these stages, the claims that are about something else.
OTHERS = {"build": ("programs", "no_sass"), "models": ("rechecked",),
          "run": ("rechecked",), "captures": ("undisturbed", "same_results", "has_results"),
          "python": ("package", "not_run", "skipped")}


def can_be_recounted(name: str) -> bool:
    """Whether a claim, or a finding, is one that files of the evidence must show."""
    stage, what = name.split(".")[:2]
    return stage in WORKS and what != "ran" and what not in OTHERS.get(stage, ())


def recount(run: Path, files: Files) -> tuple[dict, list[str]]:
    """Claims and findings as results.json has them, and why some cannot be made."""
    gate, problems = Gate(kernels.ROOT, run, run), []
    for gate.stage, work in WORKS.items():
        for part in work(gate, files):
            try:
                part()
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


def holds_by_its_own_limit(claimed: dict, shown: dict) -> bool:
    """The upper limit can have changed since the evidence was made. What was seen cannot, nor the hand-computed count,
    which is the lower limit; and a claim must also hold with today's limit.
    """
    own, now = (LIMITS.fullmatch(str(c["expected"])) for c in (claimed, shown))
    seen = claimed["seen"]
    if own is None or now is None or own["least"] != now["least"] or seen != shown["seen"]:
        return False
    holds = seen is not None and float(own["least"]) <= seen <= float(own["most"])
    return claimed["passed"] == holds and (shown["passed"] or not holds)


def is_shown(name: str, claimed: dict, shown: dict) -> bool:
    return claimed == shown or (name.startswith(LIMITED) and holds_by_its_own_limit(claimed, shown))


def was_cut_off(results: dict, stage: dict) -> bool:
    """The run was ended from outside in this stage, which got neither an end nor a time."""
    return stage == results["stages"][-1] and stage.get("seconds") == 0 and not stage["passed"] and not stage["error"]


def inconsistent(results: dict) -> list[str]:
    """Stages that are said to be passed, or not, against their own claims."""
    problems = []
    for stage in results["stages"]:
        mine = [c for c in results["claims"] if c["claim"].split(".")[0] == stage["name"]]
        passed = not stage["error"] and bool(mine) and all(c["passed"] for c in mine)
        if stage["passed"] != passed and not was_cut_off(results, stage):
            problems.append(f"says of stage {stage['name']} that it is {'passed' if stage['passed'] else 'failed'}, "
                            "and its claims say something else")
    return problems


def problems_of(run: Path, results: dict, files: Files) -> list[str]:
    """Where results.json says something else than the other files."""
    shown_results, problems = recount(run, files)
    claimed, shown = by_name(results), dict(by_name(shown_results))
    problems += inconsistent(results)
    problems += [f"says {name} {n} times" for name, n in Counter(name for name, _ in claimed).items() if n > 1]
    for name, what in claimed:
        if name not in shown and isinstance(files, Captures) and needed.missing(run, name):
            continue  # not shown, and counted for nothing
        if name not in shown:
            problems.append(f"says {name}, which none of its files shows")
        elif not is_shown(name, what, shown[name]):
            problems.append(f"says of {name}: {text_of(what)}; its files give: {text_of(shown[name])}")
    whole = {stage["name"] for stage in results["stages"] if stage["passed"]}
    problems += [f"does not say {name}, which its files give" for name in shown
                 if name not in dict(claimed) and name.split(".")[0] in whole]
    return problems
