# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/evidence.py and scripts/hardware_page.py on made-up evidence."""

import contextlib
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import unittest
import unittest.mock
from pathlib import Path

from made_up_tree import InFolder

import archive  # isort: skip
import evidence  # isort: skip
import hardware_page  # isort: skip
import needed  # isort: skip

CAPTURE = "captures/known-counts.flops"
# Two kernels of one instruction; b did two.
TABLE = {"architectures": [], "launch": {"blocks": 1, "threads": 1, "trips": 1},
         "kernels": [{"kernel": name, "source": "x.cu", "metric": f"m__{name}.sum", "per_trip": 1, "flops_each": 1,
                      "by": "thread"} for name in "ab"]}
NCU = '"ID","Kernel Name","m__a.sum","m__b.sum"\n"","","inst","inst"\n"0","a","1","n/a"\n"1","b","n/a","2"\n'


def claim(name: str, expected, seen, passed=None, unit="", source="") -> dict:
    passed = expected == seen if passed is None else passed
    return {"claim": name, "passed": passed, "expected": expected, "seen": seen, "unit": unit, "source": source}


def results(**changes) -> dict:
    claims = [
        claim("known.any", "at least one kernel", 2, True),
        claim("known.exact.a", 1, 1, source=CAPTURE),
        claim("known.exact.b", 1, 2, unit="instructions", source=CAPTURE),
        claim("ncu.equal.a", "1 metrics equal, m__a.sum among them", "1 metrics equal, m__a.sum among them"),
        claim("ncu.equal.b", "1 metrics equal, m__b.sum among them", "1 metrics equal, m__b.sum among them"),
        claim("recheck.equal.known-counts", "equal values", "all", True, source=CAPTURE),
    ]
    machine = {"gpu": "Made-up GPU, 1.2, 9.0, Disabled", "flopwatch_version": "0", "flopwatch_commit": "abc"}
    stages = [{"name": "known", "error": "", "passed": False}, {"name": "ncu", "error": "", "passed": True},
              {"name": "recheck", "error": "", "passed": True},
              {"name": "probes", "error": "no time was left for it", "passed": False}]
    timings = [{"way": "bare", "launches": 9, "added_ns_per_launch": 0},
               {"way": "none", "launches": 9, "added_ns_per_launch": 1500}]
    findings = [{"finding": "probes.null", "text": "Yes.", "facts": {"question": "Is NULL legal?"}}]
    return {"synthetic": False, "claims": claims, "machine": machine, "stages": stages, "timings": timings,
            "findings": findings, "seconds": 5, **changes}


def report(**changes) -> dict:
    """Of the capture: what the fake `flopwatch report` prints."""
    kernels = [{"row": 0, "kernel": name, "launches": 1, "metric_sums": {f"m__{name}.sum": n}}
               for name, n in (("a", 1), ("b", 2))]
    capture = {"synthetic": False, "created_utc": "2026-01-31T10:00:00Z", "more": {"chip": "GH100"}}
    return {"capture": capture, "kernels": kernels, "data_losses": [], **changes}


class Evidence(InFolder):
    def setUp(self):
        super().setUp()
        self.captures = self.folder / "captures"
        self.captures.mkdir()
        self.flopwatch = self.folder / "flopwatch"
        self.page = self.folder / "hardware.md"

    def keep(self, name: str, capture=True, shelf: Path = None, reported: dict = None, **changes) -> Path:
        run = (shelf or self.captures) / name
        (run / "captures").mkdir(parents=True)
        (run / "results.json").write_text(json.dumps(results(**changes)))
        (run / "known-kernels.json").write_text(json.dumps(TABLE))
        (run / "ncu-known-counts.csv").write_text(NCU)
        if capture:
            (run / CAPTURE).write_text(json.dumps(reported or report()))
        return run

    def write_flopwatch(self, recheck: int = 0) -> None:
        self.flopwatch.write_text('#!/bin/sh\ncase "$1" in\nreport) cat "$2" ;;\n'
                                  f"*) echo the last line; exit {recheck} ;;\nesac\n")
        self.flopwatch.chmod(0o755)

    def check(self, *arguments, recheck: int = 0) -> subprocess.CompletedProcess:
        self.write_flopwatch(recheck)
        return self.run_it(evidence, "--flopwatch", self.flopwatch, *(arguments or [self.captures]))

    def run_it(self, script, *arguments) -> subprocess.CompletedProcess:
        """A script's main, in this process: it is called often."""
        out, command = io.StringIO(), [script.__name__, *map(str, arguments)]
        with unittest.mock.patch.object(sys, "argv", command), contextlib.redirect_stdout(out):
            code = script.main()
        return subprocess.CompletedProcess(command, code, out.getvalue())

    def refused(self, *words: str, **changes) -> None:
        """One folder of evidence with these changes has exactly these problems."""
        self.keep(f"gpu-{len(list(self.captures.iterdir()))}", **changes)
        done = self.check()
        self.assertEqual(done.returncode, 1, done.stdout)
        told = [line for line in done.stdout.splitlines() if ": gpu-" in line]
        self.assertEqual(len(told), len(words), done.stdout)
        for line, word in zip(told, words):
            self.assertIn(word, line)
        for run in self.captures.iterdir():
            run.rename(self.folder / f"old-{len(list(self.folder.iterdir()))}")

    def test_no_evidence_is_no_error(self):
        done = self.check()
        self.assertEqual((done.returncode, done.stdout), (0, "evidence: none: no run on a GPU has been committed\n"))

    def test_good_evidence_is_counted(self):
        self.keep("gpu-1")
        self.keep("gpu-2")
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("2 runs on GPUs with 2 recordings, evaluated again: 0 problems", done.stdout)

    def test_the_capture_that_differs_is_named(self):
        self.keep("gpu-1")
        done = self.check(recheck=1)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"gpu-1 {CAPTURE}: the last line", done.stdout)

    def test_captures_that_nobody_evaluated_on_the_spot_are_evaluated_too(self):
        self.keep("gpu-1", claims=[c for c in results()["claims"] if not c["claim"].startswith("recheck.")],
                  stages=[s for s in results()["stages"] if s["name"] != "recheck"])
        self.assertEqual(self.check().returncode, 0)
        self.assertIn(f"gpu-1 {CAPTURE}: the last line", self.check(recheck=1).stdout)

    def test_a_capture_without_images_is_only_counted_again(self):
        run = self.keep("gpu-1")
        file = run / "captures/products-cuda0.flops"
        with contextlib.closing(sqlite3.connect(file)) as db:
            db.execute("CREATE TABLE raw_image (chunk)")
            db.commit()
        # Its report is read, and it is refused for that; `recheck` is not asked.
        self.write_flopwatch()
        self.flopwatch.write_text(self.flopwatch.read_text().replace('report) cat "$2"', f"""report)
  case "$2" in *products*) echo '{json.dumps({**report(), "rows": []})}' ;; *) cat "$2" ;; esac""").replace(
            "*) echo the last line", '*) case "$2" in *products*) echo it was asked; exit 2 ;; esac; echo the last line'))
        done = self.run_it(evidence, "--flopwatch", self.flopwatch, self.captures)
        self.assertIn("with 2 recordings, evaluated again, but for 1 that keep no raw images", done.stdout)
        self.assertNotIn("it was asked", done.stdout)
        # One that is said to have been evaluated is.
        claims = [*results()["claims"], claim("models.rechecked.products-cuda0", "equal values", "all", True,
                                              source="captures/products-cuda0.flops")]
        (run / "results.json").write_text(json.dumps(results(claims=claims)))
        self.assertIn("products-cuda0.flops: it was asked",
                      self.run_it(evidence, "--flopwatch", self.flopwatch, self.captures).stdout)

    def test_missing_synthetic_and_empty_evidence_is_refused(self):
        self.keep("a-missing", capture=False)
        self.keep("b-stand-in", synthetic=True)
        self.keep("c-empty", capture=False, claims=[], stages=[])
        done = self.check()
        self.assertEqual(done.returncode, 1)
        for text in ("a-missing has no capture", "b-stand-in was made on a stand-in", "c-empty has no capture"):
            self.assertIn(text, done.stdout)
        self.refused("its figures are made up",
                     reported=report(capture={"synthetic": True, "created_utc": "", "more": {}}))

    def test_results_that_claim_another_number_than_the_capture_gives_are_refused(self):
        def with_claim(name: str, **changes) -> list[dict]:
            return [{**c, **changes} if c["claim"] == name else c for c in results()["claims"]]

        self.refused("says of known.exact.a: expected 2, seen 2; its files give: expected 1, seen 1",
                     claims=with_claim("known.exact.a", expected=2, seen=2))
        self.refused("says of known.exact.b: expected 1, seen 1; its files give: expected 1, seen 2",
                     claims=with_claim("known.exact.b", seen=1))
        self.refused("stage known", "says of known.exact.b: expected 1, seen 2",
                     claims=with_claim("known.exact.b", passed=True))
        self.refused("says of ncu.equal.a", claims=with_claim("ncu.equal.a", expected="2 metrics", seen="2 metrics"))
        # The same from the other side: another number in the capture, or in ncu's list.
        kernels = report()["kernels"]
        self.refused("says of known.exact.a", "says of ncu.equal.a",
                     reported=report(kernels=[{**kernels[0], "metric_sums": {"m__a.sum": 3}}, kernels[1]]))

    def test_a_claim_that_no_file_shows_is_refused(self):
        more = claim("known.exact.c", 1, 1)
        self.refused("says known.exact.c, which none of its files shows", claims=[*results()["claims"], more])
        more = claim("cost.counts.session.hardware.16", 0, 0)
        self.refused("says cost.counts.session.hardware.16, which none", claims=[*results()["claims"], more])
        self.refused("says known.exact.a 2 times", claims=[*results()["claims"], claim("known.exact.a", 1, 1)])
        finding = {"finding": "ncu.not_in_ncu.x", "text": "metrics that ncu had no number for", "facts": {}}
        self.refused("says ncu.not_in_ncu.x, which none", findings=[finding])
        # Texts about the machine, and that a part did not reach its end, have no file.
        self.keep("gpu-good", findings=[{"finding": "build.no_sass", "text": "", "facts": {}}],
                  claims=[*results()["claims"], claim("models.ran.products-cuda0", "to its end", "crash"),
                          claim("build.programs", [], [])])
        self.assertEqual(self.check().returncode, 0)

    def test_a_missing_claim_is_refused(self):
        without = [c for c in results()["claims"] if c["claim"] != "ncu.equal.b"]
        self.refused("does not say ncu.equal.b, which its files give", claims=without)
        # A stage that did not reach its end does not have all claims.
        stages = [{**s, "passed": s["name"] == "recheck", "error": "crashed" if s["name"] == "ncu" else s["error"]}
                  for s in results()["stages"]]
        self.keep("gpu-crashed", claims=without, stages=stages)
        self.assertEqual(self.check().returncode, 0)

    def test_a_stage_passes_exactly_when_its_claims_do(self):
        stages = results()["stages"]
        self.refused("says of stage known that it is passed", "stage probes",
                     stages=[{**s, "passed": True} for s in stages])

    def test_files_that_cannot_be_read_are_a_problem(self):
        self.keep("gpu-1")
        (self.captures / "gpu-1/known-kernels.json").unlink()
        done = self.check()
        self.assertEqual(done.returncode, 1)
        self.assertIn("known-kernels.json", done.stdout)
        (self.captures / "gpu-1/known-kernels.json").write_text("{}")
        self.assertIn("has files of stage known that cannot be read", self.check().stdout)

    def archived(self, **changes) -> Path:
        run = self.keep("20260131T100000Z", shelf=self.folder / "there", **changes)
        (run / "logs").mkdir()
        (run / "logs/x.log").write_text("much")
        (run / "doctor.json").write_text('"/' + 'root/flopwatch/x and /usr/lib/y"')
        file = self.folder / "evidence.tar.gz"
        with tarfile.open(file, "w:gz") as tar:
            tar.add(run, arcname=run.name)
        return file

    def test_an_archive_is_checked(self):
        file = self.archived()
        done = self.check(file)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("1 runs on GPUs with 1 recordings, evaluated again: 0 problems", done.stdout)
        self.assertEqual(self.check(file, recheck=1).returncode, 1)
        file.write_bytes(file.read_bytes()[:200])
        done = self.check(file)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot be unpacked", done.stdout)

    def test_a_good_archive_is_kept_by_chip_and_date(self):
        file = self.archived()
        done = self.check("--keep", file, self.captures)
        self.assertEqual(done.returncode, 0, done.stdout)
        kept = self.captures / "gh100-2026-01-31"
        self.assertEqual(sorted(f.name for f in kept.iterdir()),
                         ["captures", "doctor.json", "known-kernels.json", "ncu-known-counts.csv", "results.json"])
        self.assertEqual((kept / "doctor.json").read_text(), '"MACHINE/flopwatch/x and /usr/lib/y"')
        self.assertEqual(self.check().returncode, 0)
        done = self.check("--keep", file, self.captures)
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is a gh100-2026-01-31 already", done.stdout)

    def test_a_second_run_is_kept_next_to_the_first(self):
        self.assertEqual(self.check("--keep", self.archived(), self.captures).returncode, 0)
        shutil.rmtree(self.folder / "there")
        second = self.archived(machine={**results()["machine"], "again_after": "20260131T100000Z"})
        self.assertEqual(self.check("--keep", second, self.captures).returncode, 0)
        self.assertEqual(sorted(run.name for run in self.captures.iterdir()),
                         ["gh100-2026-01-31", "gh100-2026-01-31-again"])

    def test_an_archive_in_parts_is_kept_by_its_first(self):
        file = self.archived()
        *_, last, listed = archive.split(file, 300)
        first = file.with_name("evidence.tar.gz.000")
        self.assertEqual(self.check(first).returncode, 0)
        content = last.read_bytes()
        last.unlink()
        done = self.check("--keep", first, self.captures)
        self.assertEqual((done.returncode, list(self.captures.iterdir())), (1, []))
        self.assertIn(f"the part {last.name} of evidence.tar.gz.000 is missing", done.stdout)
        last.write_bytes(content)
        self.assertEqual(self.check("--keep", first, self.captures).returncode, 0)
        self.assertEqual([run.name for run in self.captures.iterdir()], ["gh100-2026-01-31"])

    def without_known(self, *more: dict) -> Path:
        """A run that lacks the capture of the known counts, and has another one; with more claims."""
        run = self.keep("gpu-1", capture=False, claims=[*results()["claims"], *more])
        (run / "captures/products-cuda0.flops").write_text(json.dumps({**report(), "rows": []}))
        (run / "captures-left-out.txt").write_text("An archive of 1 MB had no room for known-counts.flops.\n")
        return run

    def formats(self) -> dict:
        """The claim that the other capture shows."""
        missing = ["bf16", "fp16", "fp32", "fp64", "int8", "tf32"]
        return claim("models.formats.products-cuda0", [], missing)

    def test_without_a_capture_its_claims_are_not_shown_and_the_others_are(self):
        self.without_known(self.formats())
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("gpu-1 lacks captures/known-counts.flops, so 6 of its claims are not shown", done.stdout)
        self.assertIn("1 runs on GPUs with 1 recordings, evaluated again: 0 problems", done.stdout)
        self.write_page()
        text = self.page.read_text()
        unproved = text.split("## Unproved")[1].split("## Made-up GPU")[0]
        self.assertIn("- Nsight Compute reads the same values", unproved)
        self.assertIn("| Nsight Compute reads the same values for the same kernels, metric by metric | 2 not shown |", text)
        self.assertIn("The capture known-counts is missing: 6 claims about it are not shown.", text)
        self.assertNotIn("`known.exact.b`", text)

    def test_what_is_shown_in_part_is_unproved(self):
        self.without_known(self.formats(), claim("models.rechecked.products-cuda0", "equal values", "all", True,
                                                 source="captures/products-cuda0.flops"))
        self.assertEqual(self.check().returncode, 0)
        self.write_page()
        text = self.page.read_text()
        self.assertIn("- Raw images give the same values", text.split("## Made-up GPU")[0])
        self.assertIn("when they are evaluated again | yes, 1 of 1; 1 not shown |", text)

    def test_a_missing_capture_excuses_no_claim_about_another(self):
        self.without_known({**self.formats(), "seen": [], "passed": True})
        self.assertIn("says of models.formats.products-cuda0: expected [], seen []; its files give", self.check().stdout)

    def test_claims_about_several_captures_need_each_of_them(self):
        run = self.without_known()
        for name, needs in (("modes.equal.none_and_kernel", ["mixed-none", "mixed-kernel"]),
                            ("modes.paper.scope", ["mixed-scope"]), ("captures.losses.by-scope", ["captured-by-scope"]),
                            ("models.counters_see.custom-op-cuda0", ["custom-op-cuda0-by-dispatcher",
                                                                     "custom-op-cuda0-by-function"]),
                            ("models.operator.products-cuda1.bf16-1x2x3", ["products-cuda1"]),
                            ("models.rechecked.attention-cuda0", ["attention-cuda0"]),
                            ("recheck.equal.mixed-none", ["mixed-none"]), ("recheck.captures", []),
                            ("timing.none_to_ncu", []), ("models.formats.products-cuda0", [])):
            self.assertEqual(needed.missing(run, name), needs, name)

    def test_a_bad_archive_is_not_kept(self):
        file = self.archived(synthetic=True)
        done = self.check("--keep", file, self.captures)
        self.assertEqual((done.returncode, list(self.captures.iterdir())), (1, []))
        self.assertIn("made on a stand-in", done.stdout)

    def write_page(self, *arguments) -> subprocess.CompletedProcess:
        return self.run_it(hardware_page, "--captures", self.captures, "--page", self.page, *arguments)

    def test_page_without_evidence_proves_nothing(self):
        self.assertEqual(self.write_page().returncode, 0)
        text = self.page.read_text()
        self.assertIn("No run on a GPU has been committed yet.", text)
        self.assertIn("- Nsight Compute reads the same values", text.split("## Unproved")[1])

    def test_page_says_what_holds_and_what_does_not(self):
        self.keep("gpu-1")
        self.write_page()
        text = self.page.read_text()
        unproved = text.split("## Unproved")[1].split("## Made-up GPU")[0]
        self.assertNotIn("Nsight Compute reads", unproved)
        self.assertIn("- Every instruction and tensor operation", unproved)
        self.assertIn("| **no**, 1 of 2 |", text)
        self.assertIn("`known.exact.b`: expected 1, seen 2 instructions", text)
        self.assertIn("| none | 9 | 1.5 µs |", text)
        self.assertIn("- Is NULL legal? Yes. (`probes.null`)", text)
        self.assertIn("Stage probes did not reach its end: no time was left for it", text)

    def test_check_finds_a_page_that_is_old(self):
        self.write_page()
        self.assertEqual(self.write_page("--check").returncode, 0)
        self.keep("gpu-1")
        done = self.write_page("--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("run scripts/hardware_page.py", done.stdout)


if __name__ == "__main__":
    unittest.main()
