# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Operators that PyTorch calls past its dispatcher.

PyTorch 2.15 calls an operator of `torch.library.custom_op` from Python to Python, and observers of the dispatcher
do not see it (`torch.profiler` neither). The way through the dispatcher is still there, runs the same kernels and
is what earlier versions take.
"""

from __future__ import annotations

import sys
from typing import Any

from torch._ops import OpOverload

_SWITCH = "_enable_pyobj_dispatch"
_IS_ON = "_is_pyobj_dispatcher_enabled"


class ThroughTheDispatcher:
    """While it lasts calls of `torch.library.custom_op`s go through the dispatcher; one at a time in a process.

    On all threads, and for operators that are defined meanwhile.
    """

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

        # An operator can be defined meanwhile, in a first forward.
        setattr(OpOverload, _SWITCH, wait)
        for operator in _custom_operators():
            if getattr(operator, _IS_ON)():
                waiting.append((operator, True))
                original(operator, False)

    def end(self) -> None:
        """Each operator is called as before, and one defined meanwhile as it was to be.

        Idempotent; can be ended anywhere and called again.
        """
        if self._original is None:
            return
        setattr(OpOverload, _SWITCH, self._original)
        for operator, enabled in self._waiting:
            self._original(operator, enabled)
        self._waiting.clear()
        self._original = None


def _custom_operators() -> list[OpOverload]:
    definitions = getattr(sys.modules.get("torch._library.custom_ops"), "OPDEFS", None)
    if definitions is None:
        return []
    # Another thread can define one meanwhile, and an iteration over the values would then raise.
    return [definition._opoverload for definition in [r() for r in definitions.valuerefs()] if definition is not None]
