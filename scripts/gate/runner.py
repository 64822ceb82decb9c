# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Runs programs with a time limit and keeps what they print."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


class StageError(Exception):
    """A stage cannot go on; the text says why and where to look."""


@dataclass
class Done:
    code: int
    out: str
    seconds: float
    log: Path


def how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _end(process: subprocess.Popen) -> None:
    # The whole group: what hangs can be a child of the program.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def run(name: str, command: list, limit_s: float, logs: Path, environment: dict[str, str] | None = None,
        cwd: Path | None = None, good: tuple[int, ...] | None = (0,)) -> Done:
    """Standard output is returned, and kept with standard error in logs/NAME.log.

    Raises StageError when the limit is passed, the program is missing, or it ends with a code that is not in `good`
    (None: any code will do, but not a signal).
    """
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{name}.log"
    out_file = logs / f"{name}.out"
    start = time.monotonic()
    with log.open("wb") as errors, out_file.open("wb") as out:
        try:
            process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=errors, cwd=cwd, env={**os.environ, **(environment or {})},
                                       start_new_session=True)
        except OSError as e:
            raise StageError(f"{command[0]} cannot be run: {e.strerror}") from e
        try:
            code = process.wait(timeout=max(limit_s, 0.1))
        except subprocess.TimeoutExpired:
            _end(process)
            raise StageError(f"{name} did not end within {limit_s:.0f} s (logs/{log.name})") from None
        except BaseException:  # the gate itself is being ended
            _end(process)
            raise
    seconds = time.monotonic() - start
    done = Done(code, out_file.read_text(errors="replace"), seconds, log)
    if code < 0 or (good is not None and code not in good):
        last = (log.read_text(errors="replace").strip() or done.out.strip()).splitlines()[-1:]
        raise StageError(f"{name} {how_it_ended(code)} (logs/{log.name})" + (f": {last[0][:300]}" if last else ""))
    return done
