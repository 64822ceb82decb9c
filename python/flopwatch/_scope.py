# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Scopes for parts of a program that are no module."""

from __future__ import annotations

from types import TracebackType

from torch.compiler import is_compiling

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
        self._name, self._type = name, type
        self._open: object | None = None

    def __enter__(self) -> scope:
        if self._open is not None:
            raise SessionError(f"the scope {self._name!r} is open already: make another one for a block inside it")
        if not is_compiling():
            opened = native.Scope()
            opened.enter(self._name, self._type)
            self._open = opened
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            opened.leave()  # type: ignore[attr-defined]
