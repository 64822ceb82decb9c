# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`pip install` of the source distribution into a fresh environment that has torch, as users have it.

It compiles everything, which takes minutes, and fetches scikit-build-core: only with FLOPWATCH_ALL_TESTS=1.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NOT_SHARED = ("flopwatch", "scikit_build_core", "pip", "setuptools", "pytest", "_pytest", "__pycache__")

CODE = """
import torch, flopwatch
from flopwatch import _build, _native
assert torch.__version__.startswith(_build.TORCH_VERSION), (torch.__version__, _build.TORCH_VERSION)
model = torch.nn.Linear(3, 5)
result = flopwatch.count(model, (torch.ones(7, 3),))
assert result.total.operator.macs == 7 * 3 * 5, result.total
print(flopwatch.__file__)
"""

pytestmark = pytest.mark.skipif(
    os.environ.get("FLOPWATCH_ALL_TESTS") != "1", reason="takes minutes: set FLOPWATCH_ALL_TESTS=1"
)


def run(*command: str | Path, cwd: Path, cmake_args: str = "") -> str:
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    environment["CMAKE_ARGS"] = cmake_args
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment_with_torch(folder: Path) -> Path:
    """A virtual environment that shares the big packages of this one by links.

    returns its Python
    """
    run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
    python = folder / "bin/python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run(python, "-c", ask, cwd=folder).strip())
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(NOT_SHARED) and not (packages / entry.name).exists():
            (packages / entry.name).symlink_to(entry)
    return python


@pytest.mark.parametrize(
    "cmake_args",
    ["", "-DFLOPWATCH_CUPTI=OFF -DFLOPWATCH_NVTX=OFF"],
    ids=["as it comes", "as for a torch without CUDA's headers"],
)
def test_install_from_the_source_distribution(tmp_path: Path, cmake_args: str) -> None:
    if importlib.util.find_spec("scikit_build_core") is None:
        pytest.skip("scikit-build-core is not installed")
    sources = tmp_path / "sources"
    code = f"from scikit_build_core.build import build_sdist\nbuild_sdist({str(sources)!r})"
    run(sys.executable, "-c", code, cwd=ROOT)
    [archive] = sources.iterdir()

    python = environment_with_torch(tmp_path / "fresh")
    # With isolation, which is pip's default; torch is there already, so nothing else is fetched.
    install = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", archive]
    run(python, *install, cwd=tmp_path, cmake_args=cmake_args)
    assert str(tmp_path / "fresh") in run(python, "-c", CODE, cwd=tmp_path)
    assert run(tmp_path / "fresh/bin/flopwatch", "--version", cwd=tmp_path).strip()
