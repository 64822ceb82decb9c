# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501
"""The page in use: search, sort, fold, zoom, units, keyboard, sizes, colours."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Page, chromium
from programs import TEST_BIN_DIR, run

DOWN, UP, LEFT, RIGHT, ENTER, ESCAPE = "\ue015", "\ue013", "\ue012", "\ue014", "\ue007", "\ue00c"


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with chromium() as driver:
        yield driver


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pages")
    assert run(TEST_BIN_DIR / "synthetic_pages", out).returncode == 0
    return out


@pytest.fixture
def page(driver: Any, folder: Path) -> Page:
    return Page(driver, folder / "transformer.html", (1280, 1600))


def names(page: Page) -> list[str]:
    return [r["module"] for r in page.rows()]


def test_search_leaves_what_it_finds_and_what_is_above(page: Page) -> None:
    page.one("#search").send_keys("fc1")
    assert names(page) == ["(root)", "layers", "layers.0", "layers.0.mlp", "layers.0.mlp.fc1", "layers.23", "layers.23.mlp",
                           "layers.23.mlp.fc1"]  # fmt: skip
    assert "2 found" in page.text("#rows-said")
    page.one("#search").send_keys(ESCAPE)
    assert len(names(page)) == 21


def test_sort_puts_the_largest_first(page: Page) -> None:
    page.one(".grid-head .operator button").click()
    assert page.js("return document.querySelector('.grid-head .operator').getAttribute('aria-sort')") == "descending"
    level = [int(r["operator"].split()[0].replace(",", "")) for r in page.rows() if r["level"] == "2"]
    assert level == sorted(level, reverse=True) and len(set(level)) > 2
    page.one(".grid-head .operator button").click()
    level = [int(r["operator"].split()[0].replace(",", "")) for r in page.rows() if r["level"] == "2"]
    assert level == sorted(level)


def test_equal_modules_are_one_row_until_asked(page: Page) -> None:
    assert "layers.0" in names(page) and "layers.1" not in names(page)
    assert "23×" in page.text(".grid-body")
    page.one("#fold").click()
    page.one("#unfold").click()
    assert page.js("return Number(document.getElementById('grid').getAttribute('aria-rowcount'))") == 1 + 24 * 11 + 5


def test_rows_open_and_close(page: Page) -> None:
    before = len(names(page))
    page.js("document.querySelector('.grid-body .row[data-row=\"2\"] .twist').click()")
    after = page.rows()
    assert len(after) < before
    assert next(r for r in after if r["row"] == "2")["expanded"] == "false"


def test_one_selection_in_picture_and_table(page: Page) -> None:
    page.js("document.querySelector('.grid-body .name[title=head]').click()")
    head = page.selected_in_table()
    assert head and page.selected_in_picture() == head
    assert page.text("#evidence-title") == "head"
    page.js(
        "document.querySelector('#pictures [data-row=\"2\"]').dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    assert page.selected_in_table() == page.selected_in_picture() == "2"
    assert page.text("#said").startswith("layers, ModuleList")


def test_zoom(page: Page) -> None:
    whole = page.js("return document.querySelector('#pictures [data-row=\"2\"]').getBoundingClientRect().width")
    page.js(
        "document.querySelector('#pictures [data-row=\"2\"]').dispatchEvent(new MouseEvent('dblclick', {bubbles: true}))"
    )
    assert page.text("#zoomed") == "layers"
    assert page.js("return document.querySelector('#pictures [data-row=\"2\"]').getBoundingClientRect().width") > whole
    assert page.js("return document.querySelector('#pictures [data-row=\"0\"]')") is None
    page.one("#zoom-out").click()
    assert page.text("#zoomed") == "everything"


def test_units_and_exact_counts(page: Page) -> None:
    flops = page.text(".grid-body .row .operator")
    page.choose("units", "macs")
    macs = page.text(".grid-body .row .operator")
    assert (flops, macs) == ("3.35 T", "1.67 T")
    page.one("#exact").click()
    assert page.text(".grid-body .row .operator") == "1,673,023,979,520"
    assert "Operator MACs" in page.text(".grid-head")
    page.choose("units", "flops")
    assert page.text(".grid-body .row .operator") == "3,346,047,959,040"


def test_the_table_by_keyboard_alone(page: Page) -> None:
    page.js("document.getElementById('grid').focus()")
    page.press(DOWN, DOWN)
    assert page.selected_in_table() == "2"
    assert page.js("return document.getElementById('grid').getAttribute('aria-activedescendant')") == "row-2"
    page.press(LEFT)
    assert next(r for r in page.rows() if r["row"] == "2")["expanded"] == "false"
    page.press(RIGHT, RIGHT)
    assert page.selected_in_table() == "3"
    page.press(ENTER)
    assert page.js("return document.activeElement.parentElement.dataset.section") == "figures"
    page.press(ESCAPE)
    assert page.js("return document.activeElement.id") == "grid"
    page.press("/")
    assert page.js("return document.activeElement.id") == "search"


def test_the_picture_by_keyboard_alone(page: Page) -> None:
    page.js("document.querySelector('#pictures svg').focus()")
    page.press(DOWN)
    assert page.selected_in_picture() == "2"
    page.press(RIGHT)
    assert page.text("#evidence-title") == "head"
    page.press(LEFT, ENTER)
    assert page.text("#zoomed") == "layers" and page.text("#said") == "Shown: layers"
    page.press(DOWN)
    assert page.selected_in_picture() == "3", "the picture that was drawn again has the keys"
    page.press(ESCAPE)
    assert page.text("#zoomed") == "everything"
    page.press(UP, UP)
    assert page.selected_in_picture() == "0"


def test_the_keys_of_the_picture_when_the_selection_is_elsewhere(page: Page) -> None:
    page.js("document.querySelector('.grid-body .name[title=layers]').click(); document.getElementById('zoom-in').click()")
    page.js("document.querySelector('.grid-body .name[title=head]').click()")
    assert page.selected_in_picture() == ""
    page.js("document.querySelector('#pictures svg').focus()")
    page.press(DOWN)
    assert page.selected_in_picture() == "3"


def test_colours_have_signs_or_names(page: Page) -> None:
    assert {
        t[0] for t in page.js("return [...document.querySelectorAll('#legend li')].map(l => l.textContent)")
    } <= set("✓≈≠↓?–n")
    page.choose("colour", "precision")
    assert "bf16" in page.text("#legend")
    assert page.js("return document.querySelectorAll('#pictures .format-4').length") > 3
    page.choose("colour", "parts")
    assert "masked products" in page.text("#legend")


# What people with each kind of colour blindness see of linear RGB (Machado, Oliveira and Fernandes, 2009).
EYES = {
    "any": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def linear(colour: str) -> list[float]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def light(rgb: list[float]) -> float:
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def lab(rgb: list[float], eyes: str) -> tuple[float, float, float]:
    r, g, b = (min(1.0, max(0.0, sum(m * c for m, c in zip(row, rgb, strict=True)))) for row in EYES[eyes])
    xyz = ((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505, light([r, g, b]), (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_differ_for_every_eye_and_have_readable_text(page: Page, theme: str) -> None:
    page.choose("theme", theme)

    def colours(*names: str) -> list[list[float]]:
        of = "return getComputedStyle(document.documentElement).getPropertyValue('--' + arguments[0]).trim()"
        return [linear(page.js(of, name)) for name in names]

    (ink,) = colours("ink")
    # Not t6, of modules that were not called: they are as wide as nothing, and not in the picture.
    for palette in (colours(*(f"t{i}" for i in range(6))), colours(*(f"c{i}" for i in range(8)))):
        for eyes in EYES:
            seen = [lab(colour, eyes) for colour in palette]
            assert min(math.dist(a, b) for a, b in itertools.combinations(seen, 2)) > 12, eyes
        for colour in palette:
            dark, bright = sorted((light(colour), light(ink)))
            assert (bright + 0.05) / (dark + 0.05) > 4.5


def test_phases_apart(page: Page) -> None:
    page.one("#apart").click()
    titles = page.js("return [...document.querySelectorAll('.panel-title')].map(t => t.textContent)")
    assert [t.split()[0] for t in titles] == ["forward", "backward", "recompute", "optimizer"]
    wide = page.js(
        "return [...document.querySelectorAll('#pictures svg')].map(s => s.querySelector('.frame').getBoundingClientRect().width)"
    )
    assert wide[1] == pytest.approx(2 * wide[0], rel=0.02), "one scale for all phases"


@pytest.mark.parametrize("name", ["transformer", "lossy_with_strange_names", "against", "unobserved_program"])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_the_window(driver: Any, folder: Path, name: str, dark: bool) -> None:
    page = Page(driver, folder / f"{name}.html", (360, 800), dark)
    page.js("for (const d of document.querySelectorAll('#evidence details')) d.open = true")
    for width in (360, 768, 1280, 3840):
        page.resize(width, 800)
        assert page.js("return document.documentElement.scrollWidth") <= width, width
        drawn = page.js("return [...document.querySelectorAll('#pictures svg')].map(s => s.getBoundingClientRect().right)")
        assert all(right <= width for right in drawn), width
    paper = page.js("return getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") != dark


def test_a_sum_that_is_not_whole_is_no_zero(driver: Any, folder: Path) -> None:
    page = Page(driver, folder / "unobserved_program.html")
    known, whole = 0, 99  # `whole`: the level of the row above with a figure of its own
    for row in page.rows():
        level = int(row["level"])
        if level > whole:
            continue
        whole = 99
        if row["measured"] != "not collected":
            known, whole = known + int(row["measured"].split()[0].replace(",", "")), level
    assert known > 0 and page.rows()[0]["measured"] == "not collected"
    assert page.text(".panel-title").startswith("measured at least ")
    page.one("#exact").click()
    assert page.text(".panel-title") == f"measured at least {known:,} FLOPs"


def test_the_theme_switch(page: Page) -> None:
    page.choose("theme", "dark")
    assert page.js("return getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"


def test_strange_names_stay_text(driver: Any, folder: Path) -> None:
    page = Page(driver, folder / "lossy_with_strange_names.html")
    assert page.complaints() == []
    assert r"red\x1b[31m\nline" in names(page), "as the text report has it"


def test_the_page_prints_every_row(page: Page) -> None:
    page.one("#fold").click()
    page.one("#unfold").click()
    assert len(page.rows()) < 100
    page.js("dispatchEvent(new Event('beforeprint'))")
    assert len(page.rows()) == 24 * 11 + 5
    page.js("dispatchEvent(new Event('afterprint'))")
    assert len(page.rows()) < 100
