# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The files for other tools, read by readers of their formats (requirements-doors.txt)."""

from __future__ import annotations

import copy
import json
import sys
import time
import tracemalloc
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import flopwatch
from doors_packages import run_apart
from flopwatch._doors.figures import _TOTALS, Figures, Profile, Row, _rows, figures_of, printable
from flopwatch._doors.folded import folded_text
from flopwatch._doors.hatchet import hatchet_text
from flopwatch._doors.perfetto import perfetto_text
from flopwatch._doors.speedscope import speedscope_text

needs_311 = pytest.mark.skipif(sys.version_info < (3, 11), reason="no pyarrow of this version for this Python")
needs_hatchet = pytest.mark.skipif(sys.version_info >= (3, 13), reason="hatchet has no wheel for this Python")
STRANGE = "red\x1b[31m;semi\nline \\"


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(5, 7)
        self.add_module(STRANGE, nn.Sequential(nn.Linear(7, 3), nn.Softmax(-1)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.first(x)
        return self.get_submodule(STRANGE)(hidden @ hidden.T @ hidden)


@pytest.fixture(scope="module")
def result() -> flopwatch.Result:
    net, x = Net(), torch.randn(4, 5)
    with flopwatch.watch(net) as watch, flopwatch.scope("around"):
        net(x).sum().backward()
        x @ x.T
    return watch.result


def totals(result: flopwatch.Result) -> dict[str, int]:
    found = result.total
    return {
        "operator": found.operator.flops,
        "operator_other": found.operator.other_flops,
        "formula": found.formula.flops,
    }


def test_own_figures_add_up_to_the_totals_of_each_phase(result: flopwatch.Result) -> None:
    figures = figures_of(result)
    assert {name: sum(figures.of_column(name)) for name in figures.columns} == totals(result)
    phases = {p.phase: p.total_flops for p in figures.profiles if p.column == "operator"}
    macs = result.total.operator.macs_by_phase
    assert phases == {phase: 2 * amount for phase, amount in macs.items() if amount}
    assert len(phases) == 2
    first = next(index for index, row in enumerate(figures.rows) if row.path == "first")
    assert figures.of_column("formula")[first] == 2 * 4 * 5 * 7
    assert any("measured" in note for note in figures.notes), "an absent column is named"


def test_names_keep_their_differences() -> None:
    assert printable("a\x1bb\\c\u202e") == "a\\x1bb\\\\c\\u202e"


def test_folded_stacks_are_read_by_gprof2dot(result: flopwatch.Result, tmp_path: Path) -> None:
    path = tmp_path / "a.folded"
    result.to_folded(path, column="operator")
    lines = path.read_text().splitlines()
    assert sum(int(line.rpartition(" ")[2]) for line in lines) == totals(result)["operator"]
    script = "import gprof2dot as g, sys; print(g.CollapseParser(open(sys.argv[1])).parse()[g.SAMPLES])"
    assert int(run_apart(script, str(path))) == totals(result)["operator"]
    assert any("\\x1b[31m\\x3bsemi\\x0aline \\\\" in line for line in lines)


@needs_hatchet
def test_hatchet_reads_its_tree(result: flopwatch.Result, tmp_path: Path) -> None:
    path = tmp_path / "a.hatchet"
    result.to_hatchet(path)
    script = (
        "import hatchet, json, sys\n"
        "g = hatchet.GraphFrame.from_literal(json.load(open(sys.argv[1])))\n"
        "print(json.dumps({n: int(g.dataframe[n].sum()) for n in g.exc_metrics}))"
    )
    sums = json.loads(run_apart(script, str(path)))
    wanted = {f"{name}_flops": amount for name, amount in totals(result).items()}
    assert sums == {**wanted, "flops": wanted["operator_flops"], "flops32": wanted["operator_flops"]}


@needs_hatchet
def test_proton_viewer_shows_it(result: flopwatch.Result, tmp_path: Path) -> None:
    path = tmp_path / "a.hatchet"
    result.to_hatchet(path)
    script = "import sys; from triton.profiler.viewer import parse; g, m = parse(['flops'], sys.argv[1]); " + (
        "print(int(g.dataframe[m[0]].max()))"
    )
    assert int(run_apart(script, str(path))) == totals(result)["operator"]


@pytest.mark.parametrize("format", ["speedscope", "perfetto", "folded"])
def test_flamegraph_textual_reads_them(format: str, result: flopwatch.Result, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    getattr(result, f"to_{format}")(path)
    kind = {"speedscope": "speedscope", "perfetto": "google-trace", "folded": "stackcollapse"}[format]
    script = (
        "import sys; from flamegraph_textual.parsers import parse\n"
        "p = parse(open(sys.argv[1], 'rb').read(), 'a', sys.argv[2]); print(p.root_stack.values[0])"
    )
    figures = figures_of(result)
    wanted = {
        "speedscope": figures.profiles[0].total_flops,
        "perfetto": sum(totals(result).values()),
        "folded": totals(result)["operator"],
    }
    assert int(run_apart(script, str(path), kind)) == wanted[format]


def test_speedscope_has_a_profile_for_each_column_and_phase(result: flopwatch.Result, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    result.to_speedscope(path)
    document = json.loads(path.read_text())
    sums: dict[str, int] = {}
    for profile in document["profiles"]:
        assert (profile["type"], profile["unit"]) == ("sampled", "none")
        assert profile["endValue"] == sum(profile["weights"])
        column = profile["name"].partition(",")[0]
        sums[column] = sums.get(column, 0) + profile["endValue"]
    assert sums == totals(result)
    assert "not time" in document["name"]


def test_a_trace_says_that_its_axis_is_flops(result: flopwatch.Result, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    result.to_perfetto(path)
    events = json.loads(path.read_text())["traceEvents"]
    names = [event["args"]["name"] for event in events if event["ph"] == "M"]
    assert names and all("FLOPs, not time" in name for name in names)
    own = sum(int(event["args"]["self_flops"]) for event in events if event["ph"] == "X")
    assert own == sum(totals(result).values())


def test_a_trace_of_large_figures_is_exact_and_in_the_order_of_its_axis() -> None:
    rows = tuple(Row(name, name, "", above, 1) for name, above in (("Net", None), ("small", 0), ("large", 0)))
    own = (0, 3, 10**20)
    text = perfetto_text(Figures(rows, (Profile("operator", "forward", own, sum(own)),), {}, (), "program"))
    slices = [event for event in json.loads(text)["traceEvents"] if event["ph"] == "X"]
    assert [one["name"] for one in slices] == ["Net", "small", "large"]
    assert [one["args"]["self_flops"] for one in slices] == [0, 3, str(10**20)]
    assert [(one["ts"], one["dur"]) for one in slices] == [(0, 10**12), (0, 0), (0, 10**12)]


@needs_311
def test_parquet_has_the_figures_of_each_row(result: flopwatch.Result, tmp_path: Path) -> None:
    result.save(tmp_path / "a.flops")
    script = (
        "import flopwatch.fleet, json, pandas, sys\n"
        "flopwatch.fleet.export([sys.argv[1]], sys.argv[2])\n"
        "rows = pandas.read_parquet(sys.argv[2] + '/scopes', dtype_backend='pyarrow')\n"
        "columns = ['operator_macs', 'operator_other_flops', 'formula_counted_macs']\n"
        "print(json.dumps([[int(x) for x in row] for row in rows.groupby('row')[columns].sum().values]))"
    )
    read = json.loads(run_apart(script, str(tmp_path / "a.flops"), str(tmp_path / "fleet")))
    assert read == [
        [row["operator_macs"], row["operator_other_flops"], row["formula_counted_macs"] or 0]
        for row in result.data["rows"]
    ]


def test_a_parser_of_markdown_finds_the_rows(result: flopwatch.Result, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(result.to_markdown(units="macs"), encoding="utf-8")
    script = (
        "import json, sys; from markdown_it import MarkdownIt\n"
        "rows = []\n"
        "tokens = MarkdownIt('commonmark').enable('table').parse(open(sys.argv[1], encoding='utf-8').read())\n"
        "for token, after in zip(tokens, tokens[1:]):\n"
        "    if token.type == 'tr_open': rows.append([])\n"
        "    if token.type in ('th_open', 'td_open'): rows[-1].append(''.join(c.content for c in after.children))\n"
        "print(json.dumps(rows))"
    )
    heads, *rows = json.loads(run_apart(script, str(path)))
    assert all(len(row) == len(heads) for row in rows), "no name breaks its cell"
    place = heads.index("operator KMACs")
    assert [1000 * Decimal(row[place]) for row in rows] == [row.operator_macs for row in result.rows]
    assert rows[2][0].strip() == STRANGE.replace("\x1b", "\\x1b").replace("\n", "\\n")


def test_the_command_writes_and_refuses(result: flopwatch.Result, tmp_path: Path) -> None:
    from flopwatch._doors.command import main

    capture, out = tmp_path / "a.flops", tmp_path / "a.folded"
    result.save(capture)
    assert main(["export", f"--folded={out}", "--column=formula", "--", str(capture)]) == 0
    assert out.read_text().startswith("forward;Net")
    assert main(["export", f"--folded={out}", "--column=measured", "--", str(capture)]) == 2
    assert main(["export", f"--folded={tmp_path}/no/a", "--", str(capture)]) == 2
    assert main(["export", f"--hatchet={out}", "--", str(tmp_path / "none.flops")]) == 2


def figures_of_chain(depth: int, own: int = 1) -> Figures:
    rows = tuple(Row(f"m{index}", "", "M", index - 1 if index else None, 1) for index in range(depth))
    profile = Profile("operator", "forward", (own,) * (depth - 1) + (1,), own * (depth - 1) + 1)
    return Figures(rows, (profile,), {}, (), "program")


class ChainReport:
    """A capture of modules in a chain, of which the last did all; as a Result gives it."""

    def __init__(self, depth: int) -> None:
        rows = [self._row(index) for index in range(depth)]
        capture = {"synthetic": False, "program": "p"}
        totals = dict.fromkeys(_TOTALS.values()) | {"operator_flops": 2, "operator_other_flops": 0}
        self.data = {"rows": rows, "totals": totals, "not_exact_because": [], "capture": capture}
        self._text = json.dumps(self.data)
        self._empty = json.dumps({**self.data, "rows": [], "totals": {**totals, "operator_flops": 0}})

    @staticmethod
    def _row(index: int) -> dict[str, Any]:
        names = {"path": f"m{index}", "type": "M", "outside": False, "around_root": False, "calls": 1}
        return {
            **names,
            **dict.fromkeys(_TOTALS.values()),
            "parent_row": index - 1 if index else None,
            "operator_flops": 2,
            "operator_other_flops": 0,
            "operator_by_precision": [{"precision": "fp32", "operator_flops": 2}],
        }

    def json(self, phase: str) -> str:
        return self._text if phase == "forward" else self._empty


def test_a_deep_capture_costs_no_more_than_a_flat_one() -> None:
    report = ChainReport(4_000)
    tracemalloc.start()
    figures = figures_of(report)  # type: ignore[arg-type]
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 30 * 10**6, "with the names of all rows above, in each row, it was 140 MB"
    assert [profile.total_flops for profile in figures.profiles if profile.column == "operator"] == [2]
    assert folded_text(figures, "operator").count(";") == 4_000


def test_what_is_too_deep_for_a_reader_is_refused() -> None:
    with pytest.raises(
        flopwatch.UsageError, match="451 levels deep, and Python's json, .*takes 450: use report --csv"
    ):
        hatchet_text(figures_of_chain(451))
    with pytest.raises(flopwatch.UsageError, match="513 levels deep, and Perfetto takes 512: use report --csv"):
        perfetto_text(figures_of_chain(513))
    for text in (speedscope_text, lambda figures: folded_text(figures, "operator")):
        with pytest.raises(flopwatch.UsageError, match="12,502,500 frames, up to 5,000 levels deep.*report --csv"):
            text(figures_of_chain(5_000))
        assert text(figures_of_chain(5_000, own=0))
    slices = [event for event in json.loads(perfetto_text(figures_of_chain(512)))["traceEvents"] if event["ph"] == "X"]
    assert len(slices) == 512


@needs_hatchet
def test_hatchet_reads_as_deep_a_tree_as_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.hatchet"
    path.write_text(hatchet_text(figures_of_chain(450)))
    script = (
        "import hatchet, json, sys; from triton.profiler.viewer import parse\n"
        "g = hatchet.GraphFrame.from_literal(json.load(open(sys.argv[1])))\n"
        "assert g.tree(metric_column='flops')\n"
        "print(int(g.dataframe['flops'].sum()), int(parse(['flops'], sys.argv[1])[0].dataframe['flops (inc)'].max()))"
    )
    assert run_apart(script, str(path)).split() == ["450", "450"]


def test_many_rows_of_one_name_get_numbers() -> None:
    entry = {"path": "a", "type": "A", "parent_row": 0, "outside": False, "calls": 1}
    begin = time.process_time()
    rows = _rows([{**entry, "path": "", "parent_row": None}, *[entry] * 20_000], "p")
    assert [rows[1].name, rows[2].name, rows[-1].name] == ["a (A)", "a (A) #2", "a (A) #20000"]
    assert time.process_time() - begin < 10, "each tried all numbers before its own"


def test_python_warns_of_figures_that_are_not_exact(result: flopwatch.Result, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result.to_folded(tmp_path / "a.folded")
    inexact = copy.copy(result)
    capture = {**result.data["capture"], "synthetic": True}
    vars(inexact)["data"] = {**result.data, "not_exact_because": ["Events were lost."], "capture": capture}
    with pytest.warns(RuntimeWarning, match=r"Events were lost\. The figures are synthetic") as caught:
        inexact.to_folded(tmp_path / "a.folded")
    assert caught[0].filename == __file__


def test_a_trace_has_large_totals_as_text() -> None:
    total = 10**20
    profile = Profile("operator", "forward", (total,), total)
    text = perfetto_text(Figures((Row("Net", "", "", None, 1),), (profile,), {}, (), "program"))
    titles = [event["args"]["name"] for event in json.loads(text)["traceEvents"] if event["name"] == "thread_name"]
    assert f"{total:,}" in titles[0]


def test_flops_of_formats_without_a_width_are_named() -> None:
    report = ChainReport(3)
    assert not any("number format" in note for note in figures_of(report).notes)  # type: ignore[arg-type]
    parts = [{"precision": "fp32", "operator_flops": 2}, {"precision": "fp4", "operator_flops": 1500}]
    for row in report.data["rows"]:
        row |= {"operator_flops": 1502, "operator_by_precision": parts}
    report.data["totals"]["operator_flops"] = 1502
    figures = figures_of(report)  # type: ignore[arg-type]
    assert sum(map(sum, figures.operator_by_width.values())) == 2
    assert "1,500 FLOPs of the operator column are in no number format" in hatchet_text(figures)
