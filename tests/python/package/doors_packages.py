# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Programs of other tools, in a folder of their own: requirements-doors.txt."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PEERS = Path(sys.prefix) / "peers"


def run_apart(script: Path | str, *words: str, peer: str = "doors") -> str:
    """What a program prints that may import the packages of .venv/peers/`peer`: a text of Python, or a file with it.

    A program of its own, because some of the packages are under other licences, and some need other versions.
    """
    folder = PEERS / peer
    if not folder.is_dir():
        pytest.skip(f"no {folder.name}: scripts/bootstrap.sh installs its packages into .venv/peers")
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    source = ["-c", script] if isinstance(script, str) else [str(script)]
    done = subprocess.run(
        [sys.executable, *source, *words], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
