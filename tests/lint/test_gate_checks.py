# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/gate: the comparisons, on numbers that only a GPU would give."""

import importlib
import json
import sys
import tempfile
import time
import unittest
import unittest.mock
from pathlib import Path

from made_up_tree import InFolder

import kernels  # isort: skip
import machine  # isort: skip
import runner  # isort: skip
import stage_build  # isort: skip
import stage_models  # isort: skip
import stage_modes  # isort: skip
import stage_ncu  # isort: skip
import stage_python  # isort: skip
from gate import Gate  # isort: skip


class Checks(InFolder):
    def setUp(self):
        super().setUp()
        self.gate = Gate(self.folder, self.folder, self.folder, stage="models")

    def holds(self) -> bool:
        claims, self.gate.record.claims = self.gate.record.claims, []
        self.assertTrue(claims)
        return all(c.passed for c in claims)

    def product(self, size, seen, number_format="fp16") -> bool:
        stage_models.within_padding(self.gate, "x", number_format, size, seen, "FLOPs", "")
        return self.holds()

    def test_a_product_has_the_hand_computed_count_or_is_padded_to_whole_tiles(self):
        even, odd = (1024, 512, 256), (1000, 528, 272)
        exact, padded = 2 * 1024 * 512 * 256, 2 * 1024 * 768 * 320  # to 256, 256 and 64
        self.assertTrue(self.product(even, exact))
        self.assertTrue(self.product(even, exact + 1024 * 512 * 5))  # scaling, and sums of parts
        for seen in (exact * 21 // 20, exact * 2, exact - 1, None):
            self.assertFalse(self.product(even, seen), seen)
        self.assertTrue(self.product(odd, padded))
        self.assertFalse(self.product(odd, padded * 21 // 20))
        self.assertFalse(self.product(odd, 2 * 1000 * 528 * 272 - 1))
        self.assertIn("1.7523 times", self.gate.record.findings[-3]["text"])
        # Tiles of one byte's values are deeper.
        self.assertTrue(self.product(odd, 2 * 1024 * 768 * 384, "fp8"))
        self.assertFalse(self.product(odd, 2 * 1024 * 768 * 384, "bf16"))

    def test_counts_of_cublas_on_a_gpu_are_within_whole_tiles(self):
        of = {"fp64": 340328448, "fp32": 304222208, "tf32": 340328448, "fp16": 377487360, "bf16": 371589120,
              "fp8": 416882688, "int8": 452984832}
        of_even = {"fp64": 2149580800, "fp32": 2151743488, "tf32": 2151825408, "fp16": 2147483648, "bf16": 2147483648,
                   "fp8": 2155937792, "int8": 2147483648}
        for number_format, seen in of.items():
            self.assertTrue(self.product((1000, 528, 272), seen, number_format), number_format)
            self.assertTrue(self.product((1024, 2048, 512), of_even[number_format], number_format), number_format)

    def integers(self, operations: dict, flops) -> bool:
        """Claims of a product of int8, 256x256x128, whose launches counted these metrics."""
        m, n, k = 256, 256, 128
        row = {"row": 1, "path": f"int8 {m}x{n}x{k}", "operator_flops": 2 * m * n * k,
               "measured_multiply_add_flops": flops}
        kernels = [{"row": 1, "metric_sums": operations}, {"row": 1, "metric_sums": {}},
                   {"row": 2, "metric_sums": {"sm__ops_path_tensor_src_int8.sum": 5}}]
        self.gate.record.findings.clear()
        stage_models.product_claims(self.gate, "cuda:0", {"rows": [row], "kernels": kernels})
        mine = "models.measured.products-cuda0.int8-"
        self.gate.record.claims = [c for c in self.gate.record.claims if c.claim.startswith(mine)]
        return self.holds()

    def test_a_product_of_integers_is_compared_with_their_own_counter(self):
        exact = 2 * 256 * 256 * 128
        whole = "sm__ops_path_tensor_src_int8.sum"
        self.assertTrue(self.integers({whole: exact, "sm__ops_path_tensor_src_fp16_dst_fp32.sum": 9}, None))
        self.assertTrue(self.integers({"sm__ops_path_tensor_op_imma_src_int8.sum": exact,
                                       "sm__ops_path_tensor_op_igmma_src_int8_dst_int32.sum": exact // 100}, 0))
        self.assertFalse(self.integers({whole: exact - 1}, exact))
        self.assertFalse(self.integers({whole: 2 * exact}, 2 * exact))
        self.assertFalse(self.integers({whole: None, "sm__ops_path_tensor_src_fp16_dst_fp32.sum": exact}, exact))
        self.assertFalse(self.integers({"sm__ops_path_tensor_src_int80.sum": exact}, exact))

    def test_what_the_measured_column_shows_for_integers_is_a_finding(self):
        exact = 2 * 256 * 256 * 128
        for flops, words in ((None, "has no number"), (0, "counts no integer"), (exact, "shows the integer"),
                             (7, "another number")):
            self.integers({"sm__ops_path_tensor_src_int8.sum": exact}, flops)
            found = [f["text"] for f in self.gate.record.findings if f["finding"].startswith("models.integers.")]
            self.assertEqual(len(found), 1)
            self.assertIn(words, found[0])

    def test_measured_may_be_two_percent_above_the_operators(self):
        for ratio, good in ((1, True), (1.02, True), (1.0201, False), (0.9999, False), (None, False)):
            totals = {"measured_to_operator_ratio": ratio, "unmeasured_launches": 0}
            stage_models.measured(self.gate, "x", totals, "")
            self.assertEqual(self.holds(), good, ratio)
        stage_models.measured(self.gate, "x", {"measured_to_operator_ratio": 1, "unmeasured_launches": 1}, "")
        self.assertFalse(self.holds())

    def columns(self, device="cuda:0", **changes) -> list[str]:
        """Claims that do not hold of the attention block, counted in two modes with these changes in the second."""
        exact = 2 * (4 * 640 * 768 * 768 + 2 * 640 * 640 * 768)
        one = {"operator_flops": exact, "measured_flops": exact * 101 // 100, "unmeasured_launches": 0}
        self.gate.stage, self.gate.record.claims = "python", []
        modes = {"default": {**one, **changes.pop("first", {})}, "kernel": {**one, **changes}}
        stage_python.column_claims(self.gate, {"device": device, "models": {"attention": modes}})
        return [c.claim for c in self.gate.record.claims if not c.passed]

    def test_python_counts_the_same_in_all_modes_and_the_hand_computed_count(self):
        self.assertEqual(self.columns(), [])
        self.assertEqual(len(self.gate.record.claims), 4)
        self.assertEqual(self.columns(operator_flops=1), ["python.operator.attention"])
        self.assertEqual(self.columns(measured_flops=1), ["python.equal.attention"])
        self.assertEqual(self.columns(measured_flops=None), ["python.equal.attention"])
        self.assertEqual(self.columns(unmeasured_launches=2), ["python.all_measured.attention"])
        exact = self.gate.record.claims[0].expected["default"]
        for flops, good in ((exact, True), (exact * 102 // 100, True), (exact - 1, False), (exact * 103 // 100, False)):
            self.assertEqual(self.columns(measured_flops=flops, first={"measured_flops": flops}),
                             [] if good else ["python.agrees.attention"], flops)
        for nothing in (None, 0):
            self.assertEqual(self.columns(measured_flops=nothing, first={"measured_flops": nothing}),
                             ["python.equal.attention", "python.agrees.attention"])
        self.assertEqual(self.columns("cpu", measured_flops=None, first={"measured_flops": None}), [])

    def rules(self, device="cuda:0", **changes) -> list[str]:
        """Claims that do not hold of rules that were judged rightly, but for these changes of one or of its facts."""
        macs = 4 * 640 * 768 * 768 + 2 * 640 * 640 * 768
        checked = {name: {"verdict": said} for name, said in stage_python.SAID.items()}
        checked["attention"] |= {"operator_macs": macs, "measured_flops": 2 * macs * 101 // 100}
        for name, change in changes.items():
            checked[name].update(change)
        self.gate.stage, self.gate.record.claims = "python", []
        stage_python.rule_claims(self.gate, {"device": device, "rules": checked})
        return [c.claim for c in self.gate.record.claims if not c.passed]

    def test_the_verdict_of_check_rule_is_a_claim(self):
        self.assertEqual(self.rules(), [])
        self.assertEqual(len(self.gate.record.claims), 4)
        for name in stage_python.SAID:
            self.assertEqual(self.rules(**{name: {"verdict": "wrong"}}), [f"python.rule.{name}"])
        for flops in (None, 0, 1):
            self.assertEqual(self.rules(attention={"measured_flops": flops}), ["python.agrees.rule_of_attention"])
            self.assertEqual(self.rules("cpu", attention={"measured_flops": flops}), [])

    def test_rules_of_kernels_past_the_dispatcher_are_not_claimed_without_triton(self):
        self.gate.stage, alone = "python", {"attention": {"verdict": "agrees"}}
        stage_python.rule_claims(self.gate, {"device": "cpu", "rules": alone})
        self.assertEqual(self.gate.record.findings, [])
        alone["attention"] |= {"operator_macs": 1, "measured_flops": 2}
        stage_python.rule_claims(self.gate, {"device": "cuda:0", "rules": alone})
        self.assertTrue(self.holds())
        self.assertEqual([f["finding"] for f in self.gate.record.findings], ["python.not_run.rules_past_the_dispatcher"])

    def without_package(self, stand_in: bool, torch: bool = True) -> tuple[bool, str, str]:
        """Whether the claim of the package holds, what it says, and what is found."""
        self.gate.stage, self.gate.stand_in, self.gate.record.claims = "python", stand_in, []
        with unittest.mock.patch.object(stage_python, "has", return_value=torch):
            stage_python.run(self.gate)
        (claim,), (*_, finding) = self.gate.record.claims, self.gate.record.findings
        return claim.passed, claim.seen, finding["text"]

    def test_without_the_package_only_a_dry_run_is_good(self):
        torch, package = "this python3 has no torch", "the package is not built"
        self.assertEqual(self.without_package(True, torch=False), (True, f"skipped: {torch}", torch))
        self.assertEqual(self.without_package(True), (True, f"skipped: {package}", package))
        self.assertEqual(self.without_package(False), (False, f"skipped: {package}", package))
        self.gate.logs.mkdir()
        (self.gate.logs / "build_configure.out").write_text("-- x\n-- The Python module is not built: it needs Python.h\n")
        self.assertEqual(self.without_package(False)[2], f"{package}: it needs Python.h")

    def test_samples_that_cannot_run_are_left_out_and_so_are_some_when_time_is_short(self):
        self.gate.stage_ends, self.gate.root = float("inf"), kernels.ROOT
        self.assertEqual([stage_python.why_not(self.gate, s) for s in stage_python.SAMPLES if not s.needs], [""] * 5)
        triton = next(s for s in stage_python.SAMPLES if s.needs == "triton")
        with unittest.mock.patch.object(stage_python, "has", return_value=False):
            self.assertEqual(stage_python.why_not(self.gate, triton), "this python3 has no triton")
        self.assertEqual(stage_python.why_not(self.gate, stage_python.Sample("no-such")), "there is no such sample")
        self.gate.stage_ends = 0
        left_out = {s.name for s in stage_python.SAMPLES if stage_python.why_not(self.gate, s)}
        self.assertFalse(left_out & {"quickstart", "training", "seed_rows"})
        self.assertTrue({"custom_op_library", "custom_op_extension"} <= left_out)

    def test_ncu_is_compared_where_both_have_a_number(self):
        self.assertEqual(stage_ncu.compare({"a": 1, "b": 2, "c": 0}, {"a": 1, "b": 5, "c": None}), (2, {"b": [2, 5]}))
        self.assertEqual(stage_ncu.compare({"a": 0}, {}), (0, {}))

    def test_a_count_that_ncu_did_not_read_differs(self):
        self.assertEqual(stage_ncu.compare({"a": 1, "c": 3}, {"a": 1, "c": None}), (1, {"c": [3, None]}))

    def under_ncu(self, ours: dict, theirs: dict, kernel: str) -> bool:
        self.gate.stage = "ncu"
        self.gate.table_file.write_text(kernels.table_file(kernels.ROOT).read_text())
        stage_ncu.claims(self.gate, [{"kernel": kernel, "counters": ours}], {kernel: theirs}, "")
        return self.holds()

    def test_what_counts_a_kernel_must_be_among_the_metrics_that_ncu_read(self):
        fadd, fmul = (f"sm__sass_thread_inst_executed_op_{op}_pred_on.sum" for op in ("fadd", "fmul"))
        self.assertTrue(self.under_ncu({fadd: 8, fmul: 0}, {fadd: 8, fmul: 0}, "known_fadd"))
        # Equal, and about nothing that the kernel does.
        self.assertFalse(self.under_ncu({fadd: 0, fmul: 8}, {fadd: 0, fmul: 8}, "known_fadd"))
        self.assertFalse(self.under_ncu({fmul: 0}, {fmul: 0}, "known_fadd"))
        self.assertFalse(self.under_ncu({fadd: 0, fmul: 0}, {fadd: None, fmul: 0}, "known_fadd"))
        whole, part = "sm__ops_path_tensor_src_bf16.sum", "sm__ops_path_tensor_op_hmma_src_bf16_dst_fp32.sum"
        for metric in (whole, part):
            self.assertTrue(self.under_ncu({metric: 8}, {metric: 8}, "known_mma_bf16"))
        other = "sm__ops_path_tensor_src_fp16_dst_fp32.sum"
        self.assertFalse(self.under_ncu({other: 8}, {other: 8}, "known_mma_bf16"))

    def listed(self, text: str) -> tuple[list, list]:
        """Claims and findings of a build stage whose disassembler prints `text` for every cubin."""
        folder = Path(tempfile.mkdtemp(dir=self.gate.out))
        tool = folder / "nvdisasm"
        tool.write_text(text)
        tool.chmod(0o755)
        gate = Gate(kernels.ROOT, folder, folder, stand_in=True, stage="build", stage_ends=float("inf"))
        gate.table_file.write_text(kernels.table_file(kernels.ROOT).read_text())
        kernels.fake_all(gate.root, gate.cubins)
        with unittest.mock.patch.dict("os.environ", {"NVDISASM": str(tool)}):
            gate.part("sass", stage_build.sass)
        return gate.record.claims, gate.record.findings

    def test_machine_code_is_compared_with_the_hand_computed_count(self):
        claims, findings = self.listed("#!/bin/sh\ncat $2\n")
        self.assertEqual([(c.claim, c.passed) for c in claims], [("build.sass.90a", True)])
        self.assertEqual(findings, [])
        claims, _ = self.listed("#!/bin/sh\nsed '0,/FADD/{/FADD/d}' $2\n")
        problem = "sm_90a known_fadd does 7168000 FLOPs by its listing, and 8192000 by hand"
        self.assertEqual([c.seen for c in claims], [[problem]])
        claims, _ = self.listed("#!/bin/sh\necho .text.other:\n")
        self.assertEqual([c.passed for c in claims], [False])

    def test_a_disassembler_that_is_missing_or_lists_nothing_is_a_finding(self):
        claims, findings = self.listed("#!/bin/sh\necho no such form >&2\nexit 1\n")
        self.assertEqual((claims, len(findings)), ([], 3))
        self.assertIn("nvdisasm listed nothing (logs/build_sass_", findings[0]["text"])
        claims, findings = self.listed("#!/no/such/program\n")
        self.assertEqual((claims, len(findings)), ([], 3))
        self.assertIn("cannot be run", findings[0]["text"])
        with unittest.mock.patch.object(kernels, "disassembler", return_value=None):
            claims, findings = self.listed("")
        self.assertEqual((claims, [f["finding"] for f in findings]), ([], ["build.no_sass"]))
        self.assertIn("there is no nvdisasm", findings[0]["text"])

    def test_the_listing_of_cuobjdump_is_read_too(self):
        text = ("\t\tFunction : known_fadd\n"
                "        /*0000*/                   MOV R1, c[0x0][0x28] ;      /* 0x00000a00ff017624 */\n"
                + "".join(f"        /*{16 * i:04x}*/                   FADD R0, R0, R2 ;\n" for i in range(1, 9))
                + "        /*0090*/              @!P0 BRA 0x10 ;\n        /*00a0*/                   BRA 0xa0;\n")
        kernel = kernels.read_table(kernels.table_file(kernels.ROOT))["kernels"][0]
        launch = {"blocks": 4, "threads": 256, "trips": 1000}
        problems = kernels.check_sass().problems_of
        self.assertEqual(problems(kernel, kernels.check_sass().Listing(text), launch), [])
        short = kernels.check_sass().Listing(text.replace("BRA 0x10 ", "BRA 0x20 "))
        self.assertIn("has arithmetic outside its loop: {'FADD': 1}", problems(kernel, short, launch))

    def test_modes_are_compared_kernel_by_kernel(self):
        one = {"kernels": {"k": {"launches": 2, "counters": {"a": 1, "b": 2}},
                           "scope range": {"launches": 9, "counters": {}}}}
        more = {"kernels": {"k": {"launches": 2, "counters": {"a": 1, "c": 7}}}}
        self.assertEqual(stage_modes.differences(one, more), {})
        more["kernels"]["k"]["counters"]["a"] = 3
        self.assertEqual(stage_modes.differences(one, more), {"k": [2, 2, {"a": [1, 3]}]})
        self.assertEqual(stage_modes.differences(one, {"kernels": {}}), {"k": [2, 0, {}]})

    def test_modes_with_another_number_of_launches_count_the_same_for_each(self):
        def ran(launches: int, value: int) -> dict:
            return {"kernels": {"k": {"launches": launches, "counters": {"a": value}}}}

        self.assertEqual(stage_modes.differences(ran(4, 20), ran(1, 5), (88, 22)), {})
        self.assertEqual(stage_modes.differences(ran(4, 20), ran(1, 6), (88, 22)), {"k": [4, 1, {"a": [20, 6]}]})
        self.assertEqual(stage_modes.differences(ran(3, 20), ran(1, 5), (88, 22)), {"k": [3, 1, {}]})
        self.assertEqual(stage_modes.differences(ran(4, 20), ran(1, 5)), {"k": [4, 1, {"a": [20, 5]}]})

    def test_kernel_replay_is_the_last_mode_and_a_small_one(self):
        *_, (name, mode) = stage_modes.MODES.items()
        self.assertEqual((name, mode.launches, mode.max_ranges), ("kernel", 22, 16))
        self.assertLess(mode.max_ranges, mode.launches)  # counters are read more than once
        results = {name: {"kernels": {"k": {"launches": mode.threads, "counters": {"a": 3 * mode.threads}}}}
                   for name, mode in stage_modes.MODES.items()}
        self.gate.stage = "modes"
        stage_modes.agreement_claims(self.gate, results)
        self.assertEqual(len(self.gate.record.claims), 4)
        self.assertTrue(self.holds())

    def test_the_attention_block_is_evaluated_again_where_it_is_counted(self):
        for device, code, claims in (("cuda:0", 0, [("models.rechecked.attention-cuda0", True)]),
                                     ("cuda:0", 1, [("models.rechecked.attention-cuda0", False)]), ("cpu", 0, [])):
            for name, text in (("attention", f"echo '{json.dumps(self.counted())}'"), ("flopwatch", f"exit {code}")):
                tool = self.folder / "bin" / name
                tool.parent.mkdir(exist_ok=True)
                tool.write_text(f"#!/bin/sh\n{text}\n")
                tool.chmod(0o755)
            gate = Gate(*[self.folder] * 3, stage="models", stage_ends=float("inf"))
            stage_models.attention(gate, device)
            self.assertEqual([(c.claim, c.passed) for c in gate.record.claims if "rechecked" in c.claim], claims)

    @staticmethod
    def counted() -> dict:
        return {"totals": {"operator_macs": stage_models.ATTENTION_MACS, "measured_to_operator_ratio": 1,
                           "unmeasured_launches": 0}}


class Machine(InFolder):
    def test_the_version_of_torch_is_read_and_torch_is_not_loaded(self):
        torch = self.folder / "torch"
        with unittest.mock.patch.object(sys, "path", [str(self.folder)]):
            self.assertEqual(machine.torch_version(), "")
            torch.mkdir()
            (torch / "__init__.py").write_text("raise ImportError")
            importlib.invalidate_caches()
            self.assertEqual(machine.torch_version(), "")
            (torch / "version.py").write_text("from typing import Optional\n\n__version__ = '2.11.0+cu130'\n")
            self.assertEqual(machine.torch_version(), "2.11.0+cu130")


class Running(InFolder):
    def test_errors_name_how_a_program_ended(self):
        for command, words in ((["false"], "ended with code 1"), (["no-such-program"], "cannot be run"),
                               (["sh", "-c", "kill -SEGV $$"], "SIGSEGV"), (["sleep", "30"], "did not end within")):
            with self.assertRaisesRegex(runner.StageError, words):
                runner.run("x", command, 0.5, self.folder)

    def test_a_hanging_child_is_ended_too(self):
        with self.assertRaises(runner.StageError):
            runner.run("x", ["sh", "-c", "sleep 31 & echo $!; wait"], 0.5, self.folder)
        state = Path(f"/proc/{int((self.folder / 'x.out').read_text())}/stat")
        until = time.monotonic() + 10  # it has the signal; a busy machine takes its time to end it
        while self.runs(state) and time.monotonic() < until:
            time.sleep(0.01)
        self.assertFalse(self.runs(state))

    @staticmethod
    def runs(state: Path) -> bool:
        try:
            return state.read_text().split()[2] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False

    def test_output_is_kept(self):
        done = runner.run("x", ["sh", "-c", "echo out; echo err >&2; exit 4"], 5, self.folder, good=(4,))
        self.assertEqual((done.code, done.out, done.log.read_text()), (4, "out\n", "err\n"))


if __name__ == "__main__":
    unittest.main()
