# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The programs, built from a clean copy with no network."""

from __future__ import annotations

import os
import sys

import kernels
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
        gate.run("configure", configure)
        kernels.compile_all(gate.root, gate.cubins, gate.left_s(), gate.logs)
        gate.run("compile", ["cmake", "--build", gate.build, "-j", str(os.cpu_count()), "--target", *TARGETS])
    missing = [t for t in TARGETS if not (gate.build / t).exists()]
    gate.equal("programs", [], missing, source="logs")
