# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Operators that PyTorch calls past its dispatcher.

PyTorch 2.15 calls an operator of `torch.library.custom_op` from Python to Python, and what observes the dispatcher is
told nothing of it (`torch.profiler` neither). The way through the dispatcher is still there, runs the same kernels and
is what earlier versions take.
"""

from __future__ import annotations

import sys
from typing import Any

from torch._ops import OpOverload

_SWITCH = "_enable_pyobj_dispatch"
_IS_ON = "_is_pyobj_dispatcher_enabled"


class ThroughTheDispatcher:
    """While it lasts every operator call goes through the dispatcher, on all threads; one at a time in a process."""

    def __init__(self) -> None:
        self._original: Any = None
        self._waiting: list[tuple[OpOverload, bool]] = []

    def begin(self) -> None:
        """Does nothing with a PyTorch that has no other way."""
        original = getattr(OpOverload, _SWITCH, None)
        if original is None or not hasattr(OpOverload, _IS_ON):
            return
        self._original = original
        waiting = self._waiting

        def wait(operator: OpOverload, enabled: bool = True) -> None:
            waiting.append((operator, enabled))

        # An operator may be defined meanwhile, in a first forward.
        setattr(OpOverload, _SWITCH, wait)
        for definition in list(getattr(sys.modules.get("torch._library.custom_ops"), "OPDEFS", {}).values()):
            operator = definition._opoverload
            if getattr(operator, _IS_ON)():
                waiting.append((operator, True))
                original(operator, False)

    def end(self) -> None:
        """Each operator is called as before, and one defined meanwhile as it was to be. Idempotent."""
        if self._original is None:
            return
        setattr(OpOverload, _SWITCH, self._original)
        for operator, enabled in self._waiting:
            self._original(operator, enabled)
        self._waiting.clear()
        self._original = None
