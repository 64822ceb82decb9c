# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What one forward of a module did, as check_rule and infer_rule need it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import nn

from .._errors import SessionError
from .._load import native
from .._result import Result
from .._thop.guard import ModelGuard
from .._thop.random_state import RandomState

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class ModuleCount:
    """The multiply-add class of one forward, and what a GPU measured of it."""

    macs: int
    uncounted: tuple[str, ...] = ()  # not in `macs`: operators, kernels past the dispatcher; losses of severity error
    measured_flops: int | None = None  # multiply-add class; None where no counter was read, or none tells it apart
    measured_total_flops: int | None = None  # all that the GPU's counters read
    unseen_flops: int | None = None  # of these, in kernels that no operator rule accounts for; None: not known


_OUTSIDE = "kernel_outside_dispatcher"
_UNSEEN = (_OUTSIDE, "unsupported_operator", "partly_counted")


def operator_count(
    module: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any] | None = None, *, device: Any = None
) -> ModuleCount:
    """Counts one forward in eval mode without gradients, which is how thop runs the rules it is compared with.

    No warm-up and no formula column. The module is afterwards as it was. What `forward` raises passes through.
    """
    from .._count import count

    guard = ModelGuard(module)

    def counted() -> Result:
        module.eval()
        return native.without_gradients(
            lambda: count(module, tuple(args), dict(kwargs or {}), device=device, formula=None, warmup=0)
        )

    result = native.with_cleanup(counted, guard.restore)
    operator, measured = result.total.operator, result.total.measured
    if operator is None or operator.macs is None:
        raise SessionError("the session has no operator column, so there is nothing to compare a rule with")
    uncounted = sorted({entry["name"] for entry in result.unsupported})
    errors = [loss["text"] for loss in result.losses if loss["severity"] == "error"]
    if measured is None:
        return ModuleCount(operator.macs, (*uncounted, *errors))
    causes = [c for c in result.data["totals"]["verdicts"] if c["between"] == "measured_operator"]
    if any(cause["kind"] == _OUTSIDE for cause in causes):
        uncounted.append("kernels launched past the dispatcher")
    unseen = sum(max(cause["amount_flops"] or 0, 0) for cause in causes if cause["kind"] in _UNSEEN)
    whole = not errors and not result.data["totals"]["unmeasured_launches"]
    whole = whole and not any(cause["kind"] == "tensor_work_not_collected" for cause in causes)
    return ModuleCount(
        operator.macs, (*uncounted, *errors), measured.flops, measured.total_flops, unseen if whole else None
    )


def with_random_state_kept(body: Callable[[], Answer]) -> Answer:
    """What `body` returns; the random generators (CUDA's where it runs already) are afterwards where they were."""
    running = bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]
    state = RandomState(range(torch.cuda.device_count()) if running else ())
    return native.with_cleanup(body, state.restore)
