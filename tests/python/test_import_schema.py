# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`flopwatch import --json` prints what docs/import.schema.json says, and nothing else: on synthetic profiles."""

from __future__ import annotations

from pathlib import Path

from programs import flopwatch
from schemas import check_strict, validator

FFMA = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum"


def test_what_it_prints_is_what_its_schema_says(tmp_path: Path) -> None:
    profile = tmp_path / "synthetic.csv"
    profile.write_text(f"ID,Kernel Name,{FFMA},x__y.avg\n,,inst,\n0,gemm_s16816,12,1\n1,k,n/a,2\n")
    printed = flopwatch("import", profile, code=5)
    assert validator("import").is_valid(printed)
    assert printed["launches"] == 2
    assert printed["flop_counters"] == [FFMA]
    assert {"import_not_available", "import_tensor_uncounted"} <= {loss["kind"] for loss in printed["data_losses"]}
    assert Path(printed["capture"]) == tmp_path / "synthetic.flops"


def test_the_schema_allows_nothing_else() -> None:
    check_strict("import")
