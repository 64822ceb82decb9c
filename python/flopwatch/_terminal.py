# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The terminal that standard output is, if it is one."""

from __future__ import annotations

import os
import sys


def terminal_wants_colour() -> bool:
    """As the command line program asks it (https://no-color.org)."""
    try:
        terminal = sys.stdout.isatty()
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def terminal_width() -> int:
    """0, as wide as needed, where standard output is no terminal."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (AttributeError, ValueError, OSError):
        return 0
