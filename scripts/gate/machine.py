# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The machine that the gate runs on: its GPU, driver, tools."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path


def gpus() -> int:
    """How many GPUs the driver shows to this process; 0 without a driver."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value


def tool(name: str, *folders: str) -> Path | None:
    found = shutil.which(name) or next((f for d in folders if (f := shutil.which(name, path=d))), None)
    return Path(found) if found else None


def nvcc() -> Path | None:
    named = os.environ.get("NVCC")
    return Path(named) if named else tool("nvcc", "/usr/local/cuda/bin")


def ncu(stand_in: bool = False) -> Path | None:
    named = os.environ.get("NCU")
    if not named and stand_in:
        return Path(__file__).resolve().parents[2] / "tests/gpu/standin_ncu/ncu"
    return Path(named) if named else tool("ncu", "/usr/local/cuda/bin")


def _first_line(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout.strip().splitlines() or [""])[-1]


def torch_version() -> str:
    """Without loading torch, which takes seconds; "" without torch."""
    found = importlib.util.find_spec("torch")
    file = Path(found.origin).parent / "version.py" if found and found.origin else None
    said = re.search(r"^__version__ = '([^']+)'", file.read_text(), re.M) if file and file.is_file() else None
    return said[1] if said else ""


def commit(root: Path, sources: Path | None) -> str:
    """Of the source tree; a copy without its history has it next to the third-party sources."""
    if found := _first_line("git", "-C", str(root), "rev-parse", "HEAD"):
        dirty = _first_line("git", "-C", str(root), "status", "--porcelain", "--untracked-files=no")
        return found + ("-changed" if dirty else "")
    carried = sources / "commit.txt" if sources else None
    return carried.read_text().strip() + "-copied" if carried and carried.is_file() else "unknown"


def describe(root: Path, sources: Path | None) -> dict:
    query = "--query-gpu=name,driver_version,compute_cap,mig.mode.current"
    return {
        "flopwatch_commit": commit(root, sources),
        "flopwatch_version": (root / "VERSION").read_text().strip(),
        "gpu": _first_line("nvidia-smi", query, "--format=csv,noheader"),
        "gpus": gpus(),
        "nvcc": _first_line(str(nvcc()), "--version") if nvcc() else "",
        "ncu": _first_line(str(ncu()), "--version") if ncu() else "",
        "python": platform.python_version(),
        "torch": torch_version(),
        "kernel": platform.release(),
        "cpu_count": os.cpu_count(),
    }
