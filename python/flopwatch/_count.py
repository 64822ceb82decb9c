# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Counting a forward that flopwatch runs itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from . import _arguments as arguments
from ._counting import Counting
from ._device import Device, check_inputs
from ._errors import SessionError, UsageError
from ._hooks import ScopeHooks
from ._load import native
from ._result import Result
from ._session import (
    Capture,
    ReplayMode,
    SessionOptions,
    open_session,
    something_is_recorded,
    warn_not_written,
    watch_tree,
)
from ._target import Target, check_spread, target_of
from ._thop.formula import FormulaPass, InstalledPass, is_stale, no_pass
from ._thop.guard import ModelGuard
from ._tree import CustomOps


def count(
    model: Callable[..., Any],
    args: Any = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    device: Device = None,
    custom_ops: CustomOps | None = None,
    warmup: int = 1,
    replay_mode: ReplayMode = None,
    metrics: str | None = None,
    formula: str | None = "thop",
    operator_rules: Mapping[str, Callable[..., Any]] | None = None,
    operator_handles: Mapping[str, Callable[..., Any]] | None = None,
    capture: Capture = None,
    overwrite: bool = True,
    counting: Counting | None = None,
) -> Result:
    """Counts `model(*args, **kwargs)`: three numbers for each module, and why they differ.

    Runs the forward `warmup` times unseen; once as thop runs it (eval mode, no gradients, hooks) for the formula
    column; then unperturbed for the operator column and the counters, once for each group of metrics. Buffers,
    training flags and random states are put back after each run, so every run computes the same and the model is
    afterwards as it was; also when the forward raises, which passes through.

    `model`: a module, an exported program, a bound method of a module (`model.generate`; the tree is the module's) or
    any function, whose row is the root, above the modules that it reaches (docs/python.md). `args`: a tuple or list
    of positional inputs, or one input that is neither. `device`: where it is measured, "cuda:1" say; by
    default where the model is. `custom_ops`: as thop's, {ModuleType: rule(m, x, y)}; a rule adds MACs to
    `m.total_ops`. `formula`: "thop" for the rules of 0.1.1, "installed" for the numbers of the package thop that is
    installed, None for no formula column and no run for it. `replay_mode`: "none", "iteration", "kernel".
    `metrics`: "cuda-core", "tensor", "full", "roofline" or names of CUPTI's metrics with commas between; by default
    all that the runs can collect. `operator_rules`, `operator_handles`: rules for operators that have none.
    `capture`: a file for the capture; a capture that is there is replaced, or with `overwrite=False` refused; its
    path can have `%h` (host), `%r` (rank) and `%p` (process id). `counting`: how kernels are counted, where the
    defaults do not fit.

    Raises UsageError, DeviceError, CaptureError for a file that cannot be written; SessionError inside a watch. One
    thread at a time.
    """
    inputs, named = positional(args), arguments.mapping("kwargs", kwargs, "{'name': value}")
    for name in named:
        arguments.text("a name in kwargs", name)
    target = target_of(model, inputs, named)
    check_spread(target, args, named)
    return run_count(
        target.module,
        inputs,
        named,
        SessionOptions(device, replay_mode, metrics, operator_rules, operator_handles, capture, overwrite, counting),
        formula_pass=make_formula_pass(target, formula, custom_ops),
        warmup=warmup,
        call=target.call,
    )


def positional(args: Any) -> tuple[Any, ...]:
    """`args` as a tuple: a tuple or list of inputs, or one input that is neither."""
    return tuple(args) if isinstance(args, (tuple, list)) else (args,)


def make_formula_pass(
    target: Target, formula: str | None, custom_ops: CustomOps | None
) -> FormulaPass | InstalledPass:
    model = target.module
    if formula is None:
        if custom_ops:
            raise UsageError("custom_ops are rules of the formula column, and formula=None asks for none")
        return no_pass(model)
    if torch._C._get_dispatch_mode(torch._C._TorchDispatchModeKey.FAKE) is not None:
        raise UsageError("thop's rules count in tensors, which have no values under FakeTensorMode: give formula=None")
    if formula == "thop":
        # An exported program has no eval mode to run thop in, and no module types that it has rules for.
        if isinstance(model, torch.fx.GraphModule) and "eval" in vars(model):
            return no_pass(model)
        return FormulaPass(model, custom_ops, call=None if target.is_module else target.call)
    if formula == "installed":
        if not target.is_module:
            raise UsageError(
                "the package thop runs a module's forward: for another method take formula='thop' or None"
            )
        return InstalledPass(model, custom_ops)
    raise UsageError(
        f"formula is 'thop' (the rules of 0.1.1), 'installed' (the package thop) or None, and {formula!r} is neither"
    )


def run_count(
    model: nn.Module,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    options: SessionOptions,
    *,
    formula_pass: FormulaPass | InstalledPass,
    warmup: int,
    call: Callable[..., Any] | None = None,
) -> Result:
    """`count` with its formula column as an object, whose own answer the caller may want. `call`: what runs instead
    of the model itself, one of its methods."""
    counted = model if call is None else call
    arguments.whole_number("warmup", warmup, "a number of runs")
    session = open_session(model, formula_pass.tree, options, formula=formula_pass.words)
    check_inputs(model, args, kwargs)
    if something_is_recorded():
        raise SessionError("something is being recorded already, and sessions cannot be nested: leave the watch first")

    def run() -> None:
        native.with_cleanup(lambda: counted(*args, **kwargs), ModelGuard(model).restore)

    for _ in range(warmup):
        run()
    if is_stale(formula_pass.tree):
        formula_pass.read()
        watch_tree(session, formula_pass.tree)
    hooks = ScopeHooks(session, formula_pass.tree)

    def recorded() -> Result:
        session.start("formula" if formula_pass.runs else "owned")
        if formula_pass.runs:
            _run_formula(formula_pass, args, kwargs)
        hooks.install()
        if formula_pass.runs:
            session.count_operators()
        run()
        while session.next_run():
            run()
        hooks.remove()
        session.finish()
        compiled = session.result()
        warn_not_written(compiled)
        return Result(compiled)

    def undo() -> None:
        hooks.remove()
        session.abandon()

    return native.with_cleanup(recorded, undo)


def _run_formula(formula_pass: FormulaPass | InstalledPass, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    try:
        formula_pass.run(args, kwargs)
    except Exception as error:
        if hasattr(error, "add_note"):  # from Python 3.11 on
            error.add_note(
                "flopwatch: this was raised in the run for the formula column, which is as thop does it, in eval mode "
                "and without gradients; formula=None leaves it out"
            )
        raise
