# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""README.md shows a program and the table it prints: both must be true."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def block(language):
    found = re.search(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no {language} block"
    return found.group(1)


def without_machine(text):
    """The lines that say when and where it ran differ from run to run."""
    return [line for line in text.splitlines() if not re.match(r" *(recorded|device|measured|program):", line)]


def test_the_code_is_the_sample():
    source = (ROOT / "samples/readme/main.cpp").read_text()
    assert block("cpp").strip() == source.split("prints.\n", 1)[1].strip()


def test_the_table_is_what_it_prints():
    bin_dir = os.environ.get("FLOPWATCH_BIN_DIR")
    if not bin_dir:
        pytest.skip("FLOPWATCH_BIN_DIR is not set: run through ctest")
    out = subprocess.run([str(pathlib.Path(bin_dir) / "readme")], capture_output=True, text=True, timeout=120, check=True)
    assert without_machine(block("text")) == without_machine(out.stdout)
