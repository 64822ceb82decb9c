# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Prints the folder that holds the torch package of the running Python, or an empty line; imports nothing of torch.

While pip builds a package in isolation, the packages of the environment cannot be imported; their folders are known
all the same.
"""

from __future__ import annotations

import importlib.util
import site
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path


def uses_base() -> bool:
    """Whether packages outside a virtual environment are seen: in none, or in one made with --system-site-packages."""
    if sys.prefix == sys.base_prefix:
        return True
    settings = Path(sys.prefix, "pyvenv.cfg")
    lines = settings.read_text(errors="replace").splitlines() if settings.is_file() else []
    return any("".join(line.lower().split()) == "include-system-site-packages=true" for line in lines)


def folders() -> Iterator[Path]:
    """Where torch may lie, in the order in which Python would look."""
    spec = importlib.util.find_spec("torch")
    if spec is not None and spec.origin:
        yield Path(spec.origin).parent.parent
    kinds = ("purelib", "platlib")
    yield from (Path(sysconfig.get_path(kind)) for kind in kinds)
    if uses_base():
        yield Path(site.getusersitepackages())
        base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
        yield from (Path(sysconfig.get_path(kind, vars=base)) for kind in kinds)


print(next((folder for folder in folders() if (folder / "torch/lib/libtorch_cpu.so").is_file()), ""))
