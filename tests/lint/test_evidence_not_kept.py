# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/evidence.py and scripts/hardware_page.py on evidence whose captures were not kept: on copies of such a run."""

import contextlib
import io
import json
import shutil
import sys
import tarfile
import unittest
import unittest.mock
from pathlib import Path

from made_up_tree import TREE, InFolder

import evidence  # isort: skip
import hardware_page  # isort: skip
import needed  # isort: skip
import recount  # isort: skip
import stage_models  # isort: skip

NAME = "gh100-2026-11-26"
REAL = TREE / "tests/captures" / NAME
WHY = recount.NOT_KEPT
FP8 = "models.measured.products-cuda0.fp8-1000x528x272"  # does not hold there: 416882688 of 287232000 to 387763200
FP16 = "models.measured.products-cuda0.fp16-1000x528x272"  # holds: 377487360


def limit_today(number_format: str, most: int):
    """Another one of the product of 1000x528x272 in this format."""
    real = stage_models.most_of_tiles
    return unittest.mock.patch.object(
        stage_models, "most_of_tiles",
        lambda f, size: most if (f, size) == (number_format, (1000, 528, 272)) else real(f, size))


class NotKept(InFolder):
    def setUp(self):
        super().setUp()
        self.shelf = self.folder / "captures"
        self.evidence = self.again()

    def again(self) -> Path:
        """A copy as it was kept, the only one on the shelf."""
        shutil.rmtree(self.shelf, ignore_errors=True)
        self.evidence = Path(shutil.copytree(REAL, self.shelf / NAME))
        return self.evidence

    def run_it(self, script, *arguments) -> tuple[int, str]:
        out, command = io.StringIO(), [script.__name__, *map(str, arguments)]
        with unittest.mock.patch.object(sys, "argv", command), contextlib.redirect_stdout(out), \
                contextlib.redirect_stderr(out):
            try:
                code = script.main()
            except SystemExit as e:  # wrong usage
                code = e.code
        return code, out.getvalue()

    def check(self) -> list[str]:
        """The problems of everything on the shelf. This needs no program of flopwatch."""
        code, text = self.run_it(evidence, "--flopwatch", self.folder / "none", self.shelf)
        *problems, self.last = text.splitlines()
        self.assertEqual(code, 1 if problems else 0, text)
        return problems

    def refused(self, *words: str) -> None:
        """Exactly these are the problems, in this order; then the copy is made again."""
        problems = self.check()
        self.assertEqual(len(problems), len(words), problems)
        for problem, word in zip(problems, words):
            self.assertIn(word, problem)
        self.again()

    def results(self) -> dict:
        return json.loads((self.evidence / "results.json").read_text())

    def write_claim(self, name: str, **changes) -> None:
        results = self.results()
        (mine,) = (c for c in results["claims"] if c["claim"] == name)
        mine.update(changes)
        (self.evidence / "results.json").write_text(json.dumps(results))

    def replace(self, file: str, old: str, new: str) -> None:
        """The first that there is."""
        text = (self.evidence / file).read_text()
        self.assertTrue(old in text, old)
        (self.evidence / file).write_text(text.replace(old, new, 1))

    def test_it_is_good_and_what_it_lacks_is_said(self):
        self.assertEqual(self.check(), [])
        self.assertEqual(self.last, "evidence: 1 runs on GPUs with 0 recordings, evaluated again; 1 of the runs kept no "
                                    "recording, so only what its programs printed was counted again: 0 problems")

    def test_without_the_text_missing_captures_are_refused(self):
        (self.evidence / WHY).unlink()
        problems = self.check()
        self.assertIn(f"{NAME} has no capture that could be evaluated again", problems[0])
        self.assertEqual(sum(f"{NAME} lacks captures/" in p for p in problems), 6, problems)
        self.assertTrue(any("known-counts.flops, so 46 of its claims are not shown" in p for p in problems), problems)

    def test_captures_next_to_the_text_are_refused(self):
        (self.evidence / "captures").mkdir()
        self.refused(f"has captures/ next to {WHY}")

    def test_the_text_says_why_and_where(self):
        reports = [f.stem for f in sorted((self.evidence / "reports").iterdir())]
        for word in ("NVIDIA H200", "GH100", "580.159.04", "13.0 (130001)", "2026-11-26"):
            self.replace(WHY, word, "such")
            self.refused(*(f"does not say {word} in {WHY}, and reports/{name}.json does" for name in reports))
        (self.evidence / WHY).write_text("\n")
        self.assertIn(f"does not say in {WHY} why", self.check()[0])

    def test_reports_are_of_that_gpu(self):
        report = "reports/attention-cuda0.json"
        self.replace(report, '"synthetic": false', '"synthetic": true')
        self.refused("reports/attention-cuda0.json: its figures are made up")
        self.replace("results.json", "NVIDIA H200, 580.159.04", "NVIDIA H200, 581")
        self.refused(*["is of NVIDIA H200 with driver 580.159.04, results.json of another"] * 2)
        (self.evidence / report).write_text("[]")
        problems = self.check()
        self.assertIn("has a reports/attention-cuda0.json that cannot be read", problems[0])
        self.assertIn("has files of stage models that cannot be read", problems[1])

    def test_each_claim_that_a_file_can_show_is_counted_again(self):
        results = self.results()
        can_be = [c for c in results["claims"] if recount.can_be_recounted(c["claim"])]
        self.assertEqual({c["claim"].split(".")[0] for c in can_be}, {"build", "known", "modes", "models", "ncu"})
        self.assertGreaterEqual(len(can_be), 80)
        # That a capture is the same again is nothing that such a file shows.
        self.assertFalse(any(c["claim"].startswith("recheck.") for c in can_be))
        for claim in can_be:
            claim["seen"] = "something else"
        (self.evidence / "results.json").write_text(json.dumps(results))
        self.refused(*[f"says of {c['claim']}: " for c in can_be])

    def test_another_number_in_a_file_is_refused(self):
        self.replace("known-counts.json", "fadd_pred_on.sum\": 8192000", "fadd_pred_on.sum\": 8192001")
        self.refused("says of known.exact.known_fadd", "says of ncu.equal.known_fadd")
        # What the program made of its counters is not asked for.
        self.replace("known-counts.json", '"counted": 8192000', '"counted": 5')
        self.assertEqual(self.check(), [])
        self.replace("ncu-known-counts.csv", '"524,288,000"', '"524,288,001"')
        self.refused("says of ncu.equal.known_mma_fp16")
        self.replace("mixed-scope.json", ": 65536000", ": 65536001")
        self.refused("says of modes.paper.scope", "says of modes.equal.none_and_scope")
        self.replace("reports/attention-cuda0.json", '"operator_macs": 4278190080', '"operator_macs": 4278190081')
        self.refused("says of models.operator.attention-cuda0")
        self.replace("reports/products-cuda0.json", '"measured_multiply_add_flops": 416882688',
                     '"measured_multiply_add_flops": 300000000')
        self.refused(f"says of {FP8}", f"says of {FP8.replace('measured', 'padding', 1)}")
        self.replace("sass/cuda_core_kernels_80.sass", " FADD ", " FMUL ")
        self.refused("says of build.sass.80")

    def test_a_file_that_is_missing_shows_nothing(self):
        for file, claims in (("known-counts.json", ("known.", "ncu.")), ("mixed-none.json", ("modes.losses.none",)),
                             ("reports/products-cuda0.json", (FP8, FP16)), ("ncu-known-counts.csv", ("ncu.",)),
                             ("sass/tensor_kernels_90a.sass", ("build.sass.90a",))):
            (self.evidence / file).unlink()
            problems = self.check()
            for claim in claims:
                self.assertTrue(any(f"says {claim}" in p and "none of its files shows" in p for p in problems), claim)
            self.again()
        shutil.rmtree(self.evidence / "reports")
        self.assertIn("has nothing in reports/", self.check()[0])

    def test_a_limit_may_change(self):
        with unittest.mock.patch.multiple(stage_models, TILE=512, MOST=1.05):
            self.assertEqual(self.check(), [])
        # What holds must do so today too.
        with limit_today("fp16", 375000000):
            self.refused(f"says of {FP16}: expected 287232000 to 387763200, seen 377487360")
        with unittest.mock.patch.object(stage_models, "MOST", 1.002):
            self.refused("says of models.agrees.attention-cuda0")

    def test_a_limit_that_is_stated_does_not_change_what_was_seen(self):
        self.write_claim(FP8, expected="287232000 to 700000000", passed=True)
        with limit_today("fp8", 400000000):
            self.refused(f"says of {FP8}")
        self.write_claim(FP8, passed=True)
        self.refused(f"says of {FP8}")
        self.write_claim(FP16, passed=False)
        self.refused(f"says of {FP16}")
        self.write_claim(FP16, expected="277232000 to 387763200")
        self.refused(f"says of {FP16}")
        self.write_claim(FP16, seen=377487361)
        self.refused(f"says of {FP16}")
        self.write_claim(FP16, expected="much")
        self.refused(f"says of {FP16}")
        # Of claims without a limit, nothing may be another.
        self.write_claim("models.operator.attention-cuda0", expected="1 to 2")
        self.refused("says of models.operator.attention-cuda0")

    def test_only_the_last_stage_was_cut_off(self):
        results = self.results()
        results["stages"][-1]["seconds"] = 5
        (self.evidence / "results.json").write_text(json.dumps(results))
        self.refused("says of stage probes that it is failed")
        results["stages"][-1]["seconds"] = 0
        results["stages"][-2].update(seconds=0, passed=False)
        (self.evidence / "results.json").write_text(json.dumps(results))
        self.refused("says of stage recheck that it is failed")

    def brought_back(self) -> Path:
        """The run as it came from its machine: what it printed is in logs/."""
        run = self.folder / "20261126T063000Z"
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(REAL, run, ignore=shutil.ignore_patterns("reports", "sass", WHY))
        (run / "logs").mkdir()
        for report in (REAL / "reports").iterdir():
            shutil.copyfile(report, run / f"logs/models_{report.stem}.out")
        for listing in (REAL / "sass").iterdir():
            shutil.copyfile(listing, run / f"logs/build_sass_{listing.stem}.out")
        (run / "logs/models_custom-op-cuda0.out").write_text("a table that ends in the mid")
        (run / "logs/models_products-cuda1.out").write_text("[]")
        (run / "ncu-timing.csv").write_text("much")
        (run / "probes.json").write_text('"/' + 'opt/torch/lib and /usr/lib/y"')
        return run

    def keep(self, run: Path, *more) -> tuple[int, str]:
        return self.run_it(evidence, "--flopwatch", self.folder / "none", "--keep", run, *more, self.shelf)

    def test_a_run_that_lost_them_is_kept(self):
        run = self.brought_back()
        archive = self.folder / "e.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(run, arcname=run.name)
        for source in (run, archive):
            shutil.rmtree(self.shelf / NAME)
            code, text = self.keep(source, "--captures-not-kept", REAL / WHY)
            self.assertEqual(code, 0, text)
            self.assertIn(f"kept as {NAME}", text)
            kept = {f.relative_to(self.shelf / NAME): f.read_bytes() for f in (self.shelf / NAME).rglob("*.*")}
            real = {f.relative_to(REAL): f.read_bytes() for f in REAL.rglob("*.*")}
            real[Path("probes.json")] = b'"MACHINE/torch/lib and /usr/lib/y"'
            self.assertEqual(kept, real)
        self.assertTrue((run / "logs").is_dir())
        self.assertFalse((run / WHY).exists())

    def test_it_is_not_kept_without_a_reason(self):
        shutil.rmtree(self.shelf / NAME)
        run = self.brought_back()
        code, text = self.keep(run)
        self.assertEqual(code, 1)
        self.assertIn("lacks captures/known-counts.flops", text)
        code, text = self.keep(run, "--captures-not-kept", self.folder / "no-such-file")
        self.assertEqual(code, 1)
        self.assertIn("no-such-file", text)
        (run / "captures").mkdir()
        code, text = self.keep(run, "--captures-not-kept", REAL / WHY)
        self.assertEqual(code, 1)
        self.assertIn("has captures/ next to", text)
        self.assertEqual(list(self.shelf.iterdir()), [])
        code, text = self.run_it(evidence, "--captures-not-kept", REAL / WHY, self.shelf)
        self.assertEqual(code, 2)
        self.assertIn("needs --keep", text)

    def page(self) -> str:
        self.run_it(hardware_page, "--captures", self.shelf, "--page", self.folder / "page.md")
        return (self.folder / "page.md").read_text()

    def test_page_calls_it_measured_and_to_be_proved_again(self):
        text = self.page()
        unproved, rest = text.split("## Unproved")[1].split("## Measured, to be proved again")
        measured, section = rest.split("## NVIDIA H200")
        self.assertIn("Its raw images were not kept", measured)
        for claim in ("- Every instruction and tensor operation", "- Nsight Compute reads the same", "- Measured and"):
            self.assertIn(claim, measured)
        # No file shows these, or not all of it held.
        for claim in ("- Raw images give", "- All replay modes", "- Nothing is lost", "- A kernel that is launched past",
                      "- cuBLAS products", "- Replay mode none"):
            self.assertIn(claim, unproved)
        self.assertIn("Measured on 2026-11-26. **The raw images of this run were not kept**", section)
        self.assertIn((REAL / WHY).read_text().strip(), section)
        self.assertIn("is counted exactly | measured, 22 of 22 |", section)
        self.assertIn("when they are evaluated again | as reported by that machine, 6 of 6 |", section)
        self.assertNotIn("| yes", section)

    def test_page_says_what_failed_with_its_numbers(self):
        text = self.page()
        for words in ("several streams | **no**, 5 of 6 |", "in any replay mode | **no**, 3 of 4 |",
                      "past the dispatcher is measured | **no**, 0 of 1 |", "padding apart | **no**, 12 of 14 |",
                      "did not end within 20 s (logs/modes_kernel.log) (it added 60,282.3 µs to a launch",
                      "seen 416882688 FLOPs (tiles make 1.4514 times", "int8 (tiles make 1.5771 times",
                      "seen 604994 ns added to a launch (1/15 of what ncu adds)",
                      "Stage probes did not reach its end: the run was ended in it.", "at e4b93b88df0b, changed;"):
            self.assertIn(words, text)

    def test_a_run_with_its_images_proves(self):
        whole = Path(shutil.copytree(self.evidence, self.shelf / "gh100-2027-01-01"))
        (whole / WHY).unlink()
        (whole / "captures").mkdir()
        for claim in self.results()["claims"]:
            for name in needed.captures_of(claim["claim"]):
                (whole / f"captures/{name}.flops").touch()
        text = self.page()
        self.assertNotIn("## Measured, to be proved again", text)
        self.assertNotIn("- Raw images give", text.split("## NVIDIA H200")[0])
        self.assertIn("- All replay modes", text.split("## NVIDIA H200")[0])
        self.assertIn("is counted exactly | yes, 22 of 22 |", text)


if __name__ == "__main__":
    unittest.main()
