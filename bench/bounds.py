# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Figures that are promised, each with its bound, and the programs that hold their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class Bounds:
    """What was held in this run, and what was not."""

    def __init__(self) -> None:
        self._held = 0
        self._over: list[str] = []

    def hold(self, what: str, value: float, most: float, unit: str) -> None:
        """Prints the figure beside its bound."""
        good = value <= most
        print(f"  {what:40} {value:8.3g} {unit}, {'within' if good else 'OVER'} the bound of {most:g}")
        self._note(what, good)

    def program(self, what: str, command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> None:
        """Runs a program that ends with 0 where its bounds held."""
        print(f"\n{what}:", flush=True)
        ended = subprocess.run([str(part) for part in command], check=False, env={**os.environ, **(environment or {})})
        self._note(what, ended.returncode == 0)

    def end(self) -> int:
        """Prints the sum; the exit status."""
        print(f"\n{self._held} held, {len(self._over)} not" + (": " + "; ".join(self._over) if self._over else ""))
        return 1 if self._over else 0

    def _note(self, what: str, good: bool) -> None:
        if good:
            self._held += 1
        else:
            self._over.append(what)
