# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""One answer of a user's formula rule, outside thop: nothing of it stays on the module."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

import torch
from torch import nn

from .._load import native

_COUNTER = "total_ops"
_MISSING: Any = object()
RETURNED_A_TENSOR = "the rule returned a tensor; thop would put it in the place of the module's output. Return nothing"


def answer_of_rule(
    rule: Callable[..., object], module: nn.Module, x: tuple[Any, ...], y: Any
) -> tuple[int, str | None]:
    """What the rule says of one call: (MACs, None), or (0, why it has no answer). Raises nothing of the rule's.

    The rule finds a fresh `total_ops` on its module, float64 of shape [1], as thop has it, and adds to it; one that
    adds nothing and returns a plain number means that many MACs. KeyboardInterrupt and its like pass through.
    """
    if any(_COUNTER in names for names in (vars(module), module._parameters, module._modules)):
        return 0, f"the module has its own attribute {_COUNTER!r}, where the rule leaves its count"
    before: Any = module._buffers.get(_COUNTER, _MISSING)

    def asked() -> tuple[int, str | None]:
        module._buffers[_COUNTER] = torch.zeros(1, dtype=torch.float64, device="cpu")
        returned = rule(module, x, y)
        return checked_amount(module._buffers.get(_COUNTER), returned)

    def put_back() -> None:
        if before is _MISSING:
            module._buffers.pop(_COUNTER, None)
        else:
            module._buffers[_COUNTER] = before

    try:
        # What the rule runs is not the model's work.
        return native.unseen(lambda: native.with_cleanup(asked, put_back))
    except Exception as error:
        return 0, f"the rule raised {type(error).__name__}: {error}"


def checked_amount(counter: object, returned: object) -> tuple[int, str | None]:
    """The amount that a rule left in its counter or returned, as a whole number of MACs."""
    if not isinstance(counter, torch.Tensor) and not isinstance(counter, Real):
        return 0, f"the rule left a {type(counter).__name__} in {_COUNTER}, which is not a number"
    amount = float(counter)
    if amount == 0 and isinstance(returned, Real) and not isinstance(returned, bool):
        amount = float(returned)
    elif isinstance(returned, torch.Tensor) or (amount == 0 and returned is not None):
        return 0, no_number(returned)
    return whole_amount(amount)


def no_number(returned: object) -> str:
    """Why what a rule returned instead of adding to its counter is no answer."""
    if isinstance(returned, torch.Tensor):
        return RETURNED_A_TENSOR
    shown = f"{returned!r:.60}"
    return f"the rule added nothing and returned {shown}, which is not a number of MACs. Add to m.total_ops"


def whole_amount(amount: float) -> tuple[int, str | None]:
    """(amount, None), or (0, why it counts nothing)."""
    if not math.isfinite(amount):
        return 0, f"the rule gave {amount}, which is not a finite number"
    if not amount.is_integer():
        return 0, f"the rule gave {amount}, which is not a whole number of MACs"
    return int(amount), None
