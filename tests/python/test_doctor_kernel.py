# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The kernel of `flopwatch doctor`, as its machine code: the count that the doctor expects is that of a listing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/gpu"))
import check_sass  # noqa: E402

SOURCE = (ROOT / "src/doctor/trial.cpp").read_text()


@pytest.mark.parametrize("architecture", ["75", "80", "89", "90", "100", "120"])
def test_it_has_as_many_fused_multiply_adds_as_the_doctor_expects(architecture: str, tmp_path: Path) -> None:
    ptxas, disassembler = check_sass.find("ptxas", *check_sass.on_path()), check_sass.find_disassembler()
    if ptxas is None or disassembler is None:
        pytest.skip("needs ptxas and nvdisasm: scripts/bootstrap.sh installs them")
    (program,) = re.findall(r'R"\((.*?)\)"', SOURCE, re.DOTALL)
    (expected,) = re.findall(r"fused_multiply_adds = (\d+);", SOURCE)
    source, cubin = tmp_path / "doctor.ptx", tmp_path / "doctor.cubin"
    source.write_text(program)
    subprocess.run([ptxas, f"-arch=sm_{architecture}", "-o", cubin, source], check=True)
    listing = subprocess.run(
        check_sass.listing_command(disassembler, cubin), check=True, capture_output=True, text=True
    ).stdout
    arithmetic = re.findall(r"\b(U?FFMA2?|FADD2?|FMUL2?|D(?:FMA|ADD|MUL)|HFMA2|MUFU)\b", listing)
    assert [one for one in arithmetic if one != "HFMA2"] == ["FFMA"] * int(expected)
