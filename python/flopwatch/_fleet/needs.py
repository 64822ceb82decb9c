# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The packages of the extra `fleet`, which are imported when they are needed."""

from __future__ import annotations

import importlib
from typing import Any

from .._errors import UsageError


def package(name: str) -> Any:
    """Raises UsageError where it is not installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name.partition(".")[0]:
            raise
        raise UsageError(
            f"the package {missing.name} is not installed, and folders of many ranks need it: "
            "pip install 'flopwatch[fleet]'"
        ) from None
