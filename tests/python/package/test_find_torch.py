# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""cmake/find_torch.py: where a build finds the torch of its Python, in made-up environments with a made-up torch."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
VERSION = f"python3.{sys.version_info.minor}"

# As pip hides the packages of an environment from a build.
HIDE = """
import site, sys
seen, known = sys.path[:], set()
for folder in site.getsitepackages():
    site.addsitedir(folder, known)
hidden = sys.path[len(seen):]
sys.path = [path for path in seen if path not in hidden]
"""


def run(*command: str | Path, **environment: str) -> str:
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON") and k != "VIRTUAL_ENV"}
    done = subprocess.run(command, env={**env, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A Python with no package, laid out as a conda environment: bin/python and lib/python3.x/site-packages."""
    home, folder = Path(os.__file__).parent, tmp_path / "conda"
    for name in ("bin", f"lib/{VERSION}/site-packages"):
        (folder / name).mkdir(parents=True)
    shutil.copy(os.path.realpath(sys._base_executable), folder / "bin/python")
    for entry in [*home.iterdir(), *home.parent.glob("libpython*.so*")]:
        if entry.name not in {"site-packages", "dist-packages", "__pycache__", "sitecustomize.py"}:
            (folder / entry.relative_to(home.parent.parent)).symlink_to(entry)
    if run(folder / "bin/python", "-c", "import sys; print(sys.prefix)") != str(folder):
        pytest.skip("this Python cannot be copied")
    return folder


def site_packages(python: Path) -> Path:
    folder = Path(run(python, "-c", "import site; print(site.getsitepackages()[-1])"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def virtual(prefix: Path, *options: str) -> Path:
    """The Python of a virtual environment that is made of another one."""
    folder = prefix.parent / "venv"
    run(prefix / "bin/python", "-m", "venv", "--without-pip", *options, folder)
    return folder / "bin/python"


def put_torch(folder: Path, libraries: Path | None = None) -> Path:
    (folder / "torch").mkdir(parents=True)
    (folder / "torch/__init__.py").write_text("raise SystemError('this must not be imported')\n")
    libraries = libraries or folder / "torch/lib"
    libraries.mkdir(parents=True, exist_ok=True)
    (libraries / "libtorch_cpu.so").touch()
    return folder


@pytest.fixture(params=["plain", "hidden"])
def found(request: pytest.FixtureRequest, tmp_path: Path):
    """Asks a Python, as a plain build does and as an isolated one does."""
    environment: dict[str, str] = {}
    if request.param == "hidden":
        (tmp_path / "pip").mkdir()
        (tmp_path / "pip/sitecustomize.py").write_text(HIDE)
        environment = {"PYTHONPATH": str(tmp_path / "pip"), "PYTHONNOUSERSITE": "1"}

    def ask(python: Path, **more: str) -> str:
        return run(python, ROOT / "cmake/find_torch.py", **environment, **more)

    return ask


def test_in_a_virtual_environment(prefix: Path, found) -> None:
    python = virtual(prefix)
    put_torch(site_packages(prefix / "bin/python"))  # which it does not see
    assert found(python) == ""
    torch = put_torch(site_packages(python))
    assert found(python) == str(torch)


def test_by_the_packages_of_the_system(prefix: Path, found) -> None:
    python = virtual(prefix, "--system-site-packages")
    assert found(python) == ""
    torch = put_torch(site_packages(prefix / "bin/python"))
    assert found(python) == str(torch)


@pytest.mark.parametrize("line", ["{folder}", "import site; site.addsitedir({folder!r})"])
def test_by_a_pth_file(prefix: Path, tmp_path: Path, line: str, found) -> None:
    python = virtual(prefix)
    torch = put_torch(tmp_path / "elsewhere")
    (site_packages(python) / "shared.pth").write_text(line.format(folder=str(torch)) + "\n")
    assert found(python) == str(torch)


def test_of_the_user(prefix: Path, tmp_path: Path, found) -> None:
    base = {"PYTHONUSERBASE": str(tmp_path / "local")}
    folder = run(prefix / "bin/python", "-m", "site", "--user-site", **base)
    torch = put_torch(Path(folder))
    assert found(prefix / "bin/python", **base) == str(torch)
    assert found(virtual(prefix), **base) == ""


def test_in_a_conda_environment(prefix: Path, found) -> None:
    python = prefix / "bin/python"
    assert found(python, CONDA_PREFIX=str(prefix)) == ""
    torch = put_torch(site_packages(python))
    assert found(python, CONDA_PREFIX=str(prefix)) == str(torch)


def test_with_the_libraries_in_the_prefix(prefix: Path, found) -> None:
    """As the package of conda-forge has them."""
    torch = put_torch(site_packages(prefix / "bin/python"), libraries=prefix / "lib")
    assert found(prefix / "bin/python") == str(torch)


def test_a_conda_environment_that_is_active_is_not_the_one_of_another_python(prefix: Path, found) -> None:
    """A module for its torch would not be loaded by the other Python."""
    put_torch(site_packages(prefix / "bin/python"))
    assert found(virtual(prefix), CONDA_PREFIX=str(prefix)) == ""


def test_what_has_no_libraries_is_no_torch(prefix: Path, found) -> None:
    (site_packages(prefix / "bin/python") / "torch").mkdir()
    (site_packages(prefix / "bin/python") / "torch/__init__.py").touch()
    assert found(prefix / "bin/python") == ""


# ---- what CMake makes of it


def configured(python: Path, tmp_path: Path, *, fails: bool = False) -> str:
    """What the build of a wheel for that Python says when it looks for LibTorch."""
    if shutil.which("cmake") is None:
        pytest.skip("cmake is not here")
    script = tmp_path / "CMakeLists.txt"
    script.write_text(
        "cmake_minimum_required(VERSION 3.22)\nproject(p LANGUAGES NONE)\nset(SKBUILD ON)\n"
        f'set(FLOPWATCH_PYTHON "{python}")\nlist(APPEND CMAKE_MODULE_PATH "{ROOT}/cmake")\n'
        "find_package(LibTorch REQUIRED)\n"
        'message("headers: ${LIBTORCH_INCLUDE_DIR} libraries: ${libtorch_dir}")\n'
    )
    done = subprocess.run(
        ["cmake", "-S", tmp_path, "-B", tmp_path / "configured"], capture_output=True, text=True, check=False
    )
    assert (done.returncode != 0) == fails, done.stderr
    return " ".join(done.stderr.split())


def test_without_torch_the_build_says_what_to_do(prefix: Path, tmp_path: Path) -> None:
    text = configured(prefix / "bin/python", tmp_path, fails=True)
    assert f"flopwatch is compiled for the torch of {prefix}/bin/python, which has none" in text
    assert "pip install torch" in text
    assert "--no-build-isolation" in text


@pytest.mark.parametrize("conda", [False, True])
def test_headers_and_libraries(prefix: Path, tmp_path: Path, conda: bool) -> None:
    torch = put_torch(site_packages(prefix / "bin/python"), libraries=prefix / "lib" if conda else None)
    include = prefix / "include" if conda else torch / "torch/include"
    (include / "ATen").mkdir(parents=True)
    (include / "ATen/record_function.h").touch()
    text = configured(prefix / "bin/python", tmp_path)
    assert f"headers: {include} libraries: {include.parent / 'lib'}" in text
