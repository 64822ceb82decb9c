# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What is installed: its files, what the compiled part is linked to, and what `import flopwatch` does and refuses."""

from __future__ import annotations

import importlib.machinery
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import flopwatch

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = Path(flopwatch.__file__).parent
BUILT = {"_build.py"}  # beside the files of python/flopwatch


def native_module() -> Path:
    [module] = [p for p in PACKAGE.glob("_native.*") if p.name.endswith(tuple(importlib.machinery.EXTENSION_SUFFIXES))]
    return module


def run_python(code: str, *folders: Path) -> subprocess.CompletedProcess[str]:
    """A fresh Python, with `folders` first on its path."""
    path = [*map(str, folders), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# ---- files


def test_the_package_is_that_of_this_tree() -> None:
    """Else all the other tests would be of something else."""
    source = ROOT / "python/flopwatch"
    wanted = {p.relative_to(source): p for p in source.rglob("*") if p.is_file() and p.suffix != ".pyc"}
    got = {p.relative_to(PACKAGE) for p in PACKAGE.rglob("*") if p.is_file() and p.suffix != ".pyc"}
    injected = Path("libflopwatch_inject.so")  # where CUDA's headers were
    assert got - {injected} == {*wanted, *map(Path, BUILT), Path(native_module().name)}
    different = [str(name) for name, path in wanted.items() if (PACKAGE / name).read_bytes() != path.read_bytes()]
    assert different == []


def test_it_is_typed() -> None:
    assert {"py.typed", "_native.pyi", "_build.pyi"} <= {path.name for path in PACKAGE.iterdir()}


def test_what_pip_install_needs_is_said_alike() -> None:
    """In the documentation, and by CMake and pip where something is missing."""
    said = {}
    for name in ("docs/python.md", "pyproject.toml", "cmake/Dependencies.cmake"):
        text = (ROOT / name).read_text().replace("\\\n", "")
        [packages] = re.findall(r"sudo apt-get install -y ([a-z0-9 -]+)", text)
        said[name] = packages.split()
    assert len({tuple(packages) for packages in said.values()}) == 1, said


def test_version() -> None:
    version = (ROOT / "VERSION").read_text().strip()
    assert importlib.metadata.version("flopwatch") == version
    build = importlib.import_module("flopwatch._build")
    assert build.VERSION == version


def test_pytest_finds_the_plug_in() -> None:
    [plug_in] = [e for e in importlib.metadata.entry_points(group="pytest11") if e.name == "flopwatch"]
    assert plug_in.value == "flopwatch_pytest"
    assert plug_in.load().__name__ == "flopwatch_pytest"


def installed_files() -> list[importlib.metadata.PackagePath]:
    files = importlib.metadata.files("flopwatch")
    if files is None:
        pytest.skip("the package of a build folder is not installed")
    return files


def test_what_the_wheel_holds() -> None:
    """Beside the package: its metadata with the licence, and the command line program."""
    names = {str(path) for path in installed_files()}
    [program] = [name for name in names if name.endswith("bin/flopwatch")]
    [licence] = [name for name in names if name.endswith("LICENSE")]
    others = {name for name in names if not re.match(r"flopwatch(_pytest|-[^/]+\.dist-info)?/", name)}
    assert others == {program}
    assert ".dist-info/" in licence
    metadata = importlib.metadata.metadata("flopwatch")
    assert metadata["License-Expression"] == "Apache-2.0"
    needed = [r for r in metadata.get_all("Requires-Dist") or [] if "extra ==" not in r]
    assert len(needed) == 1
    assert needed[0].startswith("torch")


def test_the_program_runs() -> None:
    [program] = [path for path in installed_files() if str(path).endswith("bin/flopwatch")]
    done = subprocess.run([program.locate(), "--version"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (ROOT / "VERSION").read_text().strip() in done.stdout


def test_the_program_finds_the_library_that_it_injects(tmp_path: Path) -> None:
    [program] = [path for path in installed_files() if str(path).endswith("bin/flopwatch")]
    command = [program.locate(), "run", "-o", tmp_path / "it.flops", "--", "env"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    [named] = [line for line in done.stdout.splitlines() if line.startswith("CUDA_INJECTION64_PATH=")]
    assert Path(named.partition("=")[2]).is_file(), done.stderr


# ---- the compiled part


def binutils(program: str, *arguments: str) -> str:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not here")
    done = subprocess.run([program, *arguments, str(native_module())], capture_output=True, text=True, check=True)
    return done.stdout


def test_it_names_torch_and_no_folder() -> None:
    """The libraries that `import torch` has loaded are the ones to use, not those of the machine that built this."""
    dynamic = binutils("readelf", "--dynamic", "--wide")
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic))
    assert {"libtorch_cpu.so", "libc10.so", "libtorch_python.so"} <= needed
    assert not any(name.startswith(("libcupti", "libcuda", "libtorch_cuda", "libpython")) for name in needed)
    assert "RPATH" not in dynamic
    assert "RUNPATH" not in dynamic


def test_it_gives_out_nothing_but_its_start() -> None:
    """Another module in the process may hold an fmt, a SQLite or a flopwatch of its own."""
    lines = binutils("nm", "--dynamic", "--defined-only").splitlines()
    strong = {line.split()[-1].split("@")[0] for line in lines if line.split()[-2] in "TBDR"}
    linkers_own = {"_end", "_edata", "__bss_start"}  # given out where a library of torch's names them
    assert strong - linkers_own == {"PyInit__native"}


def test_one_fmt() -> None:
    """Torch's headers bring a newer fmt than the system's, which the core is compiled with."""
    symbols = binutils("nm", "--dynamic", "--demangle")
    assert len(set(re.findall(r"\bfmt::v(\d+)::", symbols))) <= 1


# ---- import


def test_import_loads_nothing_big() -> None:
    """Beside `import torch` it must cost next to nothing: no pandas, no pytest, no compiler of torch's."""
    done = run_python(
        "import sys, torch\nbefore = set(sys.modules)\nimport flopwatch\nprint(*sorted(set(sys.modules) - before))"
    )
    assert done.returncode == 0, done.stderr
    new = done.stdout.split()
    assert "flopwatch._native" in new
    strangers = {
        name for name in new if name.partition(".")[0] not in {"flopwatch", "torch", *sys.stdlib_module_names}
    }
    assert strangers == set()
    costly = ("torch._dynamo", "torch._inductor", "torch.testing", "torch.fx.experimental", "torch.utils.tensorboard")
    assert [name for name in new if name.startswith(costly)] == []
    assert [name for name in new if name in {"flopwatch_pytest", "flopwatch.testing"}] == []


def test_the_pytest_plug_in_loads_neither_torch_nor_the_package() -> None:
    """Every pytest run of an environment with flopwatch in it loads the plug-in."""
    done = run_python("import sys, pytest, flopwatch_pytest\nprint(*(set(sys.modules) & {'torch', 'flopwatch'}))")
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


@pytest.fixture
def other_torch(tmp_path: Path) -> Path:
    """A folder with a torch that is of another minor version, and that must not be used for anything."""
    minor = int(importlib.import_module("flopwatch._build").TORCH_VERSION.split(".")[1])
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch/__init__.py").write_text(f"__version__ = '2.{minor + 1}.0+cpu'\n")
    return tmp_path


IMPORT = """
import sys
{before}
try:
    import flopwatch
except ImportError as error:
    print(error)
    assert error.name == "flopwatch._native", error.name
    assert "flopwatch._native" not in sys.modules
    assert "_native." not in open("/proc/self/maps").read(), "it was loaded all the same"
    sys.exit(7)
"""


def refused(*folders: Path, before: str = "") -> str:
    done = run_python(IMPORT.format(before=before), *folders)
    assert done.returncode == 7, done.stdout + done.stderr
    return done.stdout


def test_another_torch_is_refused(other_torch: Path) -> None:
    text = refused(other_torch)
    built_for = importlib.import_module("flopwatch._build").TORCH_VERSION
    minor = int(built_for.split(".")[1])
    assert f"built for torch {built_for}" in text
    assert f"installed torch is 2.{minor + 1}.0+cpu" in text
    assert "pip install --force-reinstall --no-deps" in text


def test_a_patch_of_the_same_torch_is_not_refused(other_torch: Path) -> None:
    """What it then says is that the made-up torch has no libraries."""
    built_for = importlib.import_module("flopwatch._build").TORCH_VERSION
    major, minor, patch = built_for.split(".")
    (other_torch / "torch/__init__.py").write_text(f"__version__ = '{major}.{minor}.{int(patch) + 1}'\n")
    text = refused(other_torch)
    assert "cannot be loaded: lib" in text
    assert "pip install --force-reinstall --no-deps" in text


def test_no_torch_is_refused() -> None:
    text = refused(before="sys.modules['torch'] = None")
    assert "there is no torch" in text
    assert "pip install torch" in text


def test_a_torch_that_lacks_something_speaks_for_itself(tmp_path: Path) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch/__init__.py").write_text("import not_there_at_all\n")
    done = run_python("import flopwatch", tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'not_there_at_all'"


def test_the_source_folder_is_refused(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "python/flopwatch", tmp_path / "flopwatch", ignore=shutil.ignore_patterns("__pycache__"))
    text = refused(tmp_path)
    assert "folder of sources" in text
    assert "pip install" in text


# ---- the source distribution


def git_files() -> set[str]:
    """What git tracks, or would."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("this tree has no history")
    return {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}


def test_source_distribution(tmp_path: Path) -> None:
    """All of the tree, and nothing that a build or a virtual environment has left in it."""
    if importlib.util.find_spec("scikit_build_core") is None:
        pytest.skip("scikit-build-core is not installed")
    code = f"from scikit_build_core.build import build_sdist\nbuild_sdist({str(tmp_path)!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [archive] = tmp_path.iterdir()
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert names - {"PKG-INFO"} == git_files()
    assert archive.stat().st_size < 20_000_000  # bytes
