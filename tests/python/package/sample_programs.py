# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The programs of samples/python as modules: `from sample_programs import quickstart`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

SAMPLES = Path(__file__).resolve().parents[3] / "samples/python"


def __getattr__(name: str) -> ModuleType:
    if name.startswith("_") or not (SAMPLES / f"{name}.py").is_file():
        raise AttributeError(name)
    if str(SAMPLES) not in sys.path:
        sys.path.append(str(SAMPLES))  # they import each other, as they do when they are run
    return importlib.import_module(name)
