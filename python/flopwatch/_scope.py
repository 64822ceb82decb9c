# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Scopes for parts of a program that are no module."""

from __future__ import annotations

from types import TracebackType

from torch.compiler import is_compiling

from . import _arguments as arguments
from ._errors import SessionError
from ._load import native


class scope:  # noqa: N801  (a function to its users, as torch.no_grad is)
    """Names a part of the program: what runs in the block belongs to "<module>.<name>", on this thread.

        with flopwatch.scope("loss"):
            ...

    Also pushes the NVTX range of that name. Does nothing in a compiled region. Blocks must nest: one
    that ends before a later one of its thread has ended takes that one with it. Raises SessionError when it is entered
    twice at once.
    """

    def __init__(self, name: str, type: str = "scope") -> None:
        self._name, self._type = arguments.text("the name of a scope", name), arguments.text("its type", type)
        self._open: object | None = None

    def __enter__(self) -> scope:
        if self._open is not None:
            raise SessionError(f"the scope {self._name!r} is open already: make another one for a block inside it")
        if is_compiling():
            return self
        opened = native.Scope()
        try:
            opened.enter(self._name, self._type)
            self._open = opened
        except BaseException:  # Ctrl-C in between: `with` does not call `__exit__` then
            opened.leave()
            self._open = None
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            opened.leave()  # type: ignore[attr-defined]
