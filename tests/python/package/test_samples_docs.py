# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""README.md, docs/python.md, docs/meter.md and docs/ci-guards.md: their code runs, and prints what they show."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from sample_programs import SAMPLES, attention_model, seed_rows

DOCS = SAMPLES.parents[1] / "docs"
GUIDE = (DOCS / "python.md").read_text()
MACHINE = re.compile(r" *(recorded|device|measured|program):")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

pytest_plugins = ["pytester"]


def steps(text: str) -> Iterator[tuple[str, str | None]]:
    """Each python block, and the text block that follows it at once."""
    blocks = list(BLOCK.finditer(text))
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if block[1] == "python":
            adjacent = (
                following is not None and following[1] == "text" and not text[block.end() : following.start()].strip()
            )
            yield block[2], following[2] if adjacent and following is not None else None


def without_machine(text: str) -> list[str]:
    """The lines that say when and where it ran differ from run to run."""
    return [line.rstrip() for line in text.strip().splitlines() if not MACHINE.match(line)]


@pytest.mark.skipif(torch.cuda.is_available(), reason="the guide shows a machine without a GPU")
def test_the_guide_prints_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "guide"}
    shown = 0
    for code, expected in steps(GUIDE):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "docs/python.md", "exec"), namespace)
        if expected is not None:
            shown += 1
            assert without_machine(printed.getvalue()) == without_machine(expected), code
    assert shown == 8


def test_the_guides_table_is_that_of_the_sample() -> None:
    [table] = [block[2] for block in BLOCK.finditer(GUIDE) if block[2].startswith(" #  model")]
    expected = [seed_rows.HEADER]
    for number, case in enumerate(attention_model.CASES, 1):
        if case.begins_table and number > 1:
            expected.append("")
        expected.append(seed_rows.row(number, case, *seed_rows.count(case, attention_model.Sizes())))
    assert table == "\n".join(expected) + "\n"


# ---- docs/meter.md


def test_the_meters_page_prints_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "page"}
    shown = 0
    for code, expected in steps((DOCS / "meter.md").read_text()):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "docs/meter.md", "exec"), namespace)
        if expected is not None:
            shown += 1
            assert printed.getvalue() == expected, code
    assert shown == 1 and (tmp_path / "steps.csv").exists()


# ---- README.md


def test_the_readmes_program_runs_in_a_folder_of_its_own(tmp_path: Path) -> None:
    """Its own process knows the package and torch alone."""
    [code] = [code for code, _ in steps((DOCS.parent / "README.md").read_text())]
    (tmp_path / "program.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("Data losses: none") == 2 and "GELU" in done.stdout and "backward" in done.stdout
    assert (tmp_path / "model.flops").stat().st_size > 0


# ---- docs/ci-guards.md

PAGE = (DOCS / "ci-guards.md").read_text()


def test_the_assertion_of_the_page() -> None:
    """Its model is that of the guide."""
    namespace: dict[str, object] = {}
    exec(next(steps(GUIDE))[0].partition("model, x =")[0], namespace)
    code, failing = BLOCK.findall(PAGE)[0][1], BLOCK.findall(PAGE)[1][1]
    exec(code, namespace)
    namespace["test_cost"]()
    exec(code.replace("2_144_010_240", "2_000_000_000"), namespace)
    with pytest.raises(AssertionError) as caught:
        namespace["test_cost"]()
    assert str(caught.value) == failing.rstrip("\n")


def test_the_fixture_of_the_page(pytester: pytest.Pytester) -> None:
    test, recorded, failing, large = (block for _, block in BLOCK.findall(PAGE)[2:])
    pytester.makepyfile(test_model=test)
    options = ("-p", "no:cacheprovider", "--tb=short")
    pytester.runpytest_subprocess(*options, "--flops-record", timeout=300).assert_outcomes(passed=1)
    assert (pytester.path / "flops.txt").read_text() == recorded
    pytester.makepyfile(test_model=test.replace("width=256", "width=320") + large)
    done = pytester.runpytest_subprocess(*options, "--flops-check", timeout=300)
    done.assert_outcomes(failed=2)  # the large one has not been recorded
    said = [line.removeprefix("E").removeprefix("   ") for line in done.outlines if line.startswith("E  ")]
    assert "\n".join(said[: len(failing.splitlines())]) == failing.rstrip("\n")
