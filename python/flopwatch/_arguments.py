# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Arguments that make no sense are refused with their name and value, before anything runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from ._errors import UsageError


def text(name: str, value: object) -> str:
    """Raises UsageError unless it is a string."""
    if not isinstance(value, str):
        raise UsageError(f"{name} is a text, not {value!r}")
    return value


def texts(name: str, value: Any) -> tuple[str, ...]:
    """Raises UsageError unless it is a list or tuple of strings."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise UsageError(f"{name} is a list of texts, not {value!r}")
    return tuple(value)


def whole_number(name: str, value: object, of_what: str = "a whole number") -> int:
    """Raises UsageError unless it is an integer, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
        raise UsageError(f"{name} is {of_what}, 0 or more, not {value!r}")
    return int(value)


def number(name: str, value: object) -> float:
    """Raises UsageError unless it is a number, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, Real) or not float(value) >= 0:
        raise UsageError(f"{name} is a number, 0 or more, not {value!r}")
    return float(value)


def choice(name: str, value: Any, choices: tuple[Any, ...]) -> Any:
    """Raises UsageError unless it is one of these."""
    if not any(type(value) is type(known) and value == known for known in choices):
        words = [repr(known) for known in choices]
        raise UsageError(f"{name} is {', '.join(words[:-1])} or {words[-1]}, not {value!r}")
    return value


def mapping(name: str, value: Any, like: str) -> dict[Any, Any]:
    """A copy; empty for None. Raises UsageError unless it is a mapping."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UsageError(f"{name} is a dictionary, {like}, not {value!r}")
    return dict(value)


def path(name: str, value: Any) -> bytes:
    """As the file system has it, which need not be UTF-8. Raises UsageError unless it is a text or a path object."""
    try:
        found = os.fspath(value)
    except TypeError:
        found = None
    if not isinstance(found, str) or not found or "\0" in found:
        raise UsageError(f"{name} is the path of a file, not {value!r}")
    return os.fsencode(found)
