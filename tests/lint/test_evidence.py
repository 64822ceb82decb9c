# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/evidence.py and scripts/hardware_page.py on made-up evidence."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def results(**changes) -> dict:
    claims = [
        {"claim": "recheck.equal.one", "passed": True, "expected": "", "seen": "", "unit": "", "source": "captures/one.flops"},
        {"claim": "known.exact.a", "passed": True, "expected": 1, "seen": 1, "unit": "", "source": ""},
        {"claim": "known.exact.b", "passed": False, "expected": 1, "seen": 2, "unit": "instructions", "source": ""},
        {"claim": "ncu.equal.a", "passed": True, "expected": 1, "seen": 1, "unit": "", "source": ""},
    ]
    machine = {"gpu": "Made-up GPU, 1.2, 9.0, Disabled", "flopwatch_version": "0", "flopwatch_commit": "abc"}
    stages = [{"name": "probes", "error": "no time was left for it", "passed": False}]
    timings = [{"way": "bare", "launches": 9, "added_ns_per_launch": 0}, {"way": "none", "launches": 9, "added_ns_per_launch": 1500}]
    findings = [{"finding": "probes.null", "text": "Yes.", "facts": {"question": "Is NULL legal?"}}]
    return {"synthetic": False, "claims": claims, "machine": machine, "stages": stages, "timings": timings,
            "findings": findings, "seconds": 5, **changes}


class Evidence(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.captures = Path(folder.name, "captures")
        self.captures.mkdir()
        self.flopwatch = Path(folder.name, "flopwatch")
        self.page = Path(folder.name, "hardware.md")

    def keep(self, name: str, capture: bool = True, **changes) -> None:
        (self.captures / name / "captures").mkdir(parents=True)
        (self.captures / name / "results.json").write_text(json.dumps(results(**changes)))
        if capture:
            (self.captures / name / "captures/one.flops").write_text("")

    def check(self, recheck: int = 0) -> subprocess.CompletedProcess:
        self.flopwatch.write_text(f"#!/bin/sh\necho the last line\nexit {recheck}\n")
        self.flopwatch.chmod(0o755)
        return self.run_it("evidence.py", "--flopwatch", self.flopwatch, self.captures)

    def run_it(self, script: str, *arguments) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, SCRIPTS / script, *arguments], capture_output=True, text=True, check=False)

    def test_none_is_an_answer(self):
        done = self.check()
        self.assertEqual((done.returncode, done.stdout), (0, "evidence: none: no run on a GPU has been committed\n"))

    def test_good_evidence_is_counted(self):
        self.keep("gpu-1")
        self.keep("gpu-2")
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("2 runs on GPUs with 2 recordings, evaluated again: 0 problems", done.stdout)

    def test_what_differs_is_named(self):
        self.keep("gpu-1")
        done = self.check(recheck=1)
        self.assertEqual(done.returncode, 1)
        self.assertIn("gpu-1 captures/one.flops: the last line", done.stdout)

    def test_missing_synthetic_and_empty_evidence_is_refused(self):
        self.keep("a-missing", capture=False)
        self.keep("b-stand-in", synthetic=True)
        self.keep("c-empty", claims=[])
        done = self.check()
        self.assertEqual(done.returncode, 1)
        for text in ("a-missing lacks captures/one.flops", "b-stand-in was made on a stand-in", "c-empty has no capture"):
            self.assertIn(text, done.stdout)

    def write_page(self, *arguments) -> subprocess.CompletedProcess:
        return self.run_it("hardware_page.py", "--captures", self.captures, "--page", self.page, *arguments)

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
        self.assertIn("Stage probes was not gone through: no time was left for it", text)

    def test_check_finds_a_page_that_is_old(self):
        self.write_page()
        self.assertEqual(self.write_page("--check").returncode, 0)
        self.keep("gpu-1")
        done = self.write_page("--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("run scripts/hardware_page.py", done.stdout)


if __name__ == "__main__":
    unittest.main()
