# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""thop's older way to profile, `profile_origin`: by the modules without children alone, with its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import nn

from .guard import counter_of, is_scripted
from .run import CustomOps, HookedRules, Layers, ThopRun, counter_value


def profile_origin(
    model: nn.Module,
    inputs: Iterable[Any],
    custom_ops: CustomOps | None = None,
    verbose: bool = True,
    report_missing: bool = False,
) -> tuple[float, float]:
    """Counts one forward `model(*inputs)` as `thop.profile_origin` 0.1.1 does; returns `(macs, parameters)`.

    Only modules without children are looked at: a rule on a module with children is not asked, the parameters that
    such a module holds itself are left out, and every module counts once, wherever it is held. Arguments, errors and
    what is put back are those of `profile`.
    """
    run = _LeavesRun(model, custom_ops, verbose=verbose, report_missing=report_missing)
    run.run(inputs)
    return run.total()


class _LeavesRun(ThopRun):
    def _visit(self, module: nn.Module, hooked: HookedRules) -> None:
        if _has_children(module):
            return
        super()._visit(module, hooked)
        if not is_scripted(module):
            counter_of(module, "total_params")[0] = sum(p.numel() for p in module.parameters())

    def _sum(self, module: nn.Module) -> tuple[float, float, Layers]:
        macs, parameters = 0.0, 0.0
        for leaf in module.modules():
            if not _has_children(leaf):
                macs += counter_value(leaf, "total_ops")
                parameters += counter_value(leaf, "total_params")
        return macs, parameters, {}


def _has_children(module: nn.Module) -> bool:
    return next(module.children(), None) is not None
