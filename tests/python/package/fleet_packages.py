# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The packages that read folders of many ranks, in a folder of their own: requirements-fleet.txt."""

import importlib.util
import sys
from pathlib import Path

import pytest

FOLDER = Path(sys.prefix) / "peers" / "fleet"


def use(*names):
    """Makes them importable, or skips the module of tests."""
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(
            f"{', '.join(missing)} missing: requirements-fleet.txt says how they are installed",
            allow_module_level=True,
        )
