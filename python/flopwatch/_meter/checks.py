# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Which steps are counted again as checks: some at random, within a part of the run's time."""

from __future__ import annotations

import random
from numbers import Real

from .._errors import UsageError

_PART_TAKEN = 0.5
"""Of the steps that the budget allows; at random, so that no rhythm of the run hides from the checks."""


def checked_budget(budget: object) -> float:
    """Raises UsageError unless it is a part of the time, 0 to 1."""
    if isinstance(budget, bool) or not isinstance(budget, Real) or not 0 <= float(budget) <= 1:
        raise UsageError(
            f"check_budget is the part of the run's time that checks may add, 0 to 1 (0.01 is 1 %), not {budget!r}"
        )
    return float(budget)


class Checks:
    """What checks have added so far, and what the next one would. One thread; its random numbers are its own."""

    def __init__(self, budget: float, seed: int | None = None) -> None:
        self._budget = budget
        self._random = random.Random(seed)
        self._around_ns = self._step_ns = 0
        self._usual_ns: float | None = None
        self.counted_any = False
        self.run_ns = 0
        """Of all steps so far."""
        self.added_ns = 0.0
        """By checks."""

    def due(self) -> bool:
        """Whether the step that begins now is a check."""
        if not self.counted_any or self._budget <= 0 or self.added_ns + self._cost_ns() > self._budget * self.run_ns:
            return False
        return self._random.random() < _PART_TAKEN

    def uncounted(self, step_ns: int) -> None:
        """A step ran, and only its signature was looked at."""
        self.run_ns += step_ns
        self._usual_ns = float(step_ns) if self._usual_ns is None else 0.75 * self._usual_ns + 0.25 * step_ns

    def counted(self, around_ns: int, step_ns: int, *, check: bool) -> None:
        """A step was counted in full. `around_ns`: what beginning, ending and reading took beside the step itself."""
        self.counted_any = True
        self.run_ns += around_ns + step_ns
        self._around_ns, self._step_ns = around_ns, step_ns
        if check:
            self.added_ns += self._cost_ns()

    def _cost_ns(self) -> float:
        """What counting adds to a step. As long as no step ran uncounted, all of its time is taken for added."""
        return self._around_ns + max(0.0, self._step_ns - (self._usual_ns or 0.0))
