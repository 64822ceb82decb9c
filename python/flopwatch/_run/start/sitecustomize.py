# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Python imports this file at its start where `flopwatch run` has put its folder in front of PYTHONPATH.

It imports neither torch nor flopwatch: it waits for the program to import torch, and runs the sitecustomize that
Python would have run without it.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing takes longer to import than all that is here
if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class _AtTorch:
    """Lets the other finders find torch, and begins the recording when torch has been executed."""

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "torch":
            return None
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec: ModuleSpec | None = find(name, path, target)
            if spec is not None:
                self._begin_after(spec.loader)
                return spec
        return None

    def _begin_after(self, loader: Loader | None) -> None:
        if loader is None or not hasattr(loader, "exec_module"):
            return
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            vars(loader).pop("exec_module", None)  # as the loader was, whoever looks at it
            execute(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
                _begin()

        try:
            loader.exec_module = exec_module  # type: ignore[method-assign]
        except AttributeError:  # one that takes no attributes: torch is imported, and nothing is recorded
            pass


def _begin() -> None:
    loading = sys.modules.get("flopwatch._load")
    if loading is not None and not hasattr(loading, "native"):  # it is flopwatch that imports torch
        loading.afterwards = _begin  # type: ignore[attr-defined]
        return
    try:
        from flopwatch._run.begin import at_torch

        at_torch()
    except Exception as error:
        if "FLOPWATCH_RUN_REFUSED" in os.environ:  # the program that started this one has said so
            return
        os.environ["FLOPWATCH_RUN_REFUSED"] = "1"
        why = " ".join(str(error).split())
        if isinstance(error, ImportError):
            why = f"flopwatch cannot be imported by {sys.executable}: {why}"
        try:
            os.write(2, f"flopwatch run: nothing is recorded: {why}\n".encode())
        except OSError:
            pass


def _run_the_next_one() -> None:
    """The sitecustomize that would have been imported. It is imported under that name, and what it raises is raised,
    so that Python treats it as always."""
    this = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
    except ImportError as error:
        sys.modules["sitecustomize"] = this
        if error.name != "sitecustomize":
            raise
    except BaseException:
        sys.modules["sitecustomize"] = this
        raise


if __name__ == "sitecustomize":
    _folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if entry != _folder]
    if "FLOPWATCH_RUN" in os.environ:
        if "torch" in sys.modules:  # a .pth file has imported it
            _begin()
        else:
            sys.meta_path.insert(0, _AtTorch())
    _run_the_next_one()
