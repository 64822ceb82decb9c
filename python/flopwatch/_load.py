# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Loads the compiled part of the package, `flopwatch._native`.

It is linked to the torch that it was built for, whose C++ interface changes with every minor version: with another
one it would crash or miss symbols. So the versions are compared before it is loaded. Importing this module is what
loads it; the package does so before anything else.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

_REINSTALL = (
    "Reinstall flopwatch in this environment, which builds it for the torch there:\n"
    "  pip install --force-reinstall --no-deps --no-cache-dir <the folder of the checkout, or flopwatch>"
)


afterwards: Callable[[], None] | None = None
"""What `flopwatch run` does once torch is imported, where flopwatch itself imports it: the package calls it."""


def _refuse(why: str, remedy: str = _REINSTALL) -> ImportError:
    return ImportError(f"{why}\n{remedy}", name="flopwatch._native")


def _minor_version(version: str) -> tuple[int, int] | None:
    """(2, 11) of "2.11.0+cu130"; None when it is no version."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return (int(numbers[1]), int(numbers[2])) if numbers else None


def _installed_torch() -> str:
    """The version of the installed torch, which is imported.

    Raises ImportError when there is none.
    """
    try:
        torch = importlib.import_module("torch")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise  # torch is there, and lacks something itself
        raise _refuse(
            "flopwatch needs PyTorch 2.7 or newer, and there is no torch in this environment.",
            "Install it, then flopwatch again, which is built for it:\n  pip install torch\n"
            "  pip install --force-reinstall --no-deps --no-cache-dir <the folder of the checkout, or flopwatch>",
        ) from error
    return str(getattr(torch, "__version__", "of an unknown version"))


def _built_for() -> str:
    """The version of torch that the compiled part was built for.

    Raises ImportError when nothing was built: the package is then the source folder.
    """
    try:
        build = importlib.import_module("flopwatch._build")
    except ModuleNotFoundError as error:
        raise _refuse(
            "This flopwatch is a folder of sources: it has no compiled part.",
            "Install it, with pip install <the folder of the checkout>, or build it there with make build and set\n"
            "PYTHONPATH to build/python, not to python.",
        ) from error
    return str(build.TORCH_VERSION)


def load() -> ModuleType:
    """Imports torch, then `flopwatch._native`.

    Raises ImportError, saying what to do, when there is no torch, when the installed one has another minor version
    than that which flopwatch was built for, and when the compiled part cannot be loaded.
    """
    installed, built_for = _installed_torch(), _built_for()
    if _minor_version(installed) != _minor_version(built_for):
        raise _refuse(f"flopwatch was built for torch {built_for}, and the installed torch is {installed}.")
    try:
        return importlib.import_module("flopwatch._native")
    except ImportError as error:
        raise _refuse(f"The compiled part of flopwatch cannot be loaded: {error}.") from error


if TYPE_CHECKING:
    from . import _native

    native = _native
else:
    native = load()
