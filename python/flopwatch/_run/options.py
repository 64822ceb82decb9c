# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What `flopwatch run` was asked for, as the environment has it."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .._counting import Counting
from .._errors import UsageError

VARIABLE = "FLOPWATCH_RUN"
OWNER = "FLOPWATCH_RUN_OWNER"
"""The process whose launches this package records, so that the library in it which sees launches does not."""
RECORDED = "FLOPWATCH_RUN_RECORDED"
"""The process that is recorded, for those that it starts."""

_REUSE = ("reuse", "run")
_BY_THEMSELVES = ("", "auto", "automatic")


_OTHER_OPTIONS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "--profile-from-start off": lambda given: given.get("profile_from_start") is False,
}


@dataclass(frozen=True)
class RangeChoice:
    """Which NVTX ranges of the program are scopes. Of a program that uses PyTorch none are, unless some are chosen."""

    domains: tuple[str, ...] = ()
    """"" is the default domain; empty: all."""
    message: str = ""
    """A regular expression; empty: all."""

    def __bool__(self) -> bool:
        return bool(self.domains or self.message)


@dataclass(frozen=True)
class RunOptions:
    capture: str
    """A pattern: `path.capture_path` makes a path of it."""
    device: str | None
    """None: no GPU is measured."""
    metrics: str | None
    replay_mode: str | None
    measure: str | None
    iteration: str
    """Name of the ranges that are iterations, or steps; empty for none."""
    raw: str
    counting: Counting
    ranges: RangeChoice
    without_effect: tuple[str, ...]
    """Options of the command that are about programs without PyTorch."""
    roots: tuple[str, ...]
    """Names of variables that hold the roots; empty: roots are found."""
    command: str

    def note_without_effect(self, session: Any) -> None:
        """Into the capture of a session that records: what was asked for, and is not so."""
        for option in self.without_effect:
            session.note_loss("option_without_effect", f"{option}, of a program that imports PyTorch.")


def options_from(environment: Mapping[str, str]) -> RunOptions | None:
    """None outside of `flopwatch run`. Raises UsageError for a text that is no set of options."""
    text = environment.get(VARIABLE)
    if not text:
        return None
    try:
        given = json.loads(text)
        capture, replay = os.path.abspath(given["capture"]), str(given.get("replay") or "")
        roots = tuple(str(name) for name in given.get("roots") or ())
        command = shlex.join(str(word) for word in given.get("program") or ())
        counting = _counting_from(given)
        ranges = RangeChoice(
            tuple(str(name) for name in given.get("nvtx_domains") or ()), str(given.get("scope_regex") or "")
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"{VARIABLE} is not what `flopwatch run` writes there ({error}): leave it unset") from error
    return RunOptions(
        capture=capture,
        device=str(given.get("device") or "") or None,
        metrics=str(given.get("metrics") or "") or None,
        replay_mode=None if replay in (*_BY_THEMSELVES, *_REUSE) else replay,
        measure="run" if replay in _REUSE else None,
        iteration=str(given.get("iteration") or ""),
        raw=str(given.get("raw") or "sample"),
        counting=counting,
        ranges=ranges,
        without_effect=tuple(option for option, is_given in _OTHER_OPTIONS.items() if is_given(given)),
        roots=roots,
        command=command,
    )


def _counting_from(given: Mapping[str, Any]) -> Counting:
    words: dict[str, Any] = {
        "scope_depth": int(given.get("scope_depth") or 0),
        "kernel": str(given.get("kernel_regex") or ""),
        "launch_skip": int(given.get("launch_skip") or 0),
    }
    count = int(given.get("launch_count", -1))
    if count >= 0:
        words["launch_count"] = count
    if given.get("budget"):
        words["budget"] = float(given["budget"])
    return Counting(**words)
