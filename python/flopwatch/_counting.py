# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""How a GPU's kernels are counted, beyond what most recordings need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import _arguments as arguments


@dataclass(frozen=True)
class Counting:
    """How `count` and `watch` count the kernels of a GPU; docs/measuring.md explains each. Raises UsageError.

        flopwatch.count(model, (x,), counting=flopwatch.Counting(scope_depth=2))

    `tensor_types`: number formats whose tensor-core counters are collected ("bf16", "fp16", ...); by default those
    that the operators of the first run work on. `scope_depth`: above 0, kernels that follow each other in one module
    are counted together, by modules down to that depth, so that they can overlap and CUDA graphs are counted.
    `isolate_ranges`: with it, waits for the GPU before such a range ends, so that kernels of several streams stay in
    their own. `waiting_kernels`: parts of the names of kernels that wait for other kernels and so get no counters of
    their own, besides the built-in list; "-nccl" takes a part of that list away. `kernel`, `launch_skip`,
    `launch_count`: of the kernels in whose names that regular expression (ECMAScript) is found, the first ones are not
    measured, and then so many are; all other launches are listed, without counters.

    For `watch(..., measure="run")`: `budget`, the share of the run's time that measuring may take; `learning_s`,
    seconds for the first measurements of each distinct launch, before the budget has them; `checks`, how often
    each is measured before its counts are reused; `audits`, whether whole steps are measured at random; `windows`,
    whether the profiler is enabled only while something is measured; `variable_kernels`, parts of the names of kernels
    that do different work in equal launches, besides the built-in list.
    """

    tensor_types: Sequence[str] = ()
    scope_depth: int = 0
    isolate_ranges: bool = False
    waiting_kernels: Sequence[str] = ()
    kernel: str = ""
    launch_skip: int = 0
    launch_count: int | None = None
    budget: float = 0.01
    learning_s: float = 10.0
    checks: int = 3
    audits: bool = True
    windows: bool = False
    variable_kernels: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ("tensor_types", "waiting_kernels", "variable_kernels"):
            object.__setattr__(self, name, arguments.texts(name, getattr(self, name)))
        arguments.whole_number("scope_depth", self.scope_depth, "a number of levels of modules")
        arguments.text("kernel", self.kernel)
        arguments.whole_number("launch_skip", self.launch_skip, "a number of launches")
        if self.launch_count is not None:
            arguments.whole_number("launch_count", self.launch_count, "a number of launches")
        for name in ("isolate_ranges", "audits", "windows"):
            arguments.choice(name, getattr(self, name), (False, True))
        arguments.whole_number("checks", self.checks, "a number of measurements")
        for name in ("budget", "learning_s"):
            arguments.number(name, getattr(self, name))

    def words(self) -> dict[str, Any]:
        """As the compiled session takes them."""
        return {
            "tensor_types": list(self.tensor_types),
            "scope_depth": self.scope_depth,
            "isolate_ranges": self.isolate_ranges,
            "waiting_kernels": list(self.waiting_kernels),
            "kernel": self.kernel,
            "launch_skip": self.launch_skip,
            "launch_count": -1 if self.launch_count is None else self.launch_count,
            "budget": float(self.budget),
            "learning_s": float(self.learning_s),
            "checks": self.checks,
            "audits": self.audits,
            "windows": self.windows,
            "variable_kernels": list(self.variable_kernels),
        }
