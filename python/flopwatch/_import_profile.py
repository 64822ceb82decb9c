# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Captures from files that another profiler wrote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from . import _arguments as arguments
from ._errors import UsageError
from ._result import Result, open_capture

Format = Literal["ncu", "kineto", "nsys"]


def import_profile(
    files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    capture: str | os.PathLike[str] | None = None,
    *,
    format: Format | None = None,  # noqa: A002  (as the command's option is named)
    chip: str | None = None,
    operators: str | os.PathLike[str] | None = None,
    model: str | Callable[[], tuple[Any, Any]] | None = None,
) -> Result:
    """Makes a capture from `files` of Nsight Compute (CSV), torch.profiler (JSON) or Nsight Systems (SQLite).

    `capture`: where it is written; by default in the folder of the first file, with the ending `.flops`. `format`:
    what the files are; by default found by what is in them. `chip`: what CUPTI calls the GPU's chip. `operators`: a
    capture of the same model, whose operator and formula columns are taken over. `model`: instead, a factory (a
    function, or "module:factory") that returns the model and a tuple of its inputs; one forward is counted, on a CPU.

    Runs the command line program that comes with the package. Raises UsageError for a file that cannot be imported.
    """
    paths = [files] if isinstance(files, (str, os.PathLike)) else list(files)
    if not paths:
        raise UsageError("there is no file to import: give one path or several")
    if operators is not None and model is not None:
        raise UsageError("operators and model say the same: give one of them")
    words = [program(), "import", "--json", *(str(arguments.path("a file", p)) for p in paths)]
    for option, value in (("--output", capture), ("--format", format), ("--chip", chip), ("--operators", operators)):
        if value is not None:
            words += [option, os.fspath(value)]
    if model is None:
        return _run(words)
    with tempfile.TemporaryDirectory(prefix="flopwatch-") as folder:
        recorded = os.path.join(folder, "model.flops")
        _record(model, recorded)
        return _run([*words, "--operators", recorded])


def program() -> str:
    """The command line program: that of this environment, else the one on PATH."""
    own = Path(sysconfig.get_path("scripts")) / "flopwatch"
    found = str(own) if own.is_file() else shutil.which("flopwatch")
    if found is None:
        raise UsageError("the program flopwatch is not there: install the package again, or put it on PATH")
    return found


def _record(model: str | Callable[[], tuple[Any, Any]], capture: str) -> None:
    from ._count import count
    from ._import_model import model_and_inputs

    made, inputs = model_and_inputs(model) if isinstance(model, str) else model()
    count(made, inputs, warmup=0, capture=capture)


def _run(words: list[str]) -> Result:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    with_data_loss = 5
    if done.returncode not in (0, with_data_loss):
        raise UsageError(done.stderr.strip().removeprefix("flopwatch: ") or f"it ended with {done.returncode}")
    return open_capture(json.loads(done.stdout)["capture"])
