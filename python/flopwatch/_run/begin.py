# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What happens when a program of `flopwatch run` has imported torch."""

from __future__ import annotations

import os

from .options import OWNER, options_from
from .recorder import Recorder


def at_torch() -> None:
    """Waits for the first call of a module. Called once, before CUDA is used. Raises UsageError."""
    started_with = dict(os.environ)
    options = options_from(started_with)
    if options is None:
        return
    os.environ[OWNER] = str(os.getpid())
    recorder = Recorder(options, started_with)
    recorder.wait()
    os.register_at_fork(after_in_child=recorder.begin_again_in_child)
