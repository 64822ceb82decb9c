# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The kernels of known count: compiled for every architecture, or faked for a dry run."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import machine
import runner

ROOT = Path(__file__).resolve().parents[2]
# On the stand-in's chip, GH100: the metric that the planned set has for a number format.
STAND_IN_METRIC = {
    "sm__ops_path_tensor_src_fp16": "sm__ops_path_tensor_op_hmma_src_fp16_dst_fp32.sum",
    "sm__ops_path_tensor_src_bf16": "sm__ops_path_tensor_src_bf16_dst_fp32.sum",
    "sm__ops_path_tensor_src_tf32": "sm__ops_path_tensor_src_tf32_dst_fp32.sum",
    "sm__ops_path_tensor_src_int8": "sm__ops_path_tensor_op_imma_src_int8_sparsity_off.sum",
    "sm__ops_path_tensor_src_fp64": "sm__ops_path_tensor_src_fp64.sum",
}
STAND_IN_ARCHITECTURE = "90a"
TENSOR_PREFIX = "sm__ops_path_tensor_"


def table_file(root: Path) -> Path:
    return root / "tests/gpu/known_kernels.json"


def read_table(file: Path) -> dict:
    return json.loads(file.read_text())


@functools.cache
def check_sass():
    """tests/gpu/check_sass.py as a module."""
    spec = importlib.util.spec_from_file_location("check_sass", ROOT / "tests/gpu/check_sass.py")
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up.
    sys.modules["check_sass"] = module
    spec.loader.exec_module(module)
    return module


def expected_count(table: dict, kernel: dict) -> int:
    """The hand-computed count: thread instructions, or operations of the tensor cores."""
    flops = check_sass().flops(kernel, table["launch"], kernel["per_trip"])
    return flops if on_tensor_cores(kernel) else flops // kernel["flops_each"]


def on_tensor_cores(kernel: dict) -> bool:
    return "_tensor_" in kernel["metric"]


def counts(kernel: dict, metric: str) -> bool:
    """Whether a metric counts what the kernel does, as tests/gpu/known_counts.cpp decides it: of the tensor cores it
    can be one of several parts, with any ending after the number format.
    """
    if not on_tensor_cores(kernel):
        return metric == kernel["metric"]
    return is_tensor_metric(metric, kernel["metric"].split("_src_")[1])


def is_tensor_metric(metric: str, number_format: str) -> bool:
    """sm__ops_path_tensor_op_imma_src_int8_dst_int32.sum counts products of int8."""
    return metric.startswith(TENSOR_PREFIX) and re.search(rf"_src_{number_format}[_.]", metric) is not None


def outcomes_of(table: dict, counters: dict[str, dict[str, int]]) -> list[dict]:
    """What the program known_counts prints as JSON, from the counters of each kernel that ran, by metric."""
    out = []
    for kernel in table["kernels"]:
        mine = counters.get(kernel["kernel"])
        if mine is None:
            continue
        own = [v for m, v in mine.items() if counts(kernel, m)]
        also = {m: v for m, v in mine.items()
                if v and not counts(kernel, m) and m.startswith((TENSOR_PREFIX, "sm__sass_thread_inst_executed_op_"))}
        expected, counted = expected_count(table, kernel), sum(own) if own else None
        unit = "operations" if on_tensor_cores(kernel) else "thread instructions"
        out.append({"kernel": kernel["kernel"], "unit": unit, "expected": expected, "counted": counted,
                    "exact": expected == counted, "also_counted": also, "counters": mine})
    return out


def compile_all(root: Path, folder: Path, limit_s: float, logs: Path) -> None:
    """The cubins as tests/gpu/known_counts.hpp needs them. Raises StageError."""
    compiler = machine.nvcc()
    if compiler is None:
        raise runner.StageError("there is no nvcc; put a CUDA 13 toolkit's on the PATH, or name one in NVCC")
    folder.mkdir(parents=True, exist_ok=True)
    table = read_table(table_file(root))

    def one(work: tuple[str, str]) -> None:
        source, architecture = work
        stem = check_sass().stem_of(source, architecture)
        options = [f"-Xptxas={o}" for o in table["ptxas_options"].get(source, [])]
        runner.run(f"nvcc_{stem}", [compiler, "-std=c++17", "-cubin", f"-arch=sm_{architecture}", *options, "-o",
                                    folder / f"{stem}.cubin", root / "tests/gpu" / source], limit_s, logs)

    with ThreadPoolExecutor() as pool:
        list(pool.map(one, [(s, a) for a in table["architectures"] for s in check_sass().sources_of(table, a)]))


def disassembler(stand_in: bool = False) -> Path | None:
    """The one of the toolkit that compiles the kernels, if it has one."""
    if stand_in and "NVDISASM" not in os.environ:
        return ROOT / "tests/gpu/standin_nvdisasm/nvdisasm"
    compiler = machine.nvcc()
    return check_sass().find_disassembler(compiler.resolve().parent if compiler else None)


def fake_listing(kernel: dict) -> str:
    """Machine code that matches the hand-computed count, as the disassembler prints it."""
    loop = [kernel["opcodes"][0]] * kernel["per_trip"] + ["@P0 BRA `(.L_x_0)"]
    lines = [f"        /*{16 * i:04x}*/                   {code} ;" for i, code in enumerate([*loop, "EXIT"])]
    return "\n".join([f".text.{kernel['kernel']}:", ".L_x_0:", *lines, ""])


def fake_all(root: Path, folder: Path) -> Path:
    """For the stand-in: files that it accepts as cubins, and the file with what its GPU counts."""
    folder.mkdir(parents=True, exist_ok=True)
    table = read_table(table_file(root))
    for source in check_sass().sources_of(table, STAND_IN_ARCHITECTURE):
        text = "".join(fake_listing(k) for k in table["kernels"]
                       if k["source"] == source and check_sass().is_for(k, STAND_IN_ARCHITECTURE))
        (folder / f"{check_sass().stem_of(source, STAND_IN_ARCHITECTURE)}.cubin").write_text(text)
    values = folder / "values"
    values.write_text((root / "tests/standin/doctor_kernel.values").read_text() + "".join(
        f"{k['kernel']} {STAND_IN_METRIC.get(k['metric'], k['metric'])} {expected_count(table, k)}\n"
        for k in table["kernels"]))
    return values
