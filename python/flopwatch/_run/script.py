# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The recording of a program that uses PyTorch and calls no module: its operators, from the import of torch on."""

from __future__ import annotations

import sys
from typing import Any

from .. import _session as sessions
from .._load import native
from .._thop.formula import THOP_RULES
from .gpu_use import has_context
from .options import RunOptions
from .roots import Roots

ROOT = "(script)"
_NO_MODULE = "the program called no module of PyTorch, and then operators alone are recorded"
_NOT_SEEN = "It imports PyTorch and called no module: the launches of such a program are not recorded."


class ScriptRecording:
    """In memory, because most programs call a module in the end: then it is dropped, and the recording of modules
    begins. It measures nothing: no GPU is touched before the program does."""

    def __init__(self, options: RunOptions) -> None:
        self._options = options
        self._session: Any = None
        self._root: Any = None

    def begin(self) -> None:
        """Not in a process that another one made for a part of its work: workers call few operators, or none."""
        if _is_worker():
            return
        tree = Roots(()).empty_tree()
        self._session = sessions.make_session(
            tree.root, tree, sessions.SessionOptions(device="cpu"), formula=THOP_RULES, iteration="", raw="none"
        )
        self._session.set_info("measured_reason", _NO_MODULE)
        if self._options.command:
            self._session.set_info("command", self._options.command)
        self._session.start("whole")
        self._root = native.Scope()
        self._root.enter(ROOT, "script")

    def products(self) -> int:
        """Multiply-adds of the operators so far; 0 where none are recorded. From any thread."""
        operators, _errors = ((), None) if self._session is None else self._session.read_operators()
        return sum(macs for _name, _status, _phase, _precision, macs, _useful, _other in operators)

    def drop(self) -> None:
        """Idempotent; from any thread."""
        session, self._session = self._session, None
        if session is not None:
            self._root = None
            session.abandon()

    def keep(self, path: str) -> str | None:
        """At the end, on the thread that began it: writes the capture where an operator was counted, or a GPU was
        used, whose kernels it lacks. Returns what to say where that fails; None for nothing."""
        session, self._session = self._session, None
        if session is None:
            return None
        used_a_gpu = self._options.device != "cpu" and has_context()
        if used_a_gpu:
            session.note_loss("launches_not_seen", _NOT_SEEN)
        self._options.note_without_effect(session)
        self._root.leave()
        session.finish("")
        compiled = session.result()
        counted = None if compiled is None else compiled.totals()[1]
        if counted is None or not (any(counted[:2]) or used_a_gpu):
            return None
        try:
            compiled.save(path.encode(), True)
        except Exception as error:
            return f"the operators of this script were not written: {error}"
        return None


def _is_worker() -> bool:
    if "--multiprocessing-fork" in sys.orig_argv:  # it imports torch before multiprocessing says whose child it is
        return True
    processes = sys.modules.get("multiprocessing.process")
    return processes is not None and processes.parent_process() is not None
