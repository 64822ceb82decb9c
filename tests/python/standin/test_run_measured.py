# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`flopwatch run` with a device: an unchanged Python script is measured as with a watch inside."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import flopwatch

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "package"))
from run_program import environment, kinds, run  # noqa: E402

SCRIPT = f"""
import sys
import torch
sys.path.insert(0, {str(HERE)!r})
from synthetic_gpu import Net, cuda, new_gpu
gpu = new_gpu()
net, x = Net(), torch.randn(64, 32)
def loop():
    for _ in range(2):
        net(x)
"""


def _files(folder: Path, **options: str) -> tuple[flopwatch.Result, flopwatch.Result]:
    unchanged, own = folder / "unchanged.py", folder / "own.py"
    unchanged.write_text(SCRIPT + "loop()\nassert gpu.broken_rules == 0\n")
    watch = "flopwatch.watch(net, device='cuda:0', capture='own.flops')"
    own.write_text(f"import flopwatch\n{SCRIPT}\nwith {watch}:\n    loop()\n")
    env = environment(folder / "run.flops", device="cuda:0", **options)
    del env["CUDA_VISIBLE_DEVICES"]
    assert run(unchanged, env=env, cwd=folder).stderr == ""
    run(own, cwd=folder)
    return flopwatch.open(folder / "run.flops"), flopwatch.open(folder / "own.flops")


def test_it_has_the_counters_of_a_watch_inside(tmp_path: Path) -> None:
    found, own = _files(tmp_path)
    assert found.total.measured is not None and found.total.measured.flops > 0
    assert found.total == own.total
    assert sorted(map(str, found.rows)) == sorted(map(str, own.rows))
    assert [kind for kind in kinds(found) if kind != "began_at_first_call"] == kinds(own)


@pytest.mark.parametrize(
    ("option", "value"),
    [("metrics", "sm__sass_thread_inst_executed_op_fadd_pred_on.sum"), ("raw", "none"), ("replay", "reuse")],
)
def test_options_reach_the_session(tmp_path: Path, option: str, value: str) -> None:
    found, own = _files(tmp_path, **{option: value})
    if option == "metrics":
        assert found.total.measured != own.total.measured
    elif option == "raw":
        assert [each.data["capture"]["raw_data"]["kept_chunks"] > 0 for each in (found, own)] == [False, True]
    else:
        assert found.data["reuse"] is not None and own.data["reuse"] is None


PAST_MODULES = f"""
import sys
import torch
sys.path.insert(0, {str(HERE)!r})
product = torch.ones(3, 4) @ torch.ones(4, 5)
from synthetic_gpu import Net, new_gpu
gpu = new_gpu()
gpu.launch("gemm", 64)
"""


def _unseen(folder: Path, text: str, **options: str) -> tuple[flopwatch.Result, list[str]]:
    program = folder / "kernels.py"
    program.write_text(text)
    env = environment(folder / "run.flops", **options)
    del env["CUDA_VISIBLE_DEVICES"]
    run(program, env=env, cwd=folder)
    result = flopwatch.open(folder / "run.flops")
    return result, [loss["text"] for loss in result.losses if loss["kind"] == "launches_not_seen"]


@pytest.mark.parametrize("product", ["product = torch.ones(3, 4) @ torch.ones(4, 5)\n", ""])
def test_kernels_of_a_script_without_modules_are_not_seen_and_it_says_so(tmp_path: Path, product: str) -> None:
    result, unseen = _unseen(tmp_path, PAST_MODULES.replace("product = torch.ones(3, 4) @ torch.ones(4, 5)\n", product))
    assert result.total.operator.macs == (3 * 4 * 5 if product else 0)
    assert result.total.measured is None and result.exact is False
    assert len(unseen) == 1 and "called no module" in unseen[0]


def test_a_script_without_modules_is_exact_where_no_gpu_was_asked_for_or_used(tmp_path: Path) -> None:
    result, unseen = _unseen(tmp_path, PAST_MODULES, device="cpu")
    assert result.exact and unseen == []
    result, unseen = _unseen(tmp_path, PAST_MODULES.split("from synthetic_gpu", maxsplit=1)[0])
    assert result.exact and unseen == []


def test_products_before_the_first_module_are_named_where_a_gpu_was_used(tmp_path: Path) -> None:
    result, unseen = _unseen(tmp_path, PAST_MODULES + "Net()(torch.randn(64, 32))\n", device="cuda:0")
    assert len(unseen) == 1 and "60 multiply-adds" in unseen[0]
    assert result.total.measured is not None and result.exact is False
    without = PAST_MODULES.replace("product = ", "# ")
    assert _unseen(tmp_path, without + "Net()(torch.randn(64, 32))\n", device="cuda:0")[1] == []
