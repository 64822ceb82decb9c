# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What `count` and `watch` share: the options of a session, and a compiled session with a watched tree."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from . import _arguments as arguments
from ._counting import Counting
from ._device import Device, check_model, device_name, first_gpu_of_hooks
from ._errors import UsageError
from ._load import native
from ._operators.operators import from_torch_registry, own_operator_rules
from ._tree import ModuleTree

ReplayMode = str | None
"""None, "none", "iteration" or "kernel"."""
Capture = str | os.PathLike[str] | None


@dataclass(frozen=True)
class SessionOptions:
    """As the user gave them to `count` or `watch`, whose documentation says what they mean."""

    device: Device = None
    replay_mode: ReplayMode = None
    metrics: str | None = None
    operator_rules: Mapping[str, Callable[..., Any]] | None = None
    operator_handles: Mapping[str, Callable[..., Any]] | None = None
    capture: Capture = None
    overwrite: bool = True
    counting: Counting | None = None
    measure: str | None = None


def open_session(
    model: nn.Module, tree: ModuleTree, options: SessionOptions, *, formula: str, iteration: str = ""
) -> Any:
    """A session that knows the tree and records nothing yet. What `flopwatch run` records ends here for good.

    `formula`: what the reports say of the formula column, "none" without one. `iteration`: the name of the iterations,
    empty where the block is not divided into any.
    Raises DeviceError, UsageError.
    """
    stand_aside()
    return make_session(model, tree, options, formula=formula, iteration=iteration)


def make_session(
    model: nn.Module, tree: ModuleTree, options: SessionOptions, *, formula: str, iteration: str, raw: str = "sample"
) -> Any:
    """The same beside `flopwatch run`. `raw`: which raw counter images the capture keeps."""
    _refuse_inside_a_capture()
    first_gpu = tree.compiled.first_gpu
    if first_gpu is None and options.device is None and tree.compiled.on_meta:
        first_gpu = first_gpu_of_hooks(model)
    counting = Counting() if options.counting is None else options.counting
    if not isinstance(counting, Counting):
        raise UsageError(f"counting is a flopwatch.Counting, not {counting!r}")
    replay_mode = arguments.choice("replay_mode", options.replay_mode, (None, "none", "iteration", "kernel"))
    measure = arguments.choice("measure", options.measure, (None, "run"))
    if measure == "run":
        if replay_mode is not None:
            raise UsageError(f"measure='run' is a replay mode of its own: leave replay_mode={replay_mode!r} out")
        replay_mode = "reuse"
    session = native.Session(
        device=device_name(first_gpu, options.device),
        metrics="" if options.metrics is None else _metrics(options.metrics),
        replay_mode=replay_mode or "automatic",
        capture=b"" if options.capture is None else arguments.path("capture", options.capture),
        overwrite=bool(options.overwrite),
        iteration=iteration,
        **counting.words(),
        operator_rules=own_operator_rules(options.operator_rules, options.operator_handles),
        library_operator_rules=from_torch_registry(),
        raw=raw,
    )
    check_model(model, options.device)
    watch_tree(session, tree)
    session.set_info("framework", f"PyTorch {torch.__version__}")
    session.set_info("formula", formula)
    return session


def _refuse_inside_a_capture() -> None:
    """To open the GPU's profiler would break the user's capture."""
    if torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing():  # type: ignore[no-untyped-call]
        raise UsageError(
            "a CUDA graph is being captured on the current stream, which counting would break: begin before the "
            "capture, or after it"
        )


def _metrics(given: object) -> str:
    if not arguments.text("metrics", given):
        raise UsageError("metrics is '', which names none: leave it out for all that the runs can collect")
    return str(given)


gives_way: Callable[[], None] | None = None
"""Of the meter that is running: ends its count of a step, so that something else can record."""


stands_aside: Callable[[], None] | None = None
"""Of `flopwatch run` in this process: ends its recording for good, because the program counts itself."""


def stand_aside() -> None:
    if stands_aside is not None:
        stands_aside()


def something_is_recorded() -> bool:
    """A block that nobody refers to any more is ended first, where it waits for the garbage collector; so is what a
    meter counts, and what `flopwatch run` records."""
    stand_aside()
    if native.recording() and gives_way is not None:
        gives_way()
    if native.recording():
        gc.collect()
    return native.recording()


def warn_not_written(compiled: Any) -> None:
    """Warns where the capture of a native result could not be written to its file: it is in memory alone."""
    if compiled is not None and compiled.not_written:
        warnings.warn(f"flopwatch: {compiled.not_written}", RuntimeWarning, stacklevel=3)


def watch_tree(session: Any, tree: ModuleTree) -> None:
    """What the session names scopes by. The tree must live as long as the session."""
    session.watch(tree.compiled)
