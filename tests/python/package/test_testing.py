# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""flopwatch.testing: a model held against a number, and against a file of recorded counts."""

from __future__ import annotations

import os
import re
import stat
import threading
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import flopwatch
from common_models import Attention, Block, CustomModule, attention_macs
from flopwatch._guard import file as counts_file
from flopwatch._guard.diff import compare
from flopwatch._guard.file import FlopsRow
from flopwatch.testing import assert_flops, check_flops, record_flops

DIM, HEADS, TOKENS = 24, 2, 4
QKV, PROJ, PRODUCTS = TOKENS * DIM * 3 * DIM, TOKENS * DIM * DIM, 2 * DIM * TOKENS * TOKENS
ALL = QKV + PROJ + PRODUCTS


def attention() -> nn.Module:
    return CustomModule(DIM, HEADS)


def tokens() -> torch.Tensor:
    return torch.randn(1, TOKENS, DIM)


def complaint(*args: object, **options: object) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_flops(*args, **options)
    return str(caught.value)


# ---- assert_flops


def test_what_is_expected_passes_and_is_returned() -> None:
    result = assert_flops(attention(), tokens(), macs=ALL)
    assert result.total.operator.macs == ALL
    assert result.total.formula is None
    assert_flops(attention(), (tokens(),), flops=2 * ALL)
    assert_flops(nn.Linear(3, 5), kwargs={"input": torch.randn(2, 3)}, macs=30)


def test_the_message() -> None:
    """Expected, got, the difference, and who did it by their own work."""
    text = complaint(attention(), tokens(), macs=ALL - 84)
    assert text.splitlines() == [
        f"CustomModule: {ALL:,} MACs in the operator column, expected {ALL - 84:,}: 84 more, +0.85%",
        "  made up of, by the modules' own work",
        f"     {QKV:,}  attn.qkv (Linear): aten::linear",
        f"     {PROJ:,}  attn.proj (Linear): aten::linear",
        f"       {PRODUCTS:,}  attn (Attention): aten::bmm",
    ]


def test_flops_are_twice_the_macs() -> None:
    text = complaint(attention(), tokens(), flops=ALL)
    assert f"{2 * ALL:,} FLOPs in the operator column, expected {ALL:,}: {ALL:,} more, +100.00%" in text
    assert f"{2 * QKV:,}  attn.qkv (Linear)" in text


def test_fewer_and_none_at_all() -> None:
    assert f"expected {ALL + 1:,}: 1 fewer, -0.01%" in complaint(attention(), tokens(), macs=ALL + 1)
    assert "0 MACs in the operator column, expected 1: 1 fewer, -100.00%\n  no module did any" in complaint(
        nn.ReLU(), tokens(), macs=1
    )
    assert_flops(nn.ReLU(), tokens(), macs=0)
    assert "expected 0: 30 more\n" in complaint(nn.Linear(3, 5), torch.randn(2, 3), macs=0)


def test_the_tolerance_is_part_of_the_expected_number() -> None:
    model, x = nn.Linear(10, 10), torch.randn(1, 10)
    assert_flops(model, x, macs=80, tolerance=0.25)
    assert_flops(model, x, macs=125, tolerance=0.2)
    assert "expected 81: 19 more, +23.46%; 23.00% is allowed" in complaint(model, x, macs=81, tolerance=0.23)
    complaint(model, x, macs=126, tolerance=0.2)


def test_many_modules_are_folded_and_calls_told() -> None:
    widths = range(2, 13)
    model = nn.Sequential(*(nn.Sequential(nn.Linear(n, n + 1, bias=False)) for n in widths))
    lines = complaint(model, torch.randn(1, 2), macs=1).splitlines()
    rest = sum(n * (n + 1) for n in list(widths)[:3])
    assert len(lines) == 2 + 8 + 1
    assert lines[2].endswith("156  10.0 (Linear): aten::linear")
    assert lines[-1].split() == [f"{rest}", "3", "more", "modules"]
    twice = Block(calls=["fc", "fc"], fc=nn.Linear(3, 3))
    assert "18  fc (Linear), 2 calls: aten::linear" in complaint(twice, torch.randn(1, 3), macs=1)


def test_the_formula_column() -> None:
    rules = {Attention: attention_macs}
    assert_flops(attention(), tokens(), macs=QKV + PROJ, column="formula")
    assert_flops(attention(), tokens(), macs=ALL, column="formula", custom_ops=rules)
    text = complaint(attention(), tokens(), macs=1, column="formula", custom_ops=rules)
    assert f"{ALL:,} MACs in the formula column, expected 1" in text
    assert text.splitlines()[2:] == [f"     {ALL:,}  attn (Attention)"]
    # On the root thop counts the children beside the rule, and the rows are those that it adds up.
    text = complaint(Attention(DIM, HEADS), tokens(), macs=1, column="formula", custom_ops=rules)
    assert f"{ALL + QKV + PROJ:,} MACs in the formula column, expected 1" in text
    assert [int(line.split()[0].replace(",", "")) for line in text.splitlines()[2:]] == [ALL, QKV, PROJ]


def test_an_absent_column_is_no_number() -> None:
    text = complaint(attention(), tokens(), macs=ALL, column="formula", formula=None)
    assert "the formula column has none: formula=None asks for no formula" in text
    if not torch.cuda.is_available():
        text = complaint(attention(), tokens(), macs=ALL, column="measured")
        assert re.search(r"the measured column has none: not collected: .+", text)


FFT = "aten::_fft_r2c"


class Rfft(nn.Module):
    """An operator that no rule counts, and a product."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.fft.rfft(x).abs() @ torch.ones(x.shape[-1] // 2 + 1, 3)


def test_operators_without_a_rule_fail_unless_allowed() -> None:
    macs = 2 * 5 * 3
    model, x = Block(mixer=Rfft()), torch.randn(2, 8)
    assert complaint(model, x, macs=macs).splitlines() == [
        f"Block: {macs} MACs in the operator column, as expected, but that is not all of its work",
        f"  not counted: {FFT}, 1 call in mixer: the operator column lacks its work",
        "  give them a rule (operator_rules), or name them in allow_unsupported",
    ]
    assert_flops(model, x, macs=macs, allow_unsupported=[FFT])
    assert_flops(model, x, macs=macs, allow_unsupported=FFT)
    assert_flops(model, x, macs=macs + 8, operator_rules={FFT: lambda call: 8})
    assert f"not counted: {FFT}" in complaint(model, x, macs=macs + 1)
    assert f"not counted: {FFT}" not in complaint(model, x, macs=macs + 1, allow_unsupported=[FFT])


@pytest.mark.parametrize(
    "options",
    [{}, {"macs": 1, "flops": 2}, {"macs": 1, "tolerance": -0.1}, {"macs": 1, "tolerance": float("nan")}]
    + [{"macs": 1, "column": "thop"}, {"macs": 1, "tolerance": True}],
)
def test_what_makes_no_sense_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(flopwatch.UsageError):
        assert_flops(attention(), tokens(), **options)


# ---- record_flops and check_flops


def count(model: nn.Module, x: torch.Tensor) -> flopwatch.Result:
    return flopwatch.count(model, x, formula=None, warmup=0)


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
        f"                  ?                   ?      1  mixer: {FFT}\n"
    )
    check_flops(path, "zebra", count(Block(mixer=Rfft()), torch.randn(2, 8)))
    check_flops(path, "attention of 4 tokens", count(attention(), tokens()))


def changed(path: Path, before: nn.Module, after: nn.Module, x: torch.Tensor, tolerance: float = 0.0) -> str:
    record_flops(path, "model", count(before, x))
    with pytest.raises(AssertionError) as caught:
        check_flops(path, "model", count(after, x), tolerance=tolerance)
    return str(caught.value)


def test_a_costlier_model_names_the_deepest_module(tmp_path: Path) -> None:
    path = tmp_path / "f.txt"
    before = Block(a=Block(b=nn.Linear(4, 4), c=nn.Linear(4, 4)), d=nn.ReLU())
    after = Block(a=Block(b=nn.Linear(4, 4), c=nn.Linear(4, 6, bias=False)), d=nn.ReLU())
    assert changed(path, before, after, torch.randn(1, 4)).splitlines() == [
        f"model: the model costs more than recorded in {path}",
        "  MACs         32 recorded, 40 now: +8 (+25.00%)",
        "  other FLOPs  8 recorded, 4 now: -4 (-50.00%)",
        "  by the modules' own work, without the modules below them:",
        "    a.c (Linear): +8 MACs (16 recorded, 24 now), -4 other FLOPs (4 recorded, 0 now)",
    ]


def test_a_cheaper_model_fails_too(tmp_path: Path) -> None:
    before = Block(calls=["a", "a"], a=nn.Linear(4, 4))
    text = changed(tmp_path / "f", before, Block(calls=["a"], a=nn.Linear(4, 4)), torch.randn(1, 4))
    assert "the model costs less than recorded" in text
    assert "a (Linear): called 1 times, recorded 2, -16 MACs (32 recorded, 16 now)" in text


def test_new_gone_and_exchanged_modules_are_named(tmp_path: Path) -> None:
    x = torch.randn(1, 4)
    before, after = Block(a=nn.Linear(4, 4), b=nn.ReLU()), Block(c=nn.Linear(4, 4), b=nn.GELU())
    text = changed(tmp_path / "f", before, after, x)
    assert "a (Linear): a module that is gone, -16 MACs (16 recorded, 0 now)" in text
    assert "c (Linear): a new module, +16 MACs (0 recorded, 16 now)" in text
    assert "b (GELU): it was a ReLU, +8 other FLOPs (0 recorded, 8 now)" in text
    moved = changed(tmp_path / "f", Block(a=nn.Linear(4, 4)), Block(c=nn.Linear(4, 4)), x)
    assert "the model costs what is recorded, but its modules are not those recorded" in moved
    idle = changed(tmp_path / "f", Block(a=nn.Linear(4, 4)), Block(a=nn.Linear(4, 4), b=nn.Identity()), x)
    assert idle.splitlines()[-1] == "    b (Identity): a new module"


class Functional(nn.Module):
    def __init__(self, products: int) -> None:
        super().__init__()
        self.fc, self.products = nn.Linear(4, 4, bias=False), products

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.fc(x)
        for _ in range(self.products):
            x = x @ torch.ones(4, 4)
        return x


def test_functional_work_is_named_where_it_is(tmp_path: Path) -> None:
    text = changed(tmp_path / "f", Block(a=Functional(1)), Block(a=Functional(3)), torch.randn(1, 4))
    assert text.splitlines()[-1] == "    a (Functional): +32 MACs (16 recorded, 48 now)"
    text = changed(tmp_path / "f", Functional(1), Functional(2), torch.randn(1, 4))
    assert text.splitlines()[-1] == "    the root (Functional): +16 MACs (16 recorded, 32 now)"


def test_the_tolerance_is_part_of_the_total(tmp_path: Path) -> None:
    """16 of 100 MACs more, in one module; 0.16 of the total is 16."""
    path, x = tmp_path / "f", torch.randn(1, 4)
    before = Block(a=nn.Linear(4, 4, bias=False), b=nn.Linear(4, 21, bias=False))
    after = Block(a=nn.Linear(4, 4, bias=False), x=Functional(0), b=nn.Linear(4, 21, bias=False))
    record_flops(path, "model", count(before, x))
    check_flops(path, "model", count(after, x), tolerance=0.16)
    assert "x.fc (Linear): a new module, +16 MACs" in changed(path, before, after, x, tolerance=0.15)
    check_flops(path, "model", count(before, x))


def test_the_tolerance_is_of_other_work_by_itself(tmp_path: Path) -> None:
    x = torch.randn(1, 4)
    before, after = Block(a=nn.Linear(4, 4), b=nn.GELU()), Block(a=nn.Linear(4, 4), b=nn.SiLU(), c=nn.SiLU())
    text = changed(tmp_path / "f", before, after, x, tolerance=0.5)
    assert "16 recorded, 16 now\n" in text  # MACs
    assert "c (SiLU): a new module, +8 other FLOPs" in text


def test_an_operator_that_is_not_counted_is_never_tolerated(tmp_path: Path) -> None:
    class Sum(Rfft):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[:, :5].exp() @ torch.ones(5, 3)

    x, path = torch.randn(2, 8), tmp_path / "f"
    text = changed(path, Block(mixer=Sum()), Block(mixer=Rfft()), x, tolerance=9.0)
    assert text.startswith("model: operators without a count are not those recorded")
    assert text.endswith(f"\n  not counted, so the numbers lack its work: {FFT} in mixer; it is new")
    text = changed(path, Block(mixer=Rfft()), Block(mixer=Sum()), x, tolerance=9.0)
    assert text.endswith(f"no longer there, or counted now: {FFT} in mixer, which was recorded as not counted")
    twice = Block(calls=["m", "m"], m=Block(mixer=Rfft(), back=nn.Linear(3, 8)))
    once = Block(calls=["m"], m=twice.m)
    text = changed(path, twice, once, x, tolerance=9.0)
    assert text.endswith(f"not counted: {FFT} in m.mixer has 1 calls, 2 were recorded")


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
