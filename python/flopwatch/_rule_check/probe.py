# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""One rule on one module: what it adds, what is wrong with how it answers, and what thop's walk makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import torch
from torch import nn

from .._thop.rules import find_rule
from .._thop.run import ThopRun
from .workload import Case

Number = int | float
"""A rule can give halves; a whole number is an int."""


@dataclass(frozen=True)
class RuleAnswer:
    """In MACs. `error` says what is wrong with the rule; the numbers are None then."""

    macs: Number | None = None  # what the rule gave for one call of the module
    inside_macs: Number | None = None  # what thop's walk totals for the module inside another one
    root_macs: Number | None = None  # and with the module as the root that profile() is given
    silent: bool = False  # it added nothing and returned nothing, which can mean 0
    error: str | None = None


class _Holder(nn.Module):
    """Another module around the one in question, so that it is not the root of thop's walk."""

    def __init__(self, held: nn.Module) -> None:
        super().__init__()
        self.held = held

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.held(*args, **kwargs)


class _Probe:
    """A rule around the user's: notes what it did for `module`, and keeps it from changing the output."""

    def __init__(self, rule: Callable[..., Any], module: nn.Module) -> None:
        self._rule, self._module = rule, module
        self.macs: Number | None = None
        self.error: str | None = None
        self.silent = False
        self.__qualname__ = getattr(rule, "__qualname__", repr(rule))

    def __call__(self, module: nn.Module, x: tuple[Any, ...], y: Any) -> None:
        counter = module._buffers["total_ops"]
        assert counter is not None
        before = counter.item()
        try:
            returned = self._rule(module, x, y)
            left = module._buffers["total_ops"]
            after = left.item() if isinstance(left, torch.Tensor) and left.numel() == 1 else None
        except Exception as error:
            lines = str(error).strip().splitlines()
            self._refuse(module, counter, before, "raises " + ": ".join([type(error).__name__, *lines[:1]]))
            return
        added = None if after is None else after - before
        amount: Any = added
        if added == 0 and isinstance(returned, Real) and not isinstance(returned, bool):
            amount = returned
        wrong = _wrong_answer(returned, added, amount)
        if wrong is not None:
            self._refuse(module, counter, before, wrong)
            return
        if amount is returned and added == 0 and left is not None:
            left.add_(float(amount))
        if module is self._module:
            self.silent = added == 0 and returned is None
            self.macs = plain((self.macs or 0) + amount)

    def _refuse(self, module: nn.Module, counter: torch.Tensor, before: float, text: str) -> None:
        module._buffers["total_ops"] = counter.fill_(before)
        self.error = self.error or text


def _wrong_answer(returned: Any, added: float | None, amount: Any) -> str | None:
    if isinstance(returned, torch.Tensor):
        return "returns a tensor, which would replace the module's output: add to m.total_ops and return nothing"
    if added is None:
        return "leaves something else in m.total_ops than a tensor of one number: add to it"
    if not isinstance(amount, int) and amount != amount:
        return "gives NaN"
    if amount in (float("inf"), float("-inf")):
        return "gives an infinite number"
    if amount < 0:
        return f"gives a negative number, {amount:,}"
    if returned is not None and (not isinstance(returned, Real) or isinstance(returned, bool)):
        return f"returns a {type(returned).__name__}, which would replace the module's output: return nothing"
    return None


def ask_rule(rule: Callable[..., Any], case: Case) -> RuleAnswer:
    """Runs the module twice as thop does, inside another module and as the root. The module is afterwards as it was.

    What the rule raises is in the answer; what the forward raises passes through.
    """
    probe = _Probe(rule, case.module)
    inside = _total(_Holder(case.module), case, probe)
    if probe.error is None and probe.macs is None:
        return RuleAnswer(error="was never asked: the module's type is not the one that runs")
    if probe.error is not None:
        return RuleAnswer(error=probe.error)
    as_root = _Probe(rule, case.module)
    root = _total(case.module, case, as_root)
    if as_root.error is not None:
        return RuleAnswer(error=as_root.error)
    return RuleAnswer(probe.macs, inside, root, probe.silent)


def _total(model: nn.Module, case: Case, probe: _Probe) -> Number:
    """thop's total in MACs alone: its rules that give operations (norms, pooling, softmax) are switched off."""
    rules: dict[type, Any] = {}
    for kind in {type(module) for module in model.modules()}:
        built_in = find_rule(kind)
        if built_in is not None and built_in.unit == "operations" and not built_in.is_zero:
            rules[kind] = None
    run = ThopRun(model, {**rules, type(case.module): probe})
    run.run(case.args, case.kwargs)
    return plain(run.total()[0])


def plain(number: Any) -> Number:
    return int(number) if number == int(number) else float(number)
