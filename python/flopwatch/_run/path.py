# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Where a process of `flopwatch run` writes its capture: each its own file."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from .options import OWNER, RECORDED

_RANK = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID")
"""Variables of launchers, torchrun's first."""


def rank_of(environment: Mapping[str, str]) -> str | None:
    """The rank that a launcher gave this process; None where none did."""
    return next((environment[name] for name in _RANK if environment.get(name, "").isdigit()), None)


def capture_path(pattern: str, environment: Mapping[str, str], *, forked: bool) -> str:
    """%p is the process, %h the host, %r the rank (0 without one), %% a per cent sign.

    A process that another one of the same run started has its number in front of the ending where the pattern does
    not distinguish the two; so has a rank. `forked`: by a process that is recorded.
    """
    rank = rank_of(environment)
    words = {"%p": str(os.getpid()), "%h": socket.gethostname(), "%r": rank or "0", "%%": "%"}
    used = set(re.findall("%.", pattern))
    path = re.sub("%[phr%]", lambda found: words[found[0]], pattern)
    if "%p" in used:
        return path
    if forked or _is_child(environment, rank):
        return _with(path, str(os.getpid()))
    return path if rank is None or "%r" in used else _with(path, f"rank{rank}")


def _is_child(environment: Mapping[str, str], rank: str | None) -> bool:
    me = str(os.getpid())
    if environment.get(RECORDED, me) != me:
        return True
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and processes.parent_process() is not None:
        return True
    return rank is None and environment.get(OWNER, me) != me


def _with(path: str, part: str) -> str:
    whole = Path(path)
    return str(whole.with_name(f"{whole.stem}.{part}{whole.suffix}"))
