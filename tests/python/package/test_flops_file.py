# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""flopwatch.testing.record_flops and the file of counts that it writes."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import flopwatch
from common_models import Block
from flop_guard_models import NO_RULE, Rfft, attention, count, tokens
from flopwatch._guard import file as counts_file
from flopwatch._guard.diff import compare
from flopwatch._guard.file import FlopsRow
from flopwatch.testing import check_flops, record_flops


def test_the_file(tmp_path: Path) -> None:
    """What is committed and reviewed: these bytes."""
    path = tmp_path / "flops.txt"
    record_flops(path, "zebra", count(Block(mixer=Rfft()), torch.randn(2, 8)))
    record_flops(path, "attention of 4 tokens", count(attention(), tokens()))
    text = path.read_text()
    assert text == (
        "# flopwatch counts, format 1\n"
        "# Written by pytest --flops-record, compared by pytest --flops-check. What PyTorch's dispatcher ran; each "
        "line includes\n# the modules below it. ? stands for an operator whose work is not known.\n"
        "\n"
        "[attention of 4 tokens]\n"
        "#              MACs         other FLOPs  calls  module\n"
        "              9,984                 248      1  (root): CustomModule\n"
        "              9,984                 248      1  attn: Attention\n"
        "              6,912                   0      1  attn.qkv: Linear\n"
        "                  0                   0      1  attn.attn_drop: Dropout\n"
        "              2,304                  96      1  attn.proj: Linear\n"
        "                  0                   0      1  attn.proj_drop: Dropout\n"
        "\n"
        "[zebra]\n"
        "#              MACs         other FLOPs  calls  module\n"
        "                 30                  40      1  (root): Block\n"
        "                 30                  40      1  mixer: Rfft\n"
        f"                  ?                   ?      1  mixer: {NO_RULE}\n"
    )
    check_flops(path, "zebra", count(Block(mixer=Rfft()), torch.randn(2, 8)))
    check_flops(path, "attention of 4 tokens", count(attention(), tokens()))


def test_recording_leaves_other_sections_and_files_alone(tmp_path: Path) -> None:
    path, x = tmp_path / "f", torch.randn(1, 4)
    record_flops(path, "one", count(nn.Linear(4, 4), x))
    record_flops(path, "two", count(nn.Linear(4, 5), x))
    path.chmod(0o640)
    text, before = path.read_text(), path.stat()
    record_flops(path, "two", count(nn.Linear(4, 5), x))
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    record_flops(path, "two", count(nn.Linear(4, 6), x))
    assert path.read_text() == text.replace(" 20 ", " 24 ").replace("  5      1", "  6      1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["f"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "f").symlink_to("real/f")
    record_flops(tmp_path / "f", "one", count(nn.Linear(4, 4), torch.randn(1, 4)))
    assert (tmp_path / "f").is_symlink()
    assert (tmp_path / "real/f").is_file()


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "f"
    section = (FlopsRow("(root)", "Linear", 1, 16, 4),)
    writers = [threading.Thread(target=counts_file.write, args=(path, {f"[test {i}]": section})) for i in range(20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert len(counts_file.read(path)) == 20


def test_a_missing_section_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="has no counts of model: record them"):
        check_flops(tmp_path / "f", "model", count(nn.Linear(4, 4), torch.randn(1, 4)))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "does not begin with '# flopwatch counts, format 1'"),
        ("requests==2.0\n", "does not begin"),
        ("# flopwatch counts, format 2\n", "has format 2, this flopwatch reads 1"),
        ("# flopwatch counts, format 1\n[a]\n<<<<<<< HEAD\n", ":3: no count: '<<<<<<< HEAD'"),
        ("# flopwatch counts, format 1\n  1  2  3  (root): Linear\n", ":2: no count"),
        ("# flopwatch counts, format 1\n[a]\n  1  2  (root): Linear\n", ":3: no count"),
        ("# flopwatch counts, format 1\n[a]\n[b]\n[a]\n", r":4: a second section \[a\]"),
    ],
)
def test_another_file_is_refused_and_kept(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "flops.txt"
    path.write_text(text)
    result = count(nn.Linear(4, 4), torch.randn(1, 4))
    with pytest.raises(flopwatch.UsageError, match=why):
        check_flops(path, "model", result)
    with pytest.raises(flopwatch.UsageError, match=why):
        record_flops(path, "model", result)
    assert path.read_text() == text


def test_where_it_cannot_be_written(tmp_path: Path) -> None:
    result = count(nn.Linear(4, 4), torch.randn(1, 4))
    with pytest.raises(flopwatch.UsageError, match="the folder .*missing of the counts cannot be opened"):
        record_flops(tmp_path / "missing/f", "model", result)
    with pytest.raises(flopwatch.UsageError, match="cannot be read"):
        record_flops(tmp_path, "model", result)


names = st.text(min_size=1, max_size=12)
rows = st.builds(
    FlopsRow,
    path=names.map(counts_file._one_line).filter(lambda name: not name[0].isspace()),
    type=names.map(counts_file._one_line).filter(lambda name: ": " not in name),
    calls=st.integers(0, 10**6),
    macs=st.integers(0, 2**63),
    other_flops=st.integers(0, 2**63),
)
sections = st.dictionaries(names.map(counts_file.section_name), st.lists(rows, max_size=4).map(tuple), max_size=4)


@given(sections)
def test_what_is_written_is_read_back(recorded: dict[str, tuple[FlopsRow, ...]]) -> None:
    text = counts_file.render(recorded)
    assert counts_file.parse(text, "f") == recorded
    assert counts_file.render(dict(reversed(recorded.items()))) == text


@given(st.lists(rows, min_size=1, max_size=5, unique_by=lambda row: row.path), st.data())
def test_own_differences_add_up(before: list[FlopsRow], data: st.DataObject) -> None:
    """The named modules' changes are all of the change of the model."""

    def tree(rows: list[FlopsRow]) -> tuple[FlopsRow, ...]:
        macs, other = sum(row.macs or 0 for row in rows), sum(row.other_flops or 0 for row in rows)
        return (
            FlopsRow("(root)", "Model", 1, macs + 7, other + 5),
            FlopsRow("a", "Block", 1, macs + 3, other),
            *(FlopsRow(f"a.{row.path}", row.type, row.calls, row.macs, row.other_flops) for row in rows),
        )

    before = [FlopsRow(f"m{i}", *list(vars(row).values())[1:]) for i, row in enumerate(before)]
    after = data.draw(st.lists(rows, max_size=5, unique_by=lambda row: row.path))
    after = [FlopsRow(f"m{i + 1}", *list(vars(row).values())[1:]) for i, row in enumerate(after)]
    change = compare(tree(before), tree(after))
    assert sum(m.macs[1] - m.macs[0] for m in change.modules) == change.macs[1] - change.macs[0]
    assert sum(m.other_flops[1] - m.other_flops[0] for m in change.modules) == (
        change.other_flops[1] - change.other_flops[0]
    )
    assert bool(change) == (tree(before) != tree(after))
