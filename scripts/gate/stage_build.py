# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The programs, built from a clean copy with no network, and what the compiler made of the kernels of known count."""

from __future__ import annotations

import os
import sys

import kernels
import machine
import runner
import stage_python
from gate import Gate

TARGETS = ["bin/flopwatch", "bin/attention", "bin/custom_op", "tests/known_counts", "tests/mixed_program",
           "tests/captured_program", "tests/cost_program", "tests/gpu_probes", "tests/torch_products"]


def list_sass(gate: Gate) -> None:
    """Machine code of the cubins as text, into sass/ of the evidence. Where it is not available, that is a finding."""
    disassembler = kernels.disassembler(gate.stand_in)
    if disassembler is None:
        gate.finding("no_sass", "there is no nvdisasm or cuobjdump here, so the machine code of the kernels of known "
                                "count was not looked at; NVDISASM names one")
        return
    gate.sass.mkdir(exist_ok=True)
    for cubin in sorted(gate.cubins.glob("*.cubin")):
        try:
            # It can warn of a newer file format, and list it all the same.
            done = gate.run(f"sass_{cubin.stem}", kernels.check_sass().listing_command(disassembler, cubin), good=None)
            if not done.out.strip():
                raise runner.StageError(f"{disassembler.name} listed nothing (logs/{done.log.name})")
        except runner.StageError as e:
            gate.finding(f"no_sass.{cubin.stem}", f"its machine code could not be listed: {e}")
            continue
        (gate.sass / f"{cubin.stem}.sass").write_text(done.out)


def sass_claims(gate: Gate) -> None:
    """For each architecture whose listings are all there: the kernels match the hand-computed counts."""
    check = kernels.check_sass()
    for architecture in gate.table["architectures"]:
        files = {source: gate.sass / f"{check.stem_of(source, architecture)}.sass"
                 for source in check.sources_of(gate.table, architecture)}
        if all(f.is_file() for f in files.values()):
            listings = {source: check.Listing(f.read_text()) for source, f in files.items()}
            problems = check.problems_in(gate.table, architecture, listings)
            gate.equal(f"sass.{architecture}", [], problems, source="sass")


def sass(gate: Gate) -> None:
    list_sass(gate)
    sass_claims(gate)


def run(gate: Gate) -> None:
    if not gate.stand_in:
        configure = ["cmake", "-S", gate.root, "-B", gate.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
                     "-DFLOPWATCH_WERROR=OFF",  # a newer compiler can warn of more
                     f"-DFLOPWATCH_PYTHON={sys.executable}"]
        if gate.sources:
            configure.append(f"-DFLOPWATCH_SOURCES={gate.sources}")
        if compiler := machine.nvcc():
            configure.append(f"-DCMAKE_CUDA_COMPILER={compiler}")
        gate.run("configure", configure)
        gate.part("kernels", lambda g: kernels.compile_all(g.root, g.cubins, g.left_s(), g.logs))
        # What does not compile must not keep the rest from being built.
        compile_them = ["cmake", "--build", gate.build, "-j", str(os.cpu_count()), "--target", *TARGETS,
                        "--", "-k", "0"]
        gate.part("programs", lambda g: g.run("compile", compile_them))
        if stage_python.has("torch"):
            # After the programs, which matter more.
            compile_it = ["cmake", "--build", gate.build, "-j", str(os.cpu_count()), "--target", "flopwatch_python"]
            gate.part("python", lambda g: g.run("compile_python", compile_it))
    missing = [t for t in TARGETS if not (gate.build / t).exists()]
    gate.equal("programs", [], missing, source="logs")
    gate.part("sass", sass)
