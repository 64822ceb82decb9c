# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The check of the kernels of known count finds what it is there to find."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

GPU = Path(__file__).resolve().parent.parent / "gpu"
sys.path.insert(0, str(GPU))
import check_sass  # noqa: E402

LAUNCH = {"blocks": 2, "threads": 64, "trips": 10}
KERNEL = {"kernel": "k", "opcodes": ["FADD"], "per_trip": 2, "flops_each": 1, "by": "thread"}


def listing(*loop: str, before: str = "MOV R1, R2", after: str = "EXIT") -> check_sass.Listing:
    lines = [".text.k:", f"        /*0000*/  {before} ;", ".L_x_1:"]
    lines += [f"        /*{16 * i:04x}*/  {one} ;" for i, one in enumerate(loop, 1)]
    lines += ["        /*0100*/  @!P0 BRA `(.L_x_1) ;", f"        /*0110*/  {after} ;"]
    lines += [".L_x_2:", "        /*0120*/  BRA `(.L_x_2);", ".L_x_9:"]
    return check_sass.Listing("\n".join(lines))


def problems(code: check_sass.Listing, **changes: object) -> list[str]:
    return check_sass.problems_of({**KERNEL, **changes}, code, LAUNCH)


GOOD = ("FADD R0, R0, R4", "IADD3 R5, R5, 0x1, RZ", "FADD R1, R1, R4", "ISETP.NE.AND P0, PT, R5, R6, PT")


def test_the_expected_loop_is_good() -> None:
    assert problems(listing(*GOOD)) == []


@pytest.mark.parametrize(
    ("code", "changes", "said"),
    [
        (listing(*GOOD[:2]), {}, "1280 FLOPs by its listing, and 2560 by hand"),
        (listing(*GOOD), {"per_trip": 3}, "2560 FLOPs by its listing, and 3840 by hand"),
        (listing(*GOOD, "FFMA R0, R0, R4, R5"), {}, "other arithmetic than FADD"),
        (listing(*GOOD, "MUFU.RCP R0, R1"), {}, "other arithmetic than FADD"),
        (listing(*GOOD, before="FMUL R0, R0, R4"), {}, "outside its loop"),
        (listing(*GOOD, after="@P1 DADD R0, R0, R4"), {}, "outside its loop"),
        (listing("IADD3 R5, R5, 0x1, RZ"), {}, "0 loops with arithmetic"),
        (listing(*GOOD), {"kernel": "other"}, "not in the listing"),
        (listing("HADD2 R0, R0, R1", "HFMA2.MMA R0, R0, R1, R2"), {"opcodes": ["HADD2"]}, "other arithmetic than HADD2"),
    ],
)
def test_what_is_wrong_is_said(code: check_sass.Listing, changes: dict, said: str) -> None:
    assert any(said in problem for problem in problems(code, **changes)), problems(code, **changes)


def test_a_constant_that_is_loaded_by_hfma2_is_no_arithmetic() -> None:
    assert problems(listing(*GOOD, before="HFMA2.MMA R7, -RZ, RZ, 0, 0")) == []


def test_threads_that_work_together_count_once() -> None:
    tensor = {**KERNEL, "flops_each": 4096}
    by = {who: check_sass.flops({**tensor, "by": who}, LAUNCH, 4) for who in ("thread", "warp", "four warps")}
    assert by == {"thread": 128 * 10 * 4 * 4096, "warp": 4 * 10 * 4 * 4096, "four warps": 10 * 4 * 4096}


def test_every_kernel_of_the_table_stands_in_its_source() -> None:
    table = json.loads((GPU / "known_kernels.json").read_text())
    assert len({kernel["kernel"] for kernel in table["kernels"]}) == len(table["kernels"])
    for kernel in table["kernels"]:
        assert kernel["kernel"] in (GPU / kernel["source"]).read_text(), kernel["kernel"]


def test_without_a_compiler_it_is_skipped_but_not_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_sass, "find_nvcc", lambda: None)
    monkeypatch.setattr(sys, "argv", ["check_sass"])
    monkeypatch.delenv("CI", raising=False)
    assert check_sass.main() == 77
    monkeypatch.setenv("CI", "true")
    assert check_sass.main() == 1
