# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501
"""The page where something was not collected, not counted or not shown: it says so, and shows no 0."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Page, chromium
from programs import TEST_BIN_DIR, run


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with chromium() as driver:
        yield driver


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pages")
    made = run(TEST_BIN_DIR / "synthetic_pages", out)
    assert made.returncode == 0, made.stderr
    return out


def table(page: Page, selector: str) -> list[list[str]]:
    return page.js(
        "return [...document.querySelectorAll(arguments[0] + ' tbody tr')].map(t => [...t.children].map(c => c.textContent))",
        selector,
    )


def head(page: Page, column: str) -> str:
    return page.text(f".grid-head .{column}").rstrip(" ▲▼")


def select(page: Page, row: int) -> None:
    page.js("document.querySelector(`.grid-body .row[data-row='${arguments[0]}'] .name`).click()", row)


def test_captures_without_a_common_column_are_not_compared(driver: Any, folder: Path) -> None:
    page = Page(driver, folder / "nothing_in_common.html")
    assert page.text("#against").startswith("The captures have no column in common")
    assert {r["change"] for r in page.rows()} == {"the captures have no column in common"}
    assert head(page, "against") == "Other capture: no column in common"
    assert page.complaints() == []


def test_a_column_that_one_capture_lacks_has_no_change(driver: Any, folder: Path) -> None:
    page = Page(driver, folder / "without_operators.html")
    for line in page.evidence("figures"):
        if line[0].startswith(("operator ", "of these")):
            assert line[2:] == ["not collected", "not collected"], line
    assert head(page, "against") == "Other capture: measured FLOPs"
    assert page.text("#against caption") == "Largest change first; FLOPs of the measured column"
    # The whole of the other capture is not known, as some launches were not measured.
    there = json.loads((folder / "without_operators.json").read_text())
    assert there["totals"]["measured_total_flops"] is None
    said = page.js("return [...document.querySelectorAll('#against > p')].map(p => p.textContent)")
    unknown = [line[0] for line in table(page, "#against > div:last-child")]
    assert said == [f"The change of {len(unknown)} modules is not known, as one of the two figures is not."]
    assert "(root)" in unknown and "dot products and updates" in unknown
    assert page.complaints() == []


def test_the_compared_figure_is_named(driver: Any, folder: Path) -> None:
    page = Page(driver, folder / "against.html", (1900, 900))
    assert head(page, "against") == "Other capture: operator + other FLOPs"
    exact = {c: int(page.rows()[0][c].split()[0].replace(",", "")) for c in ("operator", "other", "against", "change")}
    assert 2 * exact["operator"] + exact["other"] + exact["change"] == exact["against"]


def test_only_products_are_shown_as_macs(driver: Any, folder: Path) -> None:
    page = Page(driver, folder / "against.html", (1900, 900))

    def shown() -> dict[str, str]:
        cells = ("operator", "other", "measured", "against", "change")
        return {c: page.text(f".grid-body .row .{c}") for c in cells} | {"picture": page.text(".panel-title")}

    flops = shown()
    page.choose("units", "macs")
    changed = {name for name, text in shown().items() if text != flops[name]}
    assert changed == {"operator", "measured"}
    assert head(page, "measured") == "Measured MACs" and head(page, "against").endswith("FLOPs")
    page.choose("size", "formula")
    assert page.text(".panel-title").endswith("MACs")
    # Without operators the measured column has all arithmetic.
    page = Page(driver, folder / "unobserved_measured_program.html", (1900, 900))
    all_flops = page.text(".grid-body .row .measured")
    page.choose("units", "macs")
    assert page.text(".grid-body .row .measured") == all_flops
    assert head(page, "measured") == "Measured, all FLOPs"
    assert page.text(".panel-title").endswith("FLOPs")


def test_halves_have_their_sign_and_no_digit_after_a_prefix(driver: Any, folder: Path) -> None:
    page = Page(driver, folder / "transformer.html")
    said = page.js(
        "return [halfText(9007199254740993n, shortText), halfText(-1, exactText), halfText(-9007199254740993n, exactText), halfText(7, exactText), halfText(8, exactText)]"
    )
    assert said == ["4.50 P", "-0.5", "-4,503,599,627,370,496.5", "3.5", "4"]


def test_a_scope_around_a_root_has_its_own_size(driver: Any, folder: Path) -> None:
    page = Page(driver, folder / "scope_around_root.html")
    report = json.loads((folder / "scope_around_root.json").read_text())
    scope = next(r["row"] for r in report["rows"] if r["path"] == "prefill")
    whole = report["rows"][scope]["executed"]["flops"]
    assert whole > 0
    drawn = "return [...document.querySelectorAll('#pictures [data-row]')].map(c => Number(c.dataset.row))"
    assert scope not in page.js(drawn), "it is no part of the root"
    page.one("#exact").click()
    select(page, scope)
    page.one("#zoom-in").click()
    assert page.text(".panel-title") == f"executed {whole:,} FLOPs"
    assert page.js(drawn)[0] == scope


def test_what_is_known_of_a_sum_is_exact(driver: Any, folder: Path) -> None:
    page = Page(driver, folder / "unobserved_program.html")
    known = page.js(
        """const tree = new Tree({
             rows: { n: 3, parent: [-1, 0, 0], flags: [0, 0, 0], label: [0, 0, 0], mall: [null, 9007199254740993n, 2] },
             label: () => '', flops: (row) => [null, 9007199254740993n, 2][row] }, false);
           return String(tree.known(tree.nodes[0], 'measured'));"""
    )
    assert known == "9007199254740995"


def test_levels_that_are_not_drawn_are_said(driver: Any, folder: Path) -> None:
    page = Page(driver, folder / "deep.html", (1280, 1200))
    assert page.js("return document.querySelectorAll('#pictures .cell').length") == 14
    said = "return [...document.querySelectorAll('#pictures .rest title')].map(t => t.textContent)"
    assert page.js(said) == ["deeper modules: zoom in"]
    page.js("document.querySelector('.grid-body .row[data-row=\"10\"] .name').click(); document.getElementById('zoom-in').click()")
    assert page.js(said) == []


def test_launches_without_counts_are_told_apart(driver: Any, folder: Path) -> None:
    report = json.loads((folder / "launches_without_counts.json").read_text())
    totals = report["totals"]
    page = Page(driver, folder / "launches_without_counts.html", (1900, 1200))
    title = f"Launches without counts: {totals['unmeasured_launches']} of {totals['launches']}"
    assert title in page.js("return [...document.querySelectorAll('#uncounted h3')].map(h => h.textContent)")
    listed = {line[0]: line[1:] for line in table(page, "#uncounted")}
    assert listed["half_measured"] == ["1", "part", "launched, not measured"]
    assert listed["all of the scope"] == ["5", "together", "counted together, without a value"]
    assert listed["part"][0] == "3" and "at least what was read" in listed["part"][1]
    assert "in_a_graph" not in listed, "the launch of the graph has the counts"
    titles = page.js("return [...document.querySelectorAll('#kernels th')].map(t => t.textContent)")
    assert titles == ["Kernel", "Launches", "FLOPs", "Tensor cores", "Not measured", "Counted with their scope", "In a CUDA graph", "Modules"]  # fmt: skip
    assert {line[0]: tuple(line[2:7]) for line in table(page, "#kernels")} == {
        "half_measured": ("at least 8", "0%", "1", "", ""),
        "doubtful": ("12", "not counted", "", "", ""),
        "counted_together": ("not by itself", "", "", "5", ""),
        "(CUDA graph 1)": ("20", "0%", "", "", ""),
        "in_a_graph": ("not by itself", "", "", "", "8"),
    }


def test_launches_that_the_capture_does_not_list_are_said(driver: Any, folder: Path) -> None:
    page = Page(driver, folder / "measured_transformer.html")
    report = json.loads((folder / "measured_transformer.json").read_text())
    assert report["kernels"] == [] and report["totals"]["launches"] > 0
    assert page.text("#kernels") == f"{report['totals']['launches']:,} launches are known, their kernels are not."
    assert page.evidence("launches") == []


def test_colours_are_those_that_the_captures_know(driver: Any, folder: Path) -> None:
    offered = "return [...document.querySelectorAll('#colour option')].map(o => o.value)"
    assert Page(driver, folder / "unobserved_program.html").js(offered) == ["verdict"]
    page = Page(driver, folder / "without_operators.html")
    assert page.js(offered) == ["verdict", "precision", "parts"], "one of two captures knows them"


def test_a_narrow_window_says_what_it_leaves_out(driver: Any, folder: Path) -> None:
    page = Page(driver, folder / "transformer.html", (1280, 800))
    shown = "return getComputedStyle(document.getElementById('narrow')).display !== 'none'"
    cut = """return [...document.querySelectorAll('.grid-body .verdict')].filter(c =>
        c.scrollWidth > c.clientWidth || c.scrollHeight > c.clientHeight + 1).map(c => c.textContent)"""
    assert not page.js(shown) and page.js(cut) == []
    page.resize(360, 800)
    assert page.js(shown)
    assert page.js("return [...document.querySelectorAll('.grid-body .row')].every(r => r.clientHeight <= 30)")


def test_the_formula_of_another_phase_is_not_missing(driver: Any, folder: Path) -> None:
    page = Page(driver, folder / "backward.html")
    assert page.text("header .banner.part").startswith("ONE PHASE Only what ran in the phase backward")
    said = page.text("#uncounted")
    assert "The formula is of the forward pass" in said and "formula column was not collected" not in said
