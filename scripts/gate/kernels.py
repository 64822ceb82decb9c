# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The kernels of known count: compiled for every architecture, or faked for a dry run."""

from __future__ import annotations

import functools
import importlib.util
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import machine
import runner

# On the stand-in's chip, GH100: the metric that the planned set has for a number format.
STAND_IN_METRIC = {
    "sm__ops_path_tensor_src_fp16": "sm__ops_path_tensor_op_hmma_src_fp16_dst_fp32.sum",
    "sm__ops_path_tensor_src_bf16": "sm__ops_path_tensor_src_bf16_dst_fp32.sum",
    "sm__ops_path_tensor_src_tf32": "sm__ops_path_tensor_src_tf32_dst_fp32.sum",
    "sm__ops_path_tensor_src_int8": "sm__ops_path_tensor_src_int8.sum",
    "sm__ops_path_tensor_src_fp64": "sm__ops_path_tensor_src_fp64.sum",
}
STAND_IN_ARCHITECTURE = "90a"


def table_file(root: Path) -> Path:
    return root / "tests/gpu/known_kernels.json"


@functools.cache
def table(root: Path) -> dict:
    return json.loads(table_file(root).read_text())


@functools.cache
def _check_sass(root: Path):
    spec = importlib.util.spec_from_file_location("check_sass", root / "tests/gpu/check_sass.py")
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up.
    sys.modules["check_sass"] = module
    spec.loader.exec_module(module)
    return module


def paper_value(root: Path, kernel: dict) -> int:
    """What its counter must show: thread instructions, or operations of the tensor cores."""
    flops = _check_sass(root).flops(kernel, table(root)["launch"], kernel["per_trip"])
    return flops if "_tensor_" in kernel["metric"] else flops // kernel["flops_each"]


def compile_all(root: Path, folder: Path, limit_s: float, logs: Path) -> None:
    """The cubins as tests/gpu/known_counts.hpp wants them. Raises StageError."""
    compiler = machine.nvcc()
    if compiler is None:
        raise runner.StageError("there is no nvcc; put a CUDA 13 toolkit's on the PATH, or name one in NVCC")
    folder.mkdir(parents=True, exist_ok=True)
    known = table(root)
    check = _check_sass(root)
    wanted = {(k["source"], a) for k in known["kernels"] for a in known["architectures"] if check.is_for(k, a)}

    def one(work: tuple[str, str]) -> None:
        source, architecture = work
        stem = f"{Path(source).stem}_{architecture}"
        options = [f"-Xptxas={o}" for o in known["ptxas_options"].get(source, [])]
        runner.run(f"nvcc_{stem}", [compiler, "-std=c++17", "-cubin", f"-arch=sm_{architecture}", *options, "-o",
                                    folder / f"{stem}.cubin", root / "tests/gpu" / source], limit_s, logs)

    with ThreadPoolExecutor() as pool:
        list(pool.map(one, sorted(wanted)))


def fake_all(root: Path, folder: Path) -> Path:
    """For the stand-in: cubins that it takes for ones, and the file with what its GPU shall count."""
    folder.mkdir(parents=True, exist_ok=True)
    known = table(root)
    for source in {k["source"] for k in known["kernels"]}:
        (folder / f"{Path(source).stem}_{STAND_IN_ARCHITECTURE}.cubin").write_text("stand-in\n")
    values = folder / "values"
    values.write_text("".join(
        f"{k['kernel']} {STAND_IN_METRIC.get(k['metric'], k['metric'])} {paper_value(root, k)}\n"
        for k in known["kernels"]))
    return values
