# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""flopwatch and the counters that it is timed with, each behind the same few methods, and whether their answers are right.

Every counter is called as its documentation says, with its printing and warnings off.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from python_models import Case
from torch import nn


now_ns = time.process_time_ns


@dataclass(frozen=True)
class Answer:
    total_macs: int
    """The number that the counter hands out for the model; FLOPs of a counter that doubles are halved."""
    multiply_add_macs: int
    """Of it, by the counter's own breakdown: convolutions, linear layers and other products."""

    def verdict(self, right_macs: int) -> str:
        """"right", exactly; "mixed": right but for other operations added to the same number; else "wrong"."""
        if self.total_macs == right_macs:
            return "right"
        return "mixed" if self.multiply_add_macs == right_macs else "wrong"


class Counter:
    """One counter. `one_shot` alone is timed, and the forwards inside a `session`."""

    name = ""
    package = ""
    """The distribution whose version is printed; "" for none."""
    changes_mode = False
    """It runs its own forward in eval mode, whatever the model's mode."""

    def one_shot(self, case: Case) -> Any:
        """All that it takes from the bare model to the model's number, the counter's own forwards included."""
        raise NotImplementedError

    def answer(self, case: Case, raw: Any) -> Answer:
        """What `one_shot` returned, with its breakdown."""
        raise NotImplementedError

    def session(self, case: Case) -> AbstractContextManager[Any] | None:
        """A block in which any number of the user's own forwards is counted; None where it has no such thing."""
        return None

    def clean(self, case: Case) -> None:
        """Takes away what `one_shot` left on the model."""

    @contextmanager
    def its_mode(self, case: Case) -> Iterator[None]:
        """The mode of the forward that it runs, so that a bare forward there does the same work."""
        training = case.model.training
        if self.changes_mode:
            case.model.eval()
        yield
        if self.changes_mode:
            case.model.train(training)

    @property
    def title(self) -> str:
        return f"{self.name} {importlib.metadata.version(self.package)}" if self.package else self.name


class Flopwatch(Counter):
    name = "flopwatch.watch"

    def __init__(self) -> None:
        self.watch = importlib.import_module("flopwatch").watch
        self.parts_ns: list[dict[str, int]] = []
        """Of each `one_shot`: start, forward, stop, totals."""

    def one_shot(self, case: Case) -> Any:
        began = now_ns()
        with self.watch(case.model) as w:
            started = now_ns()
            case.forward()
            forwarded = now_ns()
        stopped = now_ns()
        macs = w.result.total.operator.macs
        self.parts_ns.append({
            "start": started - began,
            "forward": forwarded - started,
            "stop": stopped - forwarded,
            "totals": now_ns() - stopped,
        })
        return macs

    def answer(self, case: Case, raw: Any) -> Answer:
        return Answer(raw, raw)

    def session(self, case: Case) -> AbstractContextManager[Any]:
        return self.watch(case.model)


class TorchFlopCounterMode(Counter):
    name, package = "torch FlopCounterMode", "torch"

    def one_shot(self, case: Case) -> Any:
        with self.session(case) as mode:
            case.forward()
        return mode.get_total_flops()

    def answer(self, case: Case, raw: Any) -> Answer:
        return Answer(raw // 2, raw // 2)  # it knows no other operations

    def session(self, case: Case) -> AbstractContextManager[Any]:
        from torch.utils.flop_counter import FlopCounterMode

        return FlopCounterMode(display=False)


class Thop(Counter):
    name, package = "thop", "thop"
    changes_mode = True
    _MULTIPLY_ADD = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)

    def __init__(self) -> None:
        self.profile = importlib.import_module("thop").profile

    def one_shot(self, case: Case) -> Any:
        return self.profile(case.model, case.inputs, verbose=False)[0]

    def answer(self, case: Case, raw: Any) -> Answer:
        layers = self.profile(case.model, case.inputs, verbose=False, ret_layer_info=True)[2]
        self.clean(case)
        return Answer(int(raw), int(self._multiply_adds(case.model, layers)))

    def _multiply_adds(self, module: nn.Module, layers: dict[str, Any]) -> float:
        total = 0.0
        for name, (amount, _, below) in layers.items():
            child = module.get_submodule(name)
            total += amount if isinstance(child, self._MULTIPLY_ADD) else self._multiply_adds(child, below)
        return total

    def clean(self, case: Case) -> None:
        """It leaves its buffers on every module that it has no rule for."""
        for module in case.model.modules():
            module._buffers.pop("total_ops", None)
            module._buffers.pop("total_params", None)


class Fvcore(Counter):
    name, package = "fvcore", "fvcore"
    _OTHER = ("batch_norm", "group_norm", "layer_norm", "instance_norm", "adaptive_avg_pool2d", "grid_sampler",
              "upsample_nearest2d", "upsample_bilinear2d")

    def __init__(self) -> None:
        self.analysis = importlib.import_module("fvcore.nn").FlopCountAnalysis

    def _quiet(self, case: Case) -> Any:
        with torch.set_grad_enabled(case.model.training):
            analysis = self.analysis(case.model, case.inputs)
            analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
            analysis.total()
            return analysis

    def one_shot(self, case: Case) -> Any:
        return self._quiet(case)

    def answer(self, case: Case, raw: Any) -> Answer:
        by_operator = raw.by_operator()
        other = sum(amount for name, amount in by_operator.items() if name in self._OTHER)
        return Answer(int(raw.total()), int(sum(by_operator.values()) - other))


class Torchprofile(Counter):
    name, package = "torchprofile", "torchprofile"
    _MULTIPLY_ADD = frozenset(f"aten::{name}" for name in (
        "_convolution", "addmm", "addmv", "baddbmm", "bmm", "einsum", "linear", "matmul", "mm", "mv",
        "scaled_dot_product_attention"))

    def __init__(self) -> None:
        self.profile_macs = importlib.import_module("torchprofile").profile_macs

    def one_shot(self, case: Case) -> Any:
        with torch.set_grad_enabled(case.model.training):
            return self.profile_macs(case.model, case.inputs)

    def answer(self, case: Case, raw: Any) -> Answer:
        with torch.set_grad_enabled(case.model.training):
            nodes = self.profile_macs(case.model, case.inputs, reduction=None)
        return Answer(int(raw), int(sum(m for node, m in nodes.items() if node.operator in self._MULTIPLY_ADD)))


def all_peers() -> tuple[list[Counter], list[str]]:
    """The other counters that are installed, and a line for each that is not."""
    found: list[Counter] = []
    missing: list[str] = []
    for kind in (TorchFlopCounterMode, Thop, Fvcore, Torchprofile):
        try:
            found.append(kind())
        except ImportError as error:
            missing.append(f"{kind.name} is not compared: {error} (scripts/bench.sh installs it)")
    return found, missing
