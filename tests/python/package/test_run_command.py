# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Python programs that the command `flopwatch run` starts, without a GPU."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import flopwatch
from run_program import LIMIT_S, NET_MACS, macs, names, script

PROGRAM = Path(os.environ.get("FLOPWATCH_BIN_DIR", Path(__file__).resolve().parents[3] / "build/bin")) / "flopwatch"

TRAIN = """
model = Net()
update = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(2):
    update.zero_grad()
    model(torch.randn(5, 4)).square().mean().backward()
    update.step()
print("trained")
"""


def run(*command: object, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith(("FLOPWATCH_RUN", "RANK"))}
    ended = subprocess.run([PROGRAM, "run", *map(str, command)], capture_output=True, text=True, timeout=LIMIT_S,
                           check=False, env={**env, **environment})  # fmt: skip
    assert ended.returncode == code, ended.stderr
    return ended


def tree(result: flopwatch.Result) -> list[tuple[str, str, int, int]]:
    return [(row.path, row.type, row.calls, row.operator_macs) for row in result.rows]


def rank_in(capture: Path) -> str:
    with sqlite3.connect(f"file:{capture}?mode=ro", uri=True) as database:
        [(rank,)] = database.execute("SELECT value FROM info WHERE key = 'rank'").fetchall()
    return str(rank)


def test_an_unchanged_script_has_the_tree_that_a_watch_in_it_has(tmp_path):
    capture, inside = tmp_path / "run.flops", tmp_path / "inside.flops"
    ended = run("-o", capture, "--", sys.executable, script(tmp_path, TRAIN))
    assert ended.stdout == "trained\n"
    assert f"recorded in {capture}" in ended.stderr and "flopwatch report" in ended.stderr
    body = TRAIN.replace("for _", f"import flopwatch\nwith flopwatch.watch(model, capture={str(inside)!r}):\n  for _")
    body = body.replace("\n    ", "\n      ")
    subprocess.run([sys.executable, script(tmp_path, body, "inside.py")], check=True, timeout=LIMIT_S)
    recorded, watched = flopwatch.open(capture), flopwatch.open(inside)
    assert tree(recorded) == tree(watched)
    assert macs(recorded)[""] == macs(watched)[""] >= 2 * 5 * NET_MACS
    assert names(tmp_path.glob("*.flops*")) == ["inside.flops", "run.flops"]


def test_a_script_ends_as_it_would_alone(tmp_path):
    capture = tmp_path / "run.flops"
    ended = run("-o", capture, "--", sys.executable, script(tmp_path, TRAIN + "\nraise SystemExit(3)\n"), code=3)
    assert ended.stdout == "trained\n"
    assert flopwatch.open(capture).total.operator.macs > 0


def test_each_rank_has_a_file_of_its_own_where_the_name_asks_for_it(tmp_path):
    pattern = tmp_path / "run.%r.flops"
    run("-o", pattern, "--", sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", 2,
        script(tmp_path, TRAIN))  # fmt: skip
    assert names(tmp_path.glob("*.flops*")) == ["run.0.flops", "run.1.flops"]
    assert [rank_in(tmp_path / f"run.{rank}.flops") for rank in (0, 1)] == ["0", "1"]


def test_ranges_of_the_nvtx_package_are_scopes(tmp_path):
    pytest.importorskip("nvtx")
    program = tmp_path / "ranges.py"
    program.write_text(
        "import nvtx\n"
        "with nvtx.annotate('step', domain='training'):\n"
        "    with nvtx.annotate('load'):\n"
        "        pass\n"
        "started = nvtx.start_range('across')\n"
        "nvtx.end_range(started)\n"
    )
    capture = tmp_path / "run.flops"
    run("-o", capture, "--", sys.executable, program)
    found = {row.path: row.type for row in flopwatch.open(capture).rows if row.path}
    assert found == {"step": "NVTX training", "step.load": "NVTX", "across": "NVTX"}


def test_a_script_without_torch_and_ranges_has_nothing_to_record(tmp_path):
    ended = run("-o", tmp_path / "run.flops", "--", sys.executable, "-c", "print(1)")
    assert ended.stdout == "1\n"
    assert "nothing was recorded" in ended.stderr
    assert names(tmp_path.iterdir()) == []


def test_options_that_are_not_for_pytorch_say_that_they_have_no_effect(tmp_path):
    program = script(tmp_path, TRAIN)
    capture = tmp_path / "run.flops"
    ended = run("-o", capture, "--profile-from-start", "off", "--", sys.executable, program)
    assert "--profile-from-start off: without effect on a program that uses PyTorch" in ended.stderr
    [loss] = [each for each in flopwatch.open(capture).losses if each["kind"] == "option_without_effect"]
    assert loss["severity"] == "warning" and "--profile-from-start off" in loss["text"]
