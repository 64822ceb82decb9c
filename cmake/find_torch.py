# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Prints the folder that holds the torch package of the running Python, or an empty line; imports nothing of torch.

While pip builds a package in isolation, it hides the packages of the environment from this Python. So this Python is
started once more, without the variables that pip has set: it then sees what a user of the environment sees, by way of
.pth files, of the system's packages below a virtual environment, or of a conda environment.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ASK = "import importlib.util as u; spec = u.find_spec('torch'); print(spec and spec.origin or '')"
SET_BY_PIP = ("PYTHONPATH", "PYTHONNOUSERSITE")


def origins() -> Iterator[str | None]:
    """Files of torch packages, the one that Python would import first."""
    spec = importlib.util.find_spec("torch")
    yield spec.origin if spec is not None else None
    environment = {name: value for name, value in os.environ.items() if name not in SET_BY_PIP}
    # In a folder with no Python packages, since `-c` looks there first.
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd="/", env=environment, capture_output=True, text=True, check=False
    )
    yield done.stdout.strip()


def has_libraries(folder: Path) -> bool:
    """In the package, as a wheel has them, or in the prefix around it, as conda-forge has them."""
    places = [folder / "torch/lib", *(parent / "lib" for parent in folder.parents[2:3])]
    return any((place / "libtorch_cpu.so").is_file() for place in places)


folders = (Path(origin).parent.parent for origin in origins() if origin)
print(next((folder for folder in folders if has_libraries(folder)), ""))
