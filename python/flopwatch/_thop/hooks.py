# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The forward hooks that let a rule count one call of its module, thop's own rules and the user's."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import TYPE_CHECKING, Any, Protocol

from torch import nn

from .._errors import RuleError
from .custom import no_number
from .guard import counter_of

if TYPE_CHECKING:
    from .rules import Rule

RuleHook = Callable[[nn.Module, tuple[Any, ...], Any], Any]


class RuleObserver(Protocol):
    """Learns of the calls of rules; what it raises ends the run. x: the positional inputs; y: the output."""

    def rule_answered(self, module: nn.Module, x: tuple[Any, ...], y: Any, amount: int | float) -> None:
        """`amount`: what this call of the rule added, MACs or operations."""

    def rule_failed(self, module: nn.Module, x: tuple[Any, ...], y: Any, error: Exception) -> None:
        """The rule raised; the call counts nothing. The run goes on unless this raises."""


class BuiltInRule:
    """A rule of thop 0.1.1, as `find_rule` gives it."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def hook(self, observer: RuleObserver | None) -> RuleHook:
        return _counting(self._add, observer)

    def _add(self, module: nn.Module, x: tuple[Any, ...], y: Any) -> tuple[int, Any]:
        amount = self._rule.amount(module, x, y)
        counter_of(module, "total_ops").add_(amount)
        return amount, None


class CustomRule:
    """The user's rule: adds to `module.total_ops`; or, which thop has not, adds nothing and returns a plain number.

    What it returns else replaces the module's output, as PyTorch does it with the result of a hook, and thop with it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def hook(self, observer: RuleObserver | None) -> RuleHook:
        return _counting(self._add, observer)

    def _add(self, module: nn.Module, x: tuple[Any, ...], y: Any) -> tuple[int | float, Any]:
        before = counter_of(module, "total_ops").item()
        returned = self._function(module, x, y)
        counter = counter_of(module, "total_ops")
        added = counter.item() - before
        if added == 0 and isinstance(returned, Real) and not isinstance(returned, bool):
            counter.add_(float(returned))
            return _plain(float(returned)), None
        return _plain(added), returned


def _counting(add: Callable[..., tuple[int | float, Any]], observer: RuleObserver | None) -> RuleHook:
    def count(module: nn.Module, x: tuple[Any, ...], y: Any) -> Any:
        returned = None
        if observer is None:
            _, returned = add(module, x, y)
        else:
            counter = counter_of(module, "total_ops")
            before = counter.clone()
            try:
                amount, returned = add(module, x, y)
            except Exception as error:
                module._buffers["total_ops"] = counter.copy_(before)
                observer.rule_failed(module, x, y, error)
            else:
                if amount == 0 and returned is not None:
                    observer.rule_failed(module, x, y, RuleError(no_number(returned)))
                else:
                    observer.rule_answered(module, x, y, amount)
        counter_of(module, "total_params")[0] = sum(p.numel() for p in module.parameters())
        return returned

    return count


def _plain(amount: float) -> int | float:
    return int(amount) if amount.is_integer() else amount
