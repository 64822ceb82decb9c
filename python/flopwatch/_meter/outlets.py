# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What gets each interval as it ends. None of it can end the run."""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable

from .._errors import UsageError
from .interval import Interval

Callback = Callable[[Interval], object]


def say(text: str, category: type[Warning]) -> None:
    """A warning that cannot end the run: where warnings are made errors, it goes to standard error."""
    try:
        warnings.warn(text, category, stacklevel=3)
    except category:
        print(text, file=sys.stderr)


class Outlets:
    """The callbacks of a meter, in order."""

    def __init__(self) -> None:
        self._callbacks: list[Callback] = []
        self._warned: set[int] = set()

    def add(self, callback: Callback) -> None:
        """Raises UsageError for what cannot be called."""
        if not callable(callback):
            raise UsageError(f"on_step takes a function of one interval, and {callback!r} cannot be called")
        self._callbacks.append(callback)

    def tell(self, interval: Interval) -> None:
        for callback in self._callbacks:
            self._quietly(callback, functools.partial(callback, interval))

    def close(self) -> None:
        """Those that have something to close, a file say; they can be used again."""
        for callback in self._callbacks:
            close = getattr(callback, "close", None)
            if callable(close):
                self._quietly(callback, close)

    def _quietly(self, callback: Callback, call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:
            if id(callback) not in self._warned:
                self._warned.add(id(callback))
                name = getattr(callback, "__qualname__", type(callback).__qualname__)
                say(
                    f"flopwatch: {name} raised {type(error).__name__}: {error}; the run goes on, and further "
                    "failures of it are not reported",
                    RuntimeWarning,
                )
