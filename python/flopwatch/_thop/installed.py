# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The numbers of whichever package called `thop` is installed, run on a model that it must leave as it was."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import inspect
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from .._errors import UsageError
from .._load import native
from .guard import ModelGuard


def installed_thop() -> tuple[str, str]:
    """Name and version of the distribution that `import thop` takes, ("ultralytics-thop", "2.2.3") say.

    Raises UsageError when there is none. Does not import it if its metadata are available.
    """
    file = _file_of_thop()
    for distribution in importlib.metadata.distributions():
        if any(entry.as_posix() == "thop/__init__.py" for entry in distribution.files or ()):
            if Path(str(distribution.locate_file("thop/__init__.py"))).resolve() == file:
                return distribution.metadata["Name"], distribution.version
    return "thop", str(getattr(_imported_thop(), "__version__", "of unknown version"))


def profile_with_installed(model: nn.Module, inputs: Any, custom_ops: Any, options: Mapping[str, Any]) -> Any:
    """What the installed `thop.profile(model, inputs, custom_ops, **options)` returns.

    The model is put back after it: hooks, buffers, training flags, PyTorch's random state, also when it raises.
    Raises UsageError when no such package is installed, or it cannot be imported; else what `thop.profile` raises.
    """
    thop = _imported_thop()
    guard = ModelGuard(model)

    def put_back() -> None:
        guard.remove_new_hooks()
        guard.restore()

    return native.with_cleanup(lambda: thop.profile(model, inputs, custom_ops=custom_ops, **options), put_back)


def takes_stride() -> bool:
    """Whether the installed `thop.profile` knows the keyword `stride`, as ultralytics-thop does."""
    return "stride" in inspect.signature(_imported_thop().profile).parameters


def _file_of_thop() -> Path:
    spec = importlib.util.find_spec("thop")
    if spec is None or spec.origin is None:  # no origin: a folder of that name that is no package
        raise UsageError(
            "formula='installed' takes the numbers of the package thop, and none is installed; install thop or "
            "ultralytics-thop, or leave the argument out: flopwatch has the rules of thop 0.1.1 itself"
        )
    return Path(spec.origin).resolve()


def _imported_thop() -> ModuleType:
    file = _file_of_thop()
    try:
        return importlib.import_module("thop")
    except ImportError as error:
        hint = "; install setuptools<81, which stands in for distutils" if error.name == "distutils" else ""
        raise UsageError(f"the package thop in {file.parent} cannot be imported: {error}{hint}") from error
