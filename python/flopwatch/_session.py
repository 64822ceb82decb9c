# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What `count` and `watch` share: the options of a session, and a compiled session with a watched tree."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ._device import Device, check_model, device_name, first_gpu_of_hooks
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


def open_session(
    model: nn.Module, tree: ModuleTree, options: SessionOptions, *, formula: str, iteration: str = ""
) -> Any:
    """A session that knows the tree and records nothing yet.

    `formula`: what the reports say of the formula column, "none" without one. `iteration`: the name of the iterations,
    empty where the block is not divided into any.
    Raises DeviceError, UsageError.
    """
    first_gpu = tree.compiled.first_gpu
    if first_gpu is None and options.device is None:
        first_gpu = first_gpu_of_hooks(model)
    session = native.Session(
        device=device_name(first_gpu, options.device),
        metrics=options.metrics or "",
        replay_mode=options.replay_mode or "automatic",
        capture="" if options.capture is None else os.fspath(options.capture),
        iteration=iteration,
        operator_rules=own_operator_rules(options.operator_rules, options.operator_handles),
        library_operator_rules=from_torch_registry(),
    )
    check_model(model, options.device)
    watch_tree(session, tree)
    session.set_info("framework", f"PyTorch {torch.__version__}")
    session.set_info("formula", formula)
    return session


def watch_tree(session: Any, tree: ModuleTree) -> None:
    """What the session names scopes by. The tree must live as long as the session."""
    session.watch(tree.compiled)
