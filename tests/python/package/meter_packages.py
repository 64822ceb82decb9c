# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The packages that the meter sends its figures to, in a folder of their own: requirements-meter.txt."""

import importlib.util
import sys
from pathlib import Path

import pytest


def use(patch, *names):
    """Makes them importable while the test runs, or skips it."""
    folders = [str(Path(sys.prefix) / "peers" / folder) for folder in ("meter", "zoo")]
    patch.setattr(sys, "path", [*sys.path, *folders])
    missing = [name for name in names if not _is_there(name)]
    if missing:
        pytest.skip(f"{', '.join(missing)} missing: requirements-meter.txt says how they are installed")


def _is_there(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # of the package around it
        return False
