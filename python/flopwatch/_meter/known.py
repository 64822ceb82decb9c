# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What is known of the steps of one signature: their count, and whether it has proved to be the same each time."""

from __future__ import annotations

from .amounts import Amounts, add, mean
from .counter import Counted


class Known:
    """The counts of one signature.

    The first count can be of a step that did more than those after it (memory that is laid out, lazy parts): where the
    second differs and the third is as the second, the first stands for its own step alone. Any other difference makes
    the signature variable: its steps are then reported with the mean of all counts, and never as exact.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        """For messages: "step 12" says which one was the first of its kind."""
        self.readings = 0
        """Whole counts."""
        self.variable = False
        self.reused_steps = 0
        """Steps that this count stands for; those that were never counted stand for nothing until it has one."""
        self._first: Counted | None = None
        self._settled: Counted | None = None
        self._agreeing = 0
        self._sum: Amounts = {}
        self._mean: Amounts = {}

    def read(self, counted: Counted) -> None:
        """Takes the count of a whole step."""
        self.readings += 1
        add(self._sum, counted.amounts)
        if self._settled is None:
            self._first = self._settled = counted
            self._agreeing = 1
        elif counted.amounts == self._settled.amounts:
            self._agreeing += 1
            self._settled = counted
        elif self.readings == 2:  # which of the two is usual, the third says
            self._settled, self._agreeing = counted, 1
        else:
            self.variable = True
        self._mean = {}

    @property
    def unsettled(self) -> bool:
        """Two counts differ, and a third is wanted."""
        return self.readings == 2 and self._agreeing == 1

    @property
    def amounts(self) -> Amounts | None:
        """What stands for a step that is not counted; None before the first count."""
        if self._settled is None:
            return None
        if not self.variable:
            return self._settled.amounts
        if not self._mean:
            self._mean = mean(self._sum, self.readings)
        return self._mean

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why a step that this count stands for is not exact; empty where it is."""
        if self._settled is None:
            return ()
        if self.variable:
            return (
                f"steps like {self.name} differ in their work: they are reported with the mean of "
                f"{self.readings} counts",
                *self._settled.reasons,
            )
        if self.unsettled:
            return f"two counts of steps like {self.name} differ, and a third is still to come", *self._settled.reasons
        return self._settled.reasons
