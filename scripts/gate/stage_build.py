# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The programs, built from a clean copy with no network."""

from __future__ import annotations

import os
import sys

import kernels
import machine
from gate import Gate

TARGETS = ["bin/flopwatch", "bin/attention", "bin/custom_op", "tests/known_counts", "tests/mixed_program",
           "tests/gpu_probes", "tests/torch_products"]


def run(gate: Gate) -> None:
    if gate.stand_in:
        kernels.fake_all(gate.root, gate.cubins)
    else:
        configure = ["cmake", "-S", gate.root, "-B", gate.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
                     "-DFLOPWATCH_WERROR=OFF",  # a newer compiler may warn of more
                     f"-DFLOPWATCH_PYTHON={sys.executable}"]
        if gate.sources:
            configure.append(f"-DFLOPWATCH_SOURCES={gate.sources}")
        if compiler := machine.nvcc():
            configure.append(f"-DCMAKE_CUDA_COMPILER={compiler}")
        gate.run("configure", configure)
        gate.part("kernels", lambda g: kernels.compile_all(g.root, g.cubins, g.left_s(), g.logs))
        # What does not compile must not keep the rest from being built.
        gate.part("programs", lambda g: g.run("compile", ["cmake", "--build", g.build, "-j", str(os.cpu_count()), "--target",
                                                          *TARGETS, "--", "-k", "0"]))
    missing = [t for t in TARGETS if not (gate.build / t).exists()]
    gate.equal("programs", [], missing, source="logs")
