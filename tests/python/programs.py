# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The programs of the build, and what they print as JSON. No GPU is needed: those of this machine are hidden.

FLOPWATCH_BIN_DIR names the folder of the programs, build/bin by default, FLOPWATCH_TEST_BIN_DIR that of the test
programs, build/tests by default. Where a document must come from a GPU, the stand-in of tests/standin takes its place.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN_DIR = Path(os.environ.get("FLOPWATCH_BIN_DIR", ROOT / "build" / "bin"))
TEST_BIN_DIR = Path(os.environ.get("FLOPWATCH_TEST_BIN_DIR", BIN_DIR.parent / "tests"))
STANDIN = BIN_DIR.parent / "standin"
STANDIN_CUPTI = STANDIN / "libcupti.so.13"


def run(*command: str | Path, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """In this environment but for what is given; None removes a variable."""
    env = dict(os.environ)
    for key, value in {"CUDA_VISIBLE_DEVICES": "", "FLOPWATCH_CUPTI": None, **environment}.items():
        env.pop(key, None)
        if value is not None:
            env[key] = value
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


def flopwatch(*arguments: str | Path, code: int, **environment: str | None) -> dict:
    """The JSON that the program prints when it ends with `code`."""
    result = run(BIN_DIR / "flopwatch", *arguments, "--json", **environment)
    assert result.returncode == code, result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout)


def skip_without_cupti() -> None:
    if "built without CUPTI" in run(BIN_DIR / "flopwatch", "doctor").stderr:
        pytest.skip("the program was built without CUPTI")
