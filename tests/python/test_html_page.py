# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501
"""The page of `flopwatch report --html` in a real browser: its figures are those of the JSON report."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Page, chromium
from programs import BIN_DIR, TEST_BIN_DIR, run

NAMES = (
    "attention_without_rule", "attention_rule_on_root", "measured_transformer", "fused_encoder_layer",
    "lossy_with_strange_names", "nothing_watched", "training_step", "unobserved_program", "transformer",
)  # fmt: skip


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with chromium() as driver:
        yield driver


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthetic captures as pages, with their JSON reports."""
    folder = tmp_path_factory.mktemp("pages")
    made = run(TEST_BIN_DIR / "synthetic_pages", folder)
    assert made.returncode == 0, made.stderr
    return folder


def grouped(n: int | None) -> str:
    return "not collected" if n is None else f"{n:,}"


def printable(text: str) -> str:
    """As the text report shows it."""
    named = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda m: named.get(m[0], f"\\x{ord(m[0]):02x}"), text)


def figures(page: Page) -> dict[str, str]:
    return {line[0]: line[1] for line in page.evidence("figures")}


@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_the_counts_of_the_json_report(driver: Any, pages: Path, name: str) -> None:
    report = json.loads((pages / f"{name}.json").read_text())
    page = Page(driver, pages / f"{name}.html", (1900, 2000))
    page.js("document.getElementById('fold').click(); document.getElementById('unfold').click()")
    page.js("document.getElementById('grid').style.maxHeight = 'none'; dispatchEvent(new Event('beforeprint'))")
    shown = {int(r["row"]): r for r in page.rows()}
    assert sorted(shown) == [r["row"] for r in report["rows"]]
    for row in report["rows"]:
        cells = shown[row["row"]]
        assert cells["formula"] == (
            grouped(row["formula_macs"]) + " MACs" if row["formula_macs"] is not None else "not collected"
        )
        if report["operator_collected"]:
            assert cells["operator"] == grouped(row["operator_macs"]) + " MACs"
            assert cells["other"] == grouped(row["operator_other_flops"]) + " FLOPs"
        key = "measured_multiply_add_flops" if report["operator_collected"] else "measured_total_flops"
        assert cells["measured"] == (grouped(row[key]) + " FLOPs" if row[key] is not None else "not collected")
    assert page.complaints() == []
    assert page.requests() == []


@pytest.mark.parametrize("name", NAMES)
def test_the_evidence_of_the_whole_adds_up(driver: Any, pages: Path, name: str) -> None:
    report = json.loads((pages / f"{name}.json").read_text())
    page = Page(driver, pages / f"{name}.html")
    totals = report["totals"]
    shown = figures(page)
    if report["operator_collected"]:
        assert shown["operator MACs"] == grouped(totals["operator_macs"])
        operators = page.evidence("operators")
        found = [sum(int(o[i].replace(",", "")) for o in operators) for i in (4, 5, 7)]
        calls = report["operators"]
        columns = ("calls", "operator_macs", "operator_other_flops")
        assert found == [sum(c[column] for c in calls) for column in columns]
        if any(c["operator_macs"] for c in calls):  # the others are trees of figures, without the calls behind them
            assert found[1:] == [totals["operator_macs"], totals["operator_other_flops"]]
        if totals["executed"]["flops"]:
            parts = {line[0].strip(): line[1] for line in page.evidence("executed")}
            assert parts["sum"] == grouped(totals["executed"]["flops"])
            assert parts["useful products"] == grouped(totals["executed"]["useful_flops"])
    assert shown["measured FLOPs, all launches"] == grouped(totals["measured_total_flops"])
    # JSON has 0 launches where none could be seen.
    watched = report["measured_collected"] or totals["launches"]
    assert shown["launches"] == grouped(totals["launches"] if watched else None)
    assert shown["formula − operator MACs"] == grouped(totals["formula_minus_operator_macs"])
    verdicts = page.evidence("verdicts")
    reasons = [(int(re.sub(r"[+, A-Za-z]", "", v[1])), v[3]) for v in verdicts if len(v) > 1]
    assert reasons == [
        (v["amount_macs"] if v["amount_flops"] is None else v["amount_flops"], printable(v["cause"]))
        for v in report["rows"][0]["verdicts"]
    ]
    amounts = [v[1] for v in verdicts if len(v) > 1 and "MACs" in v[1]]
    if amounts:
        assert sum(int(re.sub(r"[+, MACs]", "", a)) for a in amounts) == (totals["formula_minus_operator_macs"] or 0)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_not_counted_is_said(driver: Any, pages: Path, name: str) -> None:
    report = json.loads((pages / f"{name}.json").read_text())
    page = Page(driver, pages / f"{name}.html")
    banners = page.js("return [...document.querySelectorAll('header .banner')].map(b => b.textContent)")
    assert [b for b in banners if b.startswith("NOT EXACT")] == [
        f"NOT EXACT {printable(why)}" for why in report["not_exact_because"]
    ]
    losses = page.js("return [...document.querySelectorAll('.losses li')].map(l => l.textContent)")
    assert len(losses) == len(report["data_losses"])
    for loss in report["data_losses"]:
        assert any(f"{loss['severity']} {loss['count']:,} × {loss['kind']}" in line for line in losses)
    said = page.text("#uncounted")
    for operator in report["operators"]:
        if operator["status"] in ("unsupported", "partly_counted"):
            assert printable(operator["name"]) in said


# FLOPs that one unit of the counters of the made-up transformer is worth.
WEIGHTS = {
    "sm__ops_path_tensor_src_bf16_dst_fp32.sum": 1,
    "sm__sass_thread_inst_executed_op_ffma_pred_on.sum": 2,
    "sm__sass_thread_inst_executed_op_fadd_pred_on.sum": 1,
}


def test_kernels_have_their_sums(driver: Any, pages: Path) -> None:
    report = json.loads((pages / "transformer.json").read_text())
    page = Page(driver, pages / "transformer.html")
    lines = page.js(
        "return [...document.querySelectorAll('#kernels tbody tr')].map(t => [...t.children].map(c => c.textContent))"
    )
    sums: dict[str, dict[str, int]] = {}
    for k in report["kernels"]:
        of = sums.setdefault(k["kernel"], {"launches": 0, "flops": 0, "tensor": 0, "unmeasured": 0})
        of["launches"] += k["launches"]
        of["unmeasured"] += 0 if k["metric_sums"] else k["launches"]
        of["flops"] += sum(WEIGHTS[m] * n for m, n in k["metric_sums"].items())
        of["tensor"] += sum(n for m, n in k["metric_sums"].items() if "tensor" in m)
    assert sum(of["launches"] for of in sums.values()) == report["totals"]["launches"]
    shown = {}
    for kernel, launches, flops, tensor, unmeasured, _ in lines:
        shown[kernel] = (launches, flops, tensor, unmeasured)
    assert shown == {
        kernel: (
            grouped(of["launches"]),
            ("at least " if of["unmeasured"] else "") + grouped(of["flops"]),
            f"{100 * of['tensor'] / of['flops']:.1f}%" if of["tensor"] else "0%",
            grouped(of["unmeasured"]) if of["unmeasured"] else "",
        )
        for kernel, of in sums.items()
    }
    assert {tensor for _, _, tensor, _ in shown.values()} == {"100.0%", "0%"}
    assert sum(of["unmeasured"] for of in sums.values()) == report["totals"]["unmeasured_launches"] == 1


def test_a_number_opens_to_its_counters(driver: Any, pages: Path) -> None:
    page = Page(driver, pages / "transformer.html")
    page.js("document.querySelector('.grid-body .row:last-child .measured [data-evidence]').click()")
    assert page.js("return document.activeElement.parentElement.dataset.section") == "launches"
    page.js("document.querySelector('.grid-body .row .name[title=head]').click()")
    page.js("document.querySelector('#evidence .counters summary').click()")
    counters = page.js("""return new Promise(done => setTimeout(() => done(
        [...document.querySelectorAll('#evidence .counters tbody tr')].map(t => [...t.children].map(c => c.textContent))), 50))""")
    name, total, weight, flops, *_ = counters[0]
    assert name == "sm__ops_path_tensor_src_bf16_dst_fp32.sum"
    assert weight == "× 1" and total == flops == page.text("#evidence .counters summary")


def test_two_captures_side_by_side(driver: Any, pages: Path) -> None:
    here = json.loads((pages / "transformer.json").read_text())
    there = json.loads((pages / "against.json").read_text())
    page = Page(driver, pages / "against.html")
    assert page.js("return document.querySelectorAll('#pictures svg').length") == 2
    by_path = {r["path"]: r for r in there["rows"] if not r["outside"]}
    lines = page.js(
        "return [...document.querySelectorAll('#against tbody tr')].map(t => [...t.children].map(c => c.textContent))"
    )
    path = "layers.3.mlp.fc1"
    ours = next(r for r in here["rows"] if r["path"] == path)
    flops = [2 * r["operator_macs"] + r["operator_other_flops"] for r in (ours, by_path[path])]
    page.js("document.querySelector('#against .more').click()")
    lines = page.js(
        "return [...document.querySelectorAll('#against tbody tr')].map(t => [...t.children].map(c => c.textContent))"
    )
    line = next(x for x in lines if x[0] == path)
    assert line[2:4] == [grouped(f) for f in flops]
    assert next(x for x in lines if x[0] == "layers.23")[3] == "not there"
    assert page.complaints() == [] and page.requests() == []


def test_the_program_writes_the_page(driver: Any, tmp_path: Path) -> None:
    out = tmp_path / "demo.html"
    made = run(BIN_DIR / "flopwatch", "demo", "--html", out)
    assert made.returncode == 0, made.stderr
    page = Page(driver, out)
    report = json.loads(run(BIN_DIR / "flopwatch", "demo", "--json").stdout)
    assert figures(page)["operator MACs"] == grouped(report["totals"]["operator_macs"])
    assert page.complaints() == [] and page.requests() == []
