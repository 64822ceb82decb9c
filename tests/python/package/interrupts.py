# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Interrupts at chosen instructions of the package, and everything of a process that one could leave changed."""

from __future__ import annotations

import os
import random
import sys
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any

import torch
from torch import nn
from torch.optim import optimizer as torch_optimizer

import flopwatch
from flopwatch import _session as sessions
from flopwatch._load import native
from model_state import state_of

PACKAGE = os.path.dirname(os.path.realpath(flopwatch.__file__)) + os.sep


class Interrupter:
    """Raises KeyboardInterrupt before the n-th instruction that the package's files execute on this thread."""

    def __init__(self, n: int) -> None:
        self._left = n
        self.place = ""
        self._ours: dict[str, bool] = {}

    def _is_ours(self, file: str) -> bool:
        known = self._ours.get(file)
        if known is None:
            known = self._ours[file] = os.path.realpath(file).startswith(PACKAGE)
        return known

    def _trace(self, frame: FrameType, event: str, _arg: object) -> Any:
        if event == "call":
            if not self._is_ours(frame.f_code.co_filename):
                return None
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            return self._trace
        if event == "opcode":
            self._left -= 1
            if self._left == 0:
                file = os.path.relpath(os.path.realpath(frame.f_code.co_filename), PACKAGE)
                self.place = f"{file}:{frame.f_lineno} in {frame.f_code.co_name}, instruction {frame.f_lasti}"
                raise KeyboardInterrupt(self.place)
        return self._trace

    def run(self, work: Callable[[], object]) -> bool:
        """Whether there were n instructions."""
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            work()
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        return self._left <= 0


class Net(nn.Module):
    """Flags, buffers, a shared module, random numbers, and a module with a rule."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
        self.head = nn.Linear(4, 2)
        self.body[1].eval()
        self.head.register_buffer("total_ops", torch.tensor([3.0]))
        self.head.register_buffer("after_it", torch.ones(1))
        self.register_buffer("calls", torch.zeros(1))
        self.head.register_forward_hook(lambda m, x, y: None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return self.head(self.body(x)) * torch.rand(())


def rule(m: Any, x: Any, y: Any) -> None:
    m.total_ops += 7


def process_state() -> dict[str, Any]:
    """What is not of one model."""
    module = nn.modules.module
    compiler = sys.modules.get("torch._dynamo.eval_frame")
    output_code = sys.modules.get("torch._inductor.output_code")
    return {
        "hooks": {
            name: list(getattr(module, name).items())
            for name in (
                "_global_forward_hooks",
                "_global_forward_pre_hooks",
                "_global_forward_hooks_always_called",
                "_global_forward_hooks_with_kwargs",
                "_global_backward_hooks",
                "_global_backward_pre_hooks",
            )
            if hasattr(module, name)
        },
        "optimizers": list(torch_optimizer._global_optimizer_pre_hooks.items()),
        "optimizers_after": list(torch_optimizer._global_optimizer_post_hooks.items()),
        "meter": sessions.gives_way,
        "filters": list(warnings.filters),
        "modes": torch._C._len_torch_dispatch_stack(),
        "function_modes": torch._C._len_torch_function_stack(),
        "functions": torch._C._is_torch_function_enabled(),
        "stance": getattr(compiler, "_stance", None),
        "replay": torch.cuda.CUDAGraph.replay,
        "regions": getattr(output_code, "CompiledFxGraph", nn.Module).__call__,
        "random": random.getstate(),
        "switch": getattr(torch._ops.OpOverload, "_enable_pyobj_dispatch", None),
    }


def whole_state(model: nn.Module) -> dict[str, Any]:
    return {"model": state_of(model), "process": process_state(), "recording": native.recording()}


def still_counts(macs: int) -> None:
    """A following count works, sees the operators, and asks the rules."""
    with torch.random.fork_rng(devices=[]):
        result = flopwatch.count(nn.Linear(4, 4), torch.ones(2, 4), warmup=0, custom_ops={nn.Linear: rule})
    assert (result.total.operator.macs, result.total.formula.macs) == (macs, 7)
    assert result.exact
