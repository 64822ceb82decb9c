# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Sees that a CUDA graph of the program's own is replayed: no operator is called then."""

from __future__ import annotations

import functools
from typing import Any

import torch

from .._load import native

_GRAPH: Any = torch.cuda.CUDAGraph


class ReplayWatch:
    """While installed, replays are named, on every thread. One at a time in a process."""

    def __init__(self) -> None:
        self._original: Any = None
        self._wrapper: Any = None

    def install(self) -> None:
        """Call `remove` also when this raises."""
        original = _GRAPH.replay

        @functools.wraps(original)
        def replay(graph: Any) -> None:
            original(graph)
            native.region_lost("region", "a CUDA graph that was replayed (its capture counted once)")

        self._original, self._wrapper = original, replay
        _GRAPH.replay = replay

    def remove(self) -> None:
        """Idempotent; can be ended anywhere and called again."""
        if self._wrapper is not None and _GRAPH.replay is self._wrapper:  # else wrapped meanwhile
            _GRAPH.replay = self._original
        self._original = self._wrapper = None
