# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What `profile(..., explain=True)` adds: where thop's number and what ran disagree, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torch import nn

from .._count import run_count
from .._device import Device
from .._session import SessionOptions
from .._tree import CustomOps
from .formula import FormulaPass, InstalledPass


def explained(
    model: nn.Module,
    inputs: Iterable[Any],
    custom_ops: CustomOps | None,
    *,
    run: Mapping[str, bool],
    formula: str,
    device: Device,
    ret_layer_info: bool,
) -> Any:
    """(macs, params, Result), with thop's layers before the Result where they are asked for.

    First a forward as thop runs it, whose numbers these are, then an unperturbed one. `run`: what is printed.
    """
    args = tuple(inputs)
    options = SessionOptions(device=device)
    if formula == "installed":
        installed = InstalledPass(model, custom_ops, **run)
        result = run_count(model, args, {}, options, formula_pass=installed, warmup=0)
        assert installed.answer is not None
        macs, params, layers = installed.answer
    else:
        own = FormulaPass(model, custom_ops, verbose=run["verbose"], report_missing=run["report_missing"])
        result = run_count(model, args, {}, options, formula_pass=own, warmup=0)
        (macs, params), layers = own.thop.total(), own.thop.layers()
    return (macs, params, layers, result) if ret_layer_info else (macs, params, result)
