# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""NVTX ranges of a Python program as scopes, between those of its modules: what `--nvtx-domain` and `--scope-regex`
choose of `torch.cuda.nvtx` and of the package nvtx. No driver is needed."""

from __future__ import annotations

import functools
import re
import sys
import threading
from collections.abc import Callable
from typing import Any

import torch
from torch.compiler import is_compiling

from .._load import native
from .options import RangeChoice

_DEFAULT = ""


class RangeScopes:
    """Takes the place of the functions that push and pop ranges, which are called as before."""

    def __init__(self, choice: RangeChoice) -> None:
        self._choice = choice
        self._message = re.compile(choice.message)
        self._open = threading.local()
        self._installed: set[str] = set()

    def install(self) -> None:
        """Idempotent. The package nvtx is looked for among what is imported by now. Does nothing without a choice."""
        if not self._choice:
            return
        if "torch" not in self._installed:
            self._installed.add("torch")
            ours: Any = torch.cuda.nvtx
            ours.range_push = self._pushes(ours.range_push, lambda msg: (str(msg), _DEFAULT))
            ours.range_pop = self._pops(ours.range_pop, lambda: _DEFAULT)
        package: Any = sys.modules.get("nvtx")
        if package is not None and "nvtx" not in self._installed and hasattr(package, "annotate"):
            self._installed.add("nvtx")
            self._take_over(package)

    def _take_over(self, package: Any) -> None:
        annotate = package.annotate
        if not hasattr(annotate, "__enter__"):  # its environment variable has switched it off
            return
        annotate.__call__ = self._decorates(annotate.__call__)
        annotate.__enter__ = self._pushes(annotate.__enter__, _of_annotation)
        annotate.__exit__ = self._pops(annotate.__exit__, lambda annotation, *_error: _of_annotation(annotation)[1])
        package.push_range = self._pushes(package.push_range, _of_push)
        package.pop_range = self._pops(package.pop_range, lambda domain=None: _domain(domain))

    def _pushes(self, original: Callable[..., Any], read: Callable[..., tuple[str, str]]) -> Callable[..., Any]:
        @functools.wraps(original)
        def push(*args: Any, **kwargs: Any) -> Any:
            answer = original(*args, **kwargs)
            if not is_compiling():
                self._enter(*read(*args, **kwargs))
            return answer

        return push

    def _pops(self, original: Callable[..., Any], domain: Callable[..., str]) -> Callable[..., Any]:
        @functools.wraps(original)
        def pop(*args: Any, **kwargs: Any) -> Any:
            if not is_compiling():
                self._leave(domain(*args, **kwargs))
            return original(*args, **kwargs)

        return pop

    def _decorates(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def decorate(annotation: Any, function: Callable[..., Any]) -> Any:
            decorated = original(annotation, function)
            message, domain = _of_annotation(annotation)
            if not self._is_scope(message or function.__name__, domain):
                return decorated

            @functools.wraps(decorated)
            def inner(*args: Any, **kwargs: Any) -> Any:
                if is_compiling():
                    return decorated(*args, **kwargs)
                self._enter(message or function.__name__, domain)
                try:
                    return decorated(*args, **kwargs)
                finally:
                    self._leave(domain)

            return inner

        return decorate

    def _is_scope(self, message: str, domain: str) -> bool:
        domains = self._choice.domains
        return (not domains or domain in domains) and self._message.search(message) is not None

    def recording_begins(self) -> None:
        """The ranges that this thread has open by now are scopes of it, too."""
        ranges = self._ranges()
        for each in reversed(ranges):
            each.leave()
        for each in ranges:
            each.enter()

    def _enter(self, message: str, domain: str) -> None:
        opened = _Range(message, domain, self._is_scope(message, domain))
        opened.enter()
        self._ranges().append(opened)

    def _leave(self, domain: str) -> None:
        """Each domain has a stack of its own: ranges that began in one that ends stay open, in the scope around it."""
        ranges = self._ranges()
        at = next((at for at in range(len(ranges) - 1, -1, -1) if ranges[at].domain == domain), None)
        if at is None:
            return
        for each in reversed(ranges[at:]):
            each.leave()
        del ranges[at]
        for each in ranges[at:]:
            each.enter()

    def _ranges(self) -> list[_Range]:
        """Those that are open on this thread, the outermost first."""
        found: list[_Range] = vars(self._open).setdefault("ranges", [])
        return found


class _Range:
    def __init__(self, message: str, domain: str, is_scope: bool) -> None:
        self.domain = domain
        self._message, self._is_scope = message, is_scope
        self._opened: Any = None

    def enter(self) -> None:
        if self._is_scope:
            self._opened = native.Scope()
            self._opened.enter(self._message or "(no message)", f"NVTX {self.domain}" if self.domain else "NVTX")

    def leave(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.leave()


def _domain(given: str | None) -> str:
    return given or _DEFAULT


def _of_annotation(annotation: Any) -> tuple[str, str]:
    message, _colour, domain, *_more = getattr(annotation, "init_args", (None, None, None))
    return str(message or ""), _domain(domain)


def _of_push(
    message: str | None = None, color: Any = None, domain: str | None = None, *_more: Any, **_named: Any
) -> tuple[str, str]:
    return str(message or ""), _domain(domain)
