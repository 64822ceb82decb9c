#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Compares the kernels of known count with what the compiler made of them, with no GPU.

For each architecture the kernels are compiled, or taken from --cubins, and their machine code is listed. The loop of a
kernel must contain the instructions that known_kernels.json names, as often as it says, and the kernel must contain no
other floating-point arithmetic. Then the FLOPs by the listing, instructions times trips times threads, equal the
hand-computed ones.

Ends with 0 when all do, 1 when one does not, 77 when there is no compiler (1 where CI is set).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED = 77

# What the counters count, or could count: scalar and packed arithmetic of the CUDA cores, and the tensor cores.
ARITHMETIC = re.compile(
    r"(?:[FDH](?:ADD|MUL|FMA)2?(?:_\w+)?|[FDH]SETP\w*|MUFU|[HIDBQ]MMA|[HIQB]GMMA|UTC\w*MMA)\b|HFMA2|HADD2|HMUL2"
)
INSTRUCTION = re.compile(r"/\*(?P<address>[0-9a-f]{4,})\*/\s+(?P<guard>@!?U?P\w+\s+)?"
                         r"(?P<opcode>[A-Z][A-Z0-9_.x]*)(?P<rest>[^;]*)")
LABEL = re.compile(r"^(?P<name>\.L_\w+):")
# nvdisasm names places in a function by labels; cuobjdump gives the address that a branch goes to.
FUNCTION = re.compile(r"^(?:\.text\.(?P<name>\w+):|\s+Function : (?P<dumped>\w+))")
TARGET = re.compile(r"`\((?P<name>\.L_\w+)\)|\b0x(?P<address>[0-9a-f]+)\s*$")


@dataclass(frozen=True)
class Instruction:
    opcode: str
    operands: str
    target: str | None  # label of a branch

    @property
    def is_arithmetic(self) -> bool:
        # HFMA2 with zeros alone is how ptxas loads a constant.
        constant = self.opcode.startswith(("HFMA2", "HADD2", "HMUL2")) and "RZ, RZ" in self.operands
        return ARITHMETIC.match(self.opcode) is not None and not constant


def address_label(address: str) -> str:
    return f"0x{int(address, 16):x}"


class Listing:
    """The functions of one cubin, each a list of instructions with the labels between them: what `nvdisasm -c` or
    `cuobjdump -sass` prints."""

    def __init__(self, text: str) -> None:
        self.functions: dict[str, list[Instruction]] = {}
        self.labels: dict[str, dict[str, int]] = {}
        name = None
        for line in text.splitlines():
            if found := FUNCTION.match(line):
                name = found["name"] or found["dumped"]
                self.functions[name], self.labels[name] = [], {}
            elif name and (found := LABEL.match(line)):
                self.labels[name][found["name"]] = len(self.functions[name])
            elif name and (found := INSTRUCTION.search(line)):
                target = TARGET.search(found["rest"]) if found["opcode"].startswith("BRA") else None
                self.labels[name][address_label(found["address"])] = len(self.functions[name])
                self.functions[name].append(Instruction(
                    found["opcode"], found["rest"],
                    target and (target["name"] or address_label(target["address"]))))

    def loops(self, function: str) -> list[range]:
        """Stretches of instructions that a branch backward repeats; a branch to itself ends a kernel."""
        out = []
        for at, instruction in enumerate(self.functions[function]):
            start = self.labels[function].get(instruction.target or "")
            if start is not None and start < at:
                out.append(range(start, at + 1))
        return out


def is_one_of(listed: str, wanted: list[str]) -> bool:
    """HFMA2.MMA is HFMA2 on another pipe; HMMA.16816.F32 is an HMMA.16816."""
    return any(listed == opcode or listed.startswith(opcode + ".") for opcode in wanted)


def problems_of(kernel: dict, listing: Listing, launch: dict) -> list[str]:
    name = kernel["kernel"]
    code = listing.functions.get(name)
    if code is None:
        return ["is not in the listing"]
    arithmetic = {at for at, instruction in enumerate(code) if instruction.is_arithmetic}
    loops = [loop for loop in listing.loops(name) if arithmetic & set(loop)]
    if len(loops) != 1:
        return [f"has {len(loops)} loops with arithmetic, and one was expected"]
    inside = Counter(code[at].opcode for at in arithmetic & set(loops[0]))
    outside = Counter(code[at].opcode for at in arithmetic - set(loops[0]))
    problems = []
    if outside:
        problems.append(f"has arithmetic outside its loop: {dict(outside)}")
    counted = sum(n for opcode, n in inside.items() if is_one_of(opcode, kernel["opcodes"]))
    if counted != sum(inside.values()):
        problems.append(f"has other arithmetic than {' or '.join(kernel['opcodes'])} in its loop: {dict(inside)}")
    listed, by_hand = (flops(kernel, launch, per_trip) for per_trip in (counted, kernel["per_trip"]))
    if listed != by_hand:
        problems.append(f"does {listed} FLOPs by its listing, and {by_hand} by hand")
    return problems


def problems_in(table: dict, architecture: str, listings: dict[str, Listing]) -> list[str]:
    """Of all kernels of an architecture; `listings` by source. What has no listing is one."""
    problems = []
    for kernel in table["kernels"]:
        if not is_for(kernel, architecture):
            continue
        listing = listings.get(kernel["source"])
        found = problems_of(kernel, listing, table["launch"]) if listing else ["has no listing"]
        problems += [f"sm_{architecture} {kernel['kernel']} {problem}" for problem in found]
    return problems


def sources_of(table: dict, architecture: str) -> list[str]:
    return sorted({kernel["source"] for kernel in table["kernels"] if is_for(kernel, architecture)})


def stem_of(source: str, architecture: str) -> str:
    """Name of a cubin, and of its listing, without ending."""
    return f"{Path(source).stem}_{architecture}"


def flops(kernel: dict, launch: dict, per_trip: int) -> int:
    threads = launch["blocks"] * launch["threads"]
    together = {"thread": 1, "every second thread": 2, "warp": 32, "four warps": 128}[kernel["by"]]
    return per_trip * launch["trips"] * (threads // together) * kernel["flops_each"]


def is_for(kernel: dict, architecture: str) -> bool:
    if only := kernel.get("only_architecture"):
        return architecture == only
    return int(re.match(r"\d+", architecture)[0]) >= kernel.get("from_architecture", 0)


def find(program: str, *folders: Path | None) -> Path | None:
    for folder in folders:
        if folder and (found := shutil.which(program, path=str(folder))):
            return Path(found)
    return None


def packages() -> Path:
    """Where Python packages of this interpreter lie: the torch wheel's, and those of CUDA, are beside each other."""
    return Path(sys.prefix, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}", "site-packages")


def find_nvcc() -> Path | None:
    if named := os.environ.get("NVCC"):
        return Path(named)
    return find("nvcc", *on_path(), Path("/usr/local/cuda/bin"), packages() / "nvidia/cu13/bin")


def on_path() -> list[Path]:
    return [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]


def find_disassembler(*first: Path | None) -> Path | None:
    """nvdisasm, or where there is none cuobjdump; from the folders `first` if they have it."""
    if named := os.environ.get("NVDISASM"):
        return Path(named)
    folders = [*first, packages() / "triton/backends/nvidia/bin", *on_path(), Path("/usr/local/cuda/bin")]
    return find("nvdisasm", *folders) or find("cuobjdump", *folders)


def listing_command(disassembler: Path, cubin: Path) -> list[str]:
    return [str(disassembler), "-sass" if disassembler.name == "cuobjdump" else "-c", str(cubin)]


def compile_it(nvcc: Path, source: str, options: list[str], architecture: str, cubin: Path) -> None:
    ptxas = [f"-Xptxas={option}" for option in options]
    command = [str(nvcc), "-std=c++17", "-cubin", f"-arch=sm_{architecture}", *ptxas, "-o", str(cubin),
               str(HERE / source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"check_sass: {source} does not compile for sm_{architecture}:\n{done.stdout}{done.stderr}")


def listing_of(disassembler: Path, cubin: Path) -> Listing:
    # It warns of newer file forms on standard error, and lists them all the same.
    shown = subprocess.run(listing_command(disassembler, cubin), capture_output=True, text=True, check=False)
    if not shown.stdout:
        sys.exit(f"check_sass: {disassembler} lists nothing of {cubin.name}:\n{shown.stderr}")
    return Listing(shown.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", type=Path, default=HERE / "known_kernels.json")
    parser.add_argument("--architecture", action="append", help="only this one; may be given several times")
    parser.add_argument("--cubins", type=Path, help="folder of compiled kernels, in place of compiling them here")
    options = parser.parse_args()
    table = json.loads(options.table.read_text())

    nvcc, disassembler = find_nvcc(), find_disassembler()
    if disassembler is None or (nvcc is None and options.cubins is None):
        missing = "nvdisasm" if disassembler is None else "nvcc"
        print(f"check_sass: there is no {missing}; scripts/bootstrap.sh installs one")
        return 1 if os.environ.get("CI") else SKIPPED

    bad = checked = 0
    with tempfile.TemporaryDirectory() as folder:
        for architecture in options.architecture or table["architectures"]:
            listings: dict[str, Listing] = {}
            for source in sources_of(table, architecture):
                cubin = (options.cubins or Path(folder)) / f"{stem_of(source, architecture)}.cubin"
                if options.cubins is None:
                    compile_it(nvcc, source, table["ptxas_options"].get(source, []), architecture, cubin)
                listings[source] = listing_of(disassembler, cubin)
            checked += sum(is_for(kernel, architecture) for kernel in table["kernels"])
            for problem in problems_in(table, architecture, listings):
                bad += 1
                print(problem)
    print(f"check_sass: {checked} kernels listed, {bad} problems")
    return 1 if bad or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
