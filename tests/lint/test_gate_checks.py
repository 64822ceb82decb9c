# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/gate: what is held against what, where only a GPU would give the numbers."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/gate"))

import runner  # noqa: E402
import stage_models  # noqa: E402
import stage_modes  # noqa: E402
import stage_ncu  # noqa: E402
from gate import Gate  # noqa: E402


class Checks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.gate = Gate(Path(folder.name), Path(folder.name), Path(folder.name), stage="models")

    def holds(self) -> bool:
        claims, self.gate.record.claims = self.gate.record.claims, []
        self.assertTrue(claims)
        return all(c.passed for c in claims)

    def product(self, size, seen, number_format="fp16") -> bool:
        stage_models.measured_product(self.gate, "x", size, {"measured_multiply_add_flops": seen}, number_format, "")
        return self.holds()

    def test_a_product_is_what_the_paper_says_or_padded(self):
        m, n, k = 1024, 512, 256
        paper = 2 * m * n * k
        self.assertTrue(self.product((m, n, k), paper))
        self.assertTrue(self.product((m, n, k), paper * 5 // 4))
        self.assertFalse(self.product((m, n, k), paper * 2))
        self.assertFalse(self.product((m, n, k), paper - 1))
        self.assertFalse(self.product((m, n, k), None))
        self.assertIn("1.2500 times", self.gate.record.findings[1]["text"])

    def test_integers_are_no_flops(self):
        stage_models.measured_product(self.gate, "x", (256, 256, 256), {"measured_multiply_add_flops": 0}, "int8", "")
        self.assertEqual(self.gate.record.claims, [])

    def test_measured_may_be_two_percent_above_the_operators(self):
        for ratio, good in ((1, True), (1.02, True), (1.0201, False), (0.9999, False), (None, False)):
            totals = {"measured_to_operator_ratio": ratio, "unmeasured_launches": 0}
            stage_models.measured(self.gate, "x", totals, "")
            self.assertEqual(self.holds(), good, ratio)
        stage_models.measured(self.gate, "x", {"measured_to_operator_ratio": 1, "unmeasured_launches": 1}, "")
        self.assertFalse(self.holds())

    def test_ncu_is_compared_where_both_have_a_number(self):
        self.assertEqual(stage_ncu.compare({"a": 1, "b": 2, "c": 0}, {"a": 1, "b": 5, "c": None}), (2, {"b": [2, 5]}))
        self.assertEqual(stage_ncu.compare({"a": 0}, {}), (0, {}))

    def test_what_we_counted_and_ncu_did_not_read_differs(self):
        self.assertEqual(stage_ncu.compare({"a": 1, "c": 3}, {"a": 1, "c": None}), (1, {"c": [3, None]}))

    def test_modes_are_compared_kernel_by_kernel(self):
        one = {"kernels": {"k": {"launches": 2, "counters": {"a": 1, "b": 2}}, "scope range": {"launches": 9, "counters": {}}}}
        more = {"kernels": {"k": {"launches": 2, "counters": {"a": 1, "c": 7}}}}
        self.assertEqual(stage_modes.differences(one, more), {})
        more["kernels"]["k"]["counters"]["a"] = 3
        self.assertEqual(stage_modes.differences(one, more), {"k": [2, 2, {"a": [1, 3]}]})
        self.assertEqual(stage_modes.differences(one, {"kernels": {}}), {"k": [2, 0, {}]})


class Running(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.logs = Path(folder.name)

    def test_what_ends_wrongly_is_said(self):
        for command, words in ((["false"], "ended with code 1"), (["no-such-program"], "cannot be run"),
                               (["sh", "-c", "kill -SEGV $$"], "SIGSEGV"), (["sleep", "30"], "did not end within")):
            with self.assertRaisesRegex(runner.StageError, words):
                runner.run("x", command, 0.5, self.logs)

    def test_a_hanging_child_is_ended_too(self):
        with self.assertRaises(runner.StageError):
            runner.run("x", ["sh", "-c", "sleep 31 & echo $!; wait"], 0.5, self.logs)
        child = int((self.logs / "x.out").read_text())
        state = Path(f"/proc/{child}/stat")
        self.assertTrue(not state.exists() or state.read_text().split()[2] == "Z")

    def test_output_is_kept(self):
        done = runner.run("x", ["sh", "-c", "echo out; echo err >&2; exit 4"], 5, self.logs, good=(4,))
        self.assertEqual((done.code, done.out, done.log.read_text()), (4, "out\n", "err\n"))


if __name__ == "__main__":
    unittest.main()
