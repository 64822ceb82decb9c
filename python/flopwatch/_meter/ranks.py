# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Sums over the ranks of torch.distributed, exact whatever their size."""

from __future__ import annotations

import os
from dataclasses import replace

import torch

from .accumulator import Accumulator
from .amounts import PHASES, PRECISIONS, Amount, Amounts, Cell
from .interval import Interval
from .peak import Peak

_WORD_BITS = 32
_WORDS = 4
"""Of one number: 128 bits. The sum of 32-bit words over fewer than 2^31 ranks fits into 64 bits."""
_CELLS = tuple(
    Cell(phase, precision, bounded_by)
    for phase in PHASES
    for precision in PRECISIONS
    for bounded_by in ((precision, "tf32") if precision == "fp32" else (precision,))
)
"""In one order on all ranks; those of a rank are some of them."""
_PICO = 10**12


def rank_of_process() -> int:
    """Of torch.distributed where it is initialized, else by the variable RANK, else 0."""
    distributed = torch.distributed
    if distributed.is_available() and distributed.is_initialized():
        return int(distributed.get_rank())
    text = os.environ.get("RANK", "")
    return int(text) if text.isdigit() else 0


def to_words(number: int) -> list[int]:
    """The 32-bit words of a number from 0 to 2^128 - 1, low ones first."""
    mask = (1 << _WORD_BITS) - 1
    return [(number >> (_WORD_BITS * place)) & mask for place in range(_WORDS)]


def from_words(words: list[int]) -> int:
    """The number of words that may have been added up, each below 2^63."""
    return sum(word << (_WORD_BITS * place) for place, word in enumerate(words))


def all_sum(numbers: list[int]) -> list[int]:
    """Of each place over all ranks, exact. All ranks call it with equally many numbers, none below 0."""
    words = torch.tensor([word for number in numbers for word in to_words(number)], dtype=torch.int64)
    if torch.distributed.get_backend() == "nccl":
        words = words.cuda()
    torch.distributed.all_reduce(words)
    flat = words.tolist()
    return [from_words(flat[i : i + _WORDS]) for i in range(0, len(flat), _WORDS)]


def sum_over_ranks(own: Interval, steps: Accumulator, peak: Peak | None) -> Interval:
    """The interval of all ranks together; `own` where there is one rank. All ranks must call it.

    MFU and HFU: the time that the work of all ranks would take at their peaks, over the time that it took them.
    """
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return own
    seconds, times = (0.0, "") if peak is None else steps.timed(peak)
    has_times = not isinstance(times, str) and not steps.clock_went_back
    useful, executed = times if not isinstance(times, str) else (0.0, 0.0)
    numbers = [value for cell in _CELLS for value in own.amounts.get(cell, Amount(0, 0, 0))]
    numbers += [own.steps, own.steps_read, own.steps_reused, own.steps_missing, own.complete, own.exact]
    numbers += [has_times, round(seconds * _PICO), round(useful * _PICO), round(executed * _PICO)]
    summed = all_sum([int(number) for number in numbers])
    ranks = torch.distributed.get_world_size()
    cells = summed[: 3 * len(_CELLS)]
    amounts: Amounts = {
        cell: Amount(*cells[3 * place : 3 * place + 3])
        for place, cell in enumerate(_CELLS)
        if any(cells[3 * place : 3 * place + 3])
    }
    n_steps, read, reused, missing, complete, exact, timed, ps, useful_ps, executed_ps = summed[3 * len(_CELLS) :]
    reasons = own.reasons
    if exact < ranks:
        reasons += (f"{ranks - exact} of {ranks} ranks are not exact",)
    why_not = "" if timed == ranks else own.no_utilization or f"{ranks - timed} of {ranks} ranks have no MFU"
    return replace(
        own,
        steps=n_steps // ranks,
        seconds=_slowest(own.seconds),
        amounts=amounts,
        steps_read=read,
        steps_reused=reused,
        steps_missing=missing,
        complete=complete == ranks,
        exact=exact == ranks,
        reasons=reasons,
        mfu=None if why_not else useful_ps / ps,
        hfu=None if why_not else executed_ps / ps,
        no_utilization=why_not,
        ranks=ranks,
    )


def _slowest(seconds: float | None) -> float | None:
    value = torch.tensor([float("inf") if seconds is None else seconds], dtype=torch.float64)
    if torch.distributed.get_backend() == "nccl":
        value = value.cuda()
    torch.distributed.all_reduce(value, op=torch.distributed.ReduceOp.MAX)
    slowest = float(value.item())
    return None if slowest == float("inf") else slowest
