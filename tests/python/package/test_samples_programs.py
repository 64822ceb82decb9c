# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""quickstart.py, training.py and check_rules.py of samples/python: what they print is true."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import flopwatch
from sample_programs import check_rules, quickstart, training


def test_quickstart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "kept.flops"
    assert quickstart.main(["--save", str(path)]) == 0
    out = capsys.readouterr().out
    assert "-629,145,600 MACs  functional work missed in attn\n" in out
    assert out.endswith(
        "operator: 2,139,095,040 MACs = 4,278,190,080 FLOPs, and 25,059,840 other FLOPs\n"
        + ("" if torch.cuda.is_available() else "measured: not collected\n")
        + "largest module: attn, type Attention, 2,139,095,040 MACs\n"
        "formula with a rule for Attention: 2,139,095,040 MACs\n"
        "read again from kept.flops: 2,139,095,040 MACs\n"
    )
    assert flopwatch.open(path).total.operator.macs == 2_139_095_040


# ---- training, on paper

B, N, C = training.BATCH, training.SEQ, training.DIM
ATTENTION = B * 4 * N * C * C + B * 2 * C * N * N
HEAD = B * C * training.CLASSES
FORWARD = 2 * ATTENTION + HEAD
AGAIN = ATTENTION - B * N * C * C  # the checkpoint stops before the last product, whose result nobody needs
FIRST_QKV = B * N * C * 3 * C  # the gradient of the batch itself is not asked for


@pytest.fixture(scope="module")
def trained() -> flopwatch.Result:
    return training.train(steps=2)


def test_training_phases(trained: flopwatch.Result) -> None:
    macs = {phase: macs for phase, (macs, _) in training.by_phase(trained).items()}
    assert macs == {
        "forward": 2 * FORWARD,
        "backward": 2 * (2 * FORWARD - FIRST_QKV),
        "recompute": 2 * AGAIN,
        "optimizer": 0,
    }
    assert trained.total.operator.macs == sum(macs.values())
    assert sum(other for _, other in training.by_phase(trained).values()) == trained.total.operator.other_flops


def test_training_rows_and_causes(trained: flopwatch.Result) -> None:
    root = trained.rows[0]
    rows = {row.path: row for row in trained.rows[1:]}
    assert rows["second"].operator_macs == 2 * (3 * ATTENTION + AGAIN)  # forward, twice for its gradients, and again
    assert rows["first"].operator_macs == 2 * (3 * ATTENTION - FIRST_QKV)
    assert rows["head"].operator_macs == 2 * 3 * HEAD
    assert rows["AdamW.step"].operator_other_flops > 10 * root.parameters
    assert rows["loss"].operator_macs == 0 < rows["loss"].operator_other_flops
    causes: dict[str, int] = {}
    for verdict in root.verdicts:
        causes[verdict.kind] = causes.get(verdict.kind, 0) + verdict.amount
    assert causes["backward_not_in_formula"] == -2 * (2 * FORWARD - FIRST_QKV)
    assert causes["recompute"] == -2 * AGAIN
    assert sum(causes.values()) == trained.total.formula.macs - trained.total.operator.macs


def test_training_prints_one_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert training.main(["--steps", "1"]) == 0
    out = capsys.readouterr().out
    assert f"\nforward   {FORWARD:>12,}" in out
    assert f"\nbackward  {2 * FORWARD - FIRST_QKV:>12,}" in out
    assert f"\nrecompute {AGAIN:>12,}" in out


# ---- rules


def test_check_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_rules.main() == 0
    out = capsys.readouterr().out
    assert "attention_rule on Attention: agrees\n" in out
    assert "flops_rule on Attention: off by a factor\n  The rule gives exactly twice what ran" in out
    assert "projections_rule on Attention: misses a term\n  The rule lacks 2*B*C*N^2, MACs that ran." in out
    assert "one_product_rule on Attention: wrong\n  The rule counts 10*B*C*N^2 too much" in out
    assert "infer_rule found 4*B*N*C^2 + 2*B*C*N^2" in out
    assert out.endswith("At B=1, N=640, C=768 it gives 2,139,095,040 MACs.\n")
