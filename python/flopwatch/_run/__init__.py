# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What `flopwatch run` does inside a Python program: records the modules that an unchanged script calls.

The command puts `start_folder()` in front of PYTHONPATH and its options into FLOPWATCH_RUN. Python then imports
`start/sitecustomize.py` before the program; once the program has imported torch, `begin.at_torch` waits for the first
call of a module, and `recorder.Recorder` records from there to the end of the process.
"""

from __future__ import annotations

from pathlib import Path


def start_folder() -> str:
    """The folder that PYTHONPATH must name for a program to be recorded. Absolute."""
    return str(Path(__file__).resolve().parent / "start")
