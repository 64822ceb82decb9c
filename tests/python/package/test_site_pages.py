# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Pages of the documentation site: their code and their commands run, and print what the pages show."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import doc_pages

TREE = Path(__file__).resolve().parents[3]
# How many blocks and commands each page has at least, so that none is passed over.
PAGES = {
    "audit.md": 2,
    "index.md": 1,
    "start/thop.md": 4,
    "start/cuda.md": 2,
    "start/training.md": 4,
    "how-it-works.md": 2,
    "traps.md": 1,
    "verdict-examples.md": 12,
}


@pytest.mark.skipif(torch.cuda.is_available(), reason="the pages show a machine without a GPU")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_prints_what_it_shows(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not doc_pages.programs():
        pytest.skip("FLOPWATCH_BIN_DIR is not set: run through ctest")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for recording in (TREE / "tests/captures").glob("*/ncu-known-counts.csv"):
        (tmp_path / recording.name).symlink_to(recording)
    steps = doc_pages.run_page(TREE / "docs" / name, tmp_path)
    assert len(steps) >= PAGES[name]
    for step in steps:
        assert doc_pages.agrees(step.shown, step.printed), f"{step.what}\nprints\n{step.printed}"


def test_other_output_is_noticed() -> None:
    assert doc_pages.agrees("one\n...\nfive\n", "one\ntwo\nthree\nfive\n")
    assert doc_pages.agrees("one\n...\n", "one\n")
    assert not doc_pages.agrees("one\n...\nfive\n", "one\ntwo\n")
    assert not doc_pages.agrees("one\n", "one\ntwo\n")
    assert not doc_pages.agrees("", "one\n")
