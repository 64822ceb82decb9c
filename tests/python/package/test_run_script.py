# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`flopwatch run`: scripts that call no module, and NVTX ranges of scripts."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

import flopwatch
from run_program import NET_MACS, environment, kinds, macs, names, recorded, run, script

PRODUCT = "x = torch.ones(3, 4) @ torch.ones(4, 5)\n"
PRODUCT_MACS = 3 * 4 * 5


def test_a_script_without_modules_has_its_operators(tmp_path: Path) -> None:
    result = recorded(tmp_path, PRODUCT + "y = torch.nn.functional.linear(x, torch.ones(2, 5))\n")
    assert macs(result) == {"(script)": PRODUCT_MACS + 3 * 5 * 2}
    assert result.total.operator.macs == PRODUCT_MACS + 3 * 5 * 2
    assert result.total.measured is None and "called no module" in " ".join(result.report().split())
    assert result.complete and kinds(result) == []


def test_an_option_without_effect_is_named(tmp_path: Path) -> None:
    assert kinds(recorded(tmp_path, PRODUCT, profile_from_start=False)) == ["option_without_effect"]


def test_a_module_makes_it_a_recording_of_modules(tmp_path: Path) -> None:
    result = recorded(tmp_path, PRODUCT + "model = Net(); model(torch.ones(1, 4))\n" + PRODUCT)
    assert result.total.operator.macs == NET_MACS + PRODUCT_MACS  # not what ran before the first call
    assert not any(row.path == "(script)" for row in result.rows)
    assert kinds(result) == ["began_at_first_call"]


def test_nothing_is_written_where_nothing_is_counted(tmp_path: Path) -> None:
    run(script(tmp_path, "x = torch.ones(3).view(3, 1)\n"), env=environment(tmp_path / "run.flops"))
    assert names(tmp_path.glob("*.flops*")) == []


def test_a_script_that_raises_keeps_its_operators(tmp_path: Path) -> None:
    result = recorded(tmp_path, PRODUCT + "raise SystemExit(3)\n", code=3)
    assert result.total.operator.macs == PRODUCT_MACS


@pytest.mark.parametrize(
    "how", [each for each in ("fork", "spawn") if each in multiprocessing.get_all_start_methods()]
)
def test_workers_have_no_capture_of_their_own(tmp_path: Path, how: str) -> None:
    text = f"""
    import multiprocessing
    def work(n):
        return float((torch.ones(n, n) @ torch.ones(n, n)).sum())
    if __name__ == "__main__":
        x = torch.ones(3, 4) @ torch.ones(4, 5)
        with multiprocessing.get_context({how!r}).Pool(1) as pool:
            assert pool.map(work, [2]) == [8.0]
    """
    run(script(tmp_path, text), env=environment(tmp_path / "run.flops"))
    assert names(tmp_path.glob("*.flops*")) == ["run.flops"]
    assert flopwatch.open(tmp_path / "run.flops").total.operator.macs == PRODUCT_MACS


def test_a_script_that_counts_itself_has_its_own_result_alone(tmp_path: Path) -> None:
    text = PRODUCT + "import flopwatch; print(flopwatch.count(Net(), torch.ones(1, 4)).total.operator.macs)\n"
    ended = run(script(tmp_path, text), env=environment(tmp_path / "run.flops"))
    assert ended.stdout == f"{NET_MACS}\n"
    assert names(tmp_path.glob("*.flops*")) == []


RANGES = """
import torch.cuda.nvtx as ranges
model = Net()
for _ in range(2):
    ranges.range_push("step")
    model(torch.ones(1, 4))
    with ranges.range("loss"):
        torch.ones(3, 4) @ torch.ones(4, 5)
    ranges.range_pop()
"""


def test_ranges_are_scopes_where_they_are_chosen(tmp_path: Path) -> None:
    result = recorded(tmp_path, RANGES, scope_regex="^(step|loss)$")
    found = macs(result)
    assert found["step.loss"] == 2 * PRODUCT_MACS
    assert found["step"] == 2 * (NET_MACS + PRODUCT_MACS)
    assert recorded_paths(tmp_path, scope_regex="loss") >= {"loss"}
    assert recorded_paths(tmp_path, nvtx_domains=[""]) >= {"step", "step.loss"}
    assert recorded_paths(tmp_path, nvtx_domains=["mine"]) & {"step", "loss", "step.loss"} == set()


def recorded_paths(folder: Path, **options: object) -> set[str]:
    return {row.path for row in recorded(folder, RANGES, **options).rows}


def test_ranges_are_no_scopes_where_none_are_chosen(tmp_path: Path) -> None:
    assert not any("step" in path for path in recorded_paths(tmp_path))


def test_ranges_of_the_nvtx_package_are_scopes(tmp_path: Path) -> None:
    pytest.importorskip("nvtx")
    text = """
    import nvtx
    model = Net()
    model(torch.ones(1, 4))
    @nvtx.annotate(domain="mine")
    def work():
        return torch.ones(3, 4) @ torch.ones(4, 5)
    with nvtx.annotate("step", domain="mine"):
        work()
        nvtx.push_range("other")
        work()
        nvtx.pop_range()
    """
    result = recorded(tmp_path, text, nvtx_domains=["mine"])
    found = macs(result)
    assert found["step"] == 2 * PRODUCT_MACS and found["step.work"] == 2 * PRODUCT_MACS
    assert next(row.type for row in result.rows if row.path == "step") == "NVTX mine"


def test_paths_are_made_of_the_ranges_that_are_open(tmp_path: Path) -> None:
    pytest.importorskip("nvtx")
    text = """
    import nvtx
    model = Net()
    model(torch.ones(1, 4))
    def work():
        return torch.ones(3, 4) @ torch.ones(4, 5)
    nvtx.push_range("lib", domain="library")
    nvtx.push_range("step")
    work()
    nvtx.pop_range(domain="library")
    work()
    nvtx.pop_range()
    work()
    """
    found = macs(recorded(tmp_path, text, scope_regex="."))
    assert found["lib.step"] == found["step"] == PRODUCT_MACS
    assert found["lib"] == PRODUCT_MACS
