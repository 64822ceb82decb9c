# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What the code of a compiled object tells: which libraries it calls, and what its kernels were made of."""

from __future__ import annotations

import re
from collections import Counter

_LIBRARY = re.compile(
    r"extern_kernels\.(\w+)\("
    r"|torch\.ops\.\w+\.(\w+)(?:\.\w+)?\("
    r"|aoti_torch_(?:cpu|cuda|xpu|mps)_(\w+)\("
    r"|aoti_torch_call_dispatcher\(\"\w+::(\w+)\""
)
_KERNEL = re.compile(r"(?<![.\w])((?:cpp|triton)_\w+?)\s*(?:=\s*async_compile\.|\()")
_NAME = re.compile(r"# AOT ID: \['(\w+)'\]")
_ALIASES = {"bias_addmm": "addmm"}
_MOST_NAMES = 10
"""A kernel's name has so many of the operators that it was made of, in the order of the alphabet."""


def region_name(source: str) -> str:
    """The compiler's own name of the graph: "0_inference", "1_backward"."""
    found = _NAME.search(source)
    return f"region {found[1]}" if found else "a region"


def library_calls(source: str) -> Counter[str]:
    """How often each operator is called from a library, by its name without namespace."""
    found: Counter[str] = Counter()
    for names in _LIBRARY.findall(source):
        name = next(filter(None, names)).removeprefix("mkldnn_").removesuffix("_out")
        found[_ALIASES.get(name, name)] += 1
    return found


def kernels(source: str) -> set[str]:
    """The names of the generated kernels."""
    return set(_KERNEL.findall(source))


def mentions(kernel: str, operator: str) -> bool:
    """The kernel was made of that operator, among others."""
    return re.search(rf"_{operator}(?=_)", kernel) is not None


def is_cut_off(kernel: str) -> bool:
    """The kernel may have been made of more operators than its name says."""
    return kernel.count("_") > _MOST_NAMES
