# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Results as CSV, Markdown, pandas frames and pages."""

from __future__ import annotations

import csv
import json
import sys

import pytest
import torch
from torch import nn

import flopwatch


@pytest.fixture(scope="module")
def result():
    model = nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 2))
    return flopwatch.count(model, (torch.randn(3, 8),))


def test_csv_has_a_row_for_each_module(result, tmp_path):
    result.to_csv(tmp_path / "rows.csv")
    with open(tmp_path / "rows.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == [row.path for row in result.rows]
    assert [int(row["operator_macs"]) for row in rows] == [row.operator_macs for row in result.rows]
    assert rows[0]["measured_total_flops"] == ""


def test_flat_tables_add_up(result, tmp_path):
    result.to_csv(tmp_path / "flat.csv", flat="operator")
    with open(tmp_path / "flat.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(int(row["operator_macs"]) for row in rows) == result.total.operator.macs == 3 * 8 * 4 + 3 * 4 * 2


def test_markdown_is_a_table(result):
    lines = result.to_markdown(units="macs").splitlines()
    assert lines[0].startswith("| module | type |") and lines[1].startswith("| --- | --- |")
    assert any("`(root)`" in line for line in lines)
    assert "operators are shown" in result.to_markdown(flat="operator", top=1)


def test_frames_have_exact_integers(result):
    pandas = pytest.importorskip("pandas")
    frame = result.to_pandas()
    assert len(frame) == len(result.rows)
    assert str(frame["operator_macs"].dtype) == "Int64" and frame["measured_total_flops"].isna().all()
    assert frame["operator_macs"].iloc[0] == result.total.operator.macs
    flat = result.to_pandas(flat="precision")
    assert list(flat["precision"]) == ["fp32"] and isinstance(flat, pandas.DataFrame)


def test_a_frame_keeps_integers_of_64_bits():
    pandas = pytest.importorskip("pandas")
    from flopwatch._frame import frame_of

    frame = frame_of("path,operator_macs,share\r\nNA,9007199254740993,0.5\r\n,,\r\n")
    assert frame["operator_macs"].iloc[0] == 9007199254740993 and frame["operator_macs"].iloc[1] is pandas.NA
    assert list(frame["path"]) == ["NA", ""]


def test_without_pandas_the_error_says_what_to_do(result, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        result.to_pandas()


def test_what_is_no_table_is_refused(result, tmp_path):
    for wrong in ("module", 3):
        with pytest.raises(flopwatch.UsageError):
            result.to_csv(tmp_path / "no.csv", flat=wrong)


def data_of(page):
    return json.loads(page.split('data-packing="none">')[1].split("</script>")[0])


def figure(side, column, row=0):
    values = side["rows"][column]
    return values[row] if isinstance(values, list) else values


def test_a_page_has_the_figures_and_its_files_name(result, tmp_path):
    result.to_html_page(tmp_path / "small net.html")
    page = (tmp_path / "small net.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and "<title>small net</title>" in page
    (side,) = data_of(page)["sides"]
    assert side["rows"]["n"] == len(result.rows) and side["name"] == "small net"
    # `macs` holds how far the row is from the sum of its phases.
    macs = sum(figure(side, column) for column in ("macs", "p0macs", "p1macs", "p2macs", "p3macs"))
    assert macs == result.total.operator.macs
    assert figure(side, "formula") == result.total.formula.macs


def test_a_page_of_two_results_and_of_a_phase(result, tmp_path):
    other = flopwatch.count(nn.Linear(8, 2), (torch.randn(3, 8),))
    result.to_html_page(tmp_path / "both.html", name="a <b>", against=other, against_name="b & c")
    page = (tmp_path / "both.html").read_text(encoding="utf-8")
    assert "<b>" not in page and "a &lt;b&gt;" in page and "b &amp; c" in page
    ours, theirs = data_of(page)["sides"]
    assert (figure(ours, "p0macs"), figure(theirs, "p0macs")) == (3 * 8 * 4 + 3 * 4 * 2, 3 * 8 * 2)
    result.to_html_page(tmp_path / "phase.html", against=other, phase="backward")
    sides = data_of((tmp_path / "phase.html").read_text(encoding="utf-8"))["sides"]
    assert [figure(side, "p0macs") for side in sides] == [0, 0]


def test_a_page_that_cannot_be_written_is_an_error(result, tmp_path):
    with pytest.raises(OSError):
        result.to_html_page(tmp_path / "nowhere" / "page.html")
    with pytest.raises(flopwatch.UsageError, match="path"):
        result.to_html_page(7)
    with pytest.raises(flopwatch.UsageError, match="phase"):
        result.to_html_page(tmp_path / "page.html", phase="sideways")


@pytest.mark.parametrize(
    ("word", "wrong"),
    [("against", {"against": "x.flops"}), ("name", {"name": 3}), ("against_name", {"against_name": None})],
)
def test_a_page_of_what_is_no_result_is_refused(result, tmp_path, word, wrong):
    with pytest.raises(flopwatch.UsageError, match=word):
        result.to_html_page(tmp_path / "page.html", **wrong)
    assert not (tmp_path / "page.html").exists()


def test_a_page_does_not_overwrite_a_capture(result, tmp_path):
    (tmp_path / "y.flops").write_bytes(b"a capture")
    with pytest.raises(flopwatch.UsageError, match=r"y\.flops.*report\.html"):
        result.to_html_page(tmp_path / "y.flops")
    assert (tmp_path / "y.flops").read_bytes() == b"a capture"
