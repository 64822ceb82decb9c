# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What `flopwatch run` was asked for, as the environment has it."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from .._errors import UsageError

VARIABLE = "FLOPWATCH_RUN"
OWNER = "FLOPWATCH_RUN_OWNER"
"""The process whose launches this package records, so that the library in it which sees launches does not."""
RECORDED = "FLOPWATCH_RUN_RECORDED"
"""The process that is recorded, for those that it starts."""

_REUSE = ("reuse", "run")
_BY_THEMSELVES = ("", "auto", "automatic")


@dataclass(frozen=True)
class RunOptions:
    capture: str
    """A pattern: `path.capture_path` makes a path of it."""
    device: str | None
    """None: where the first model is."""
    metrics: str | None
    replay_mode: str | None
    measure: str | None
    iteration: str
    """Name of the ranges that are iterations, or steps; empty for none."""
    raw: str
    roots: tuple[str, ...]
    """Names of variables that hold the roots; empty: roots are found."""
    command: str


def options_from(environment: Mapping[str, str]) -> RunOptions | None:
    """None outside of `flopwatch run`. Raises UsageError for a text that is no set of options."""
    text = environment.get(VARIABLE)
    if not text:
        return None
    try:
        given = json.loads(text)
        capture, replay = given["capture"], str(given.get("replay") or "")
        roots = tuple(str(name) for name in given.get("roots") or ())
        command = shlex.join(str(word) for word in given.get("program") or ())
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"{VARIABLE} is not what `flopwatch run` writes there ({error}): leave it unset") from error
    return RunOptions(
        capture=os.path.abspath(capture),
        device=str(given.get("device") or "") or None,
        metrics=str(given.get("metrics") or "") or None,
        replay_mode=None if replay in (*_BY_THEMSELVES, *_REUSE) else replay,
        measure="run" if replay in _REUSE else None,
        iteration=str(given.get("iteration") or ""),
        raw=str(given.get("raw") or "sample"),
        roots=roots,
        command=command,
    )
