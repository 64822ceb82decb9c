# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Counting one step in full: the operator column of a session, without formulas and without counters of a GPU."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import nn

from .._counting import Counting
from .._hooks import ScopeHooks
from .._load import native
from .._operators.operators import from_torch_registry, own_operator_rules
from .._session import watch_tree
from .._thop.formula import is_stale
from .._tree import read_tree
from .amounts import Amount, Amounts, Cell, add

_SHOWN = 4


@dataclass(frozen=True)
class Counted:
    """What one step did."""

    amounts: Amounts
    reasons: tuple[str, ...] = ()
    """Why it is not exact: operators without a rule, data losses; empty where it is."""


class StepCounter:
    """Counts what runs between `start` and `stop`, on all threads. One thread calls it; nothing else may record."""

    def __init__(
        self, root: nn.Module, operator_rules: Mapping[str, Any] | None, operator_handles: Mapping[str, Any] | None
    ) -> None:
        self._root = root
        self._tree = read_tree(root, with_formula=False)
        self._session = native.Session(
            device="cpu",
            metrics="",
            replay_mode="automatic",
            capture=b"",
            overwrite=True,
            iteration="",
            **Counting().words(),
            operator_rules=own_operator_rules(operator_rules, operator_handles),
            library_operator_rules=from_torch_registry(),
        )
        self._session.set_info("formula", "none")
        watch_tree(self._session, self._tree)
        self._hooks = ScopeHooks(self._session, self._tree)
        self._structure: object = None
        self.running = False

    def start(self, structure: object) -> None:
        """`structure`: equal where the tree is that of the last call. Raises SessionError where something records."""
        if structure != self._structure or is_stale(self._tree):
            self._tree = read_tree(self._root, with_formula=False)
            watch_tree(self._session, self._tree)
            self._hooks = ScopeHooks(self._session, self._tree)
            self._structure = structure
        self.running = True
        self._session.start("whole")
        self._hooks.install()

    def stop(self) -> Counted:
        self._hooks.remove()
        self._session.finish()
        self.running = False
        compiled = self._session.result()
        assert compiled is not None
        return _read(json.loads(compiled.json(None)))

    def abandon(self) -> None:
        """Idempotent; can be ended anywhere and called again."""
        self._hooks.remove()
        self._session.abandon()
        self.running = False


class OperatorRow(NamedTuple):
    """Calls of one operator in one phase, added up."""

    name: str
    status: str
    phase: str
    precision: str
    macs: int
    useful_macs: int
    other_flops: int


def counted_of(rows: Iterable[OperatorRow], errors: Iterable[str]) -> Counted:
    """`errors`: sentences of data losses of severity error."""
    amounts: Amounts = {}
    unsupported: dict[str, None] = {}
    on_tf32 = _Tf32()
    for row in rows:
        if row.status in ("unsupported", "partly_counted"):
            unsupported[row.name.partition(".")[0]] = None
        if row.macs or row.other_flops:
            bounded_by = on_tf32.format_of(row.name) if row.macs and row.precision == "fp32" else row.precision
            add(
                amounts,
                {Cell(row.phase, row.precision, bounded_by): Amount(row.macs, row.useful_macs, row.other_flops)},
            )
    reasons = [f"operators without a whole rule: {_listed(list(unsupported))}"] if unsupported else []
    return Counted(amounts, (*reasons, *errors))


def _read(data: dict[str, Any]) -> Counted:
    rows = [
        OperatorRow(
            row["name"], row["status"], row["phase"], row["precision"], row["operator_macs"],
            row["operator_useful_macs"], row["operator_other_flops"],
        )
        for row in data["operators"]
    ]  # fmt: skip
    counted = counted_of(rows, [loss["text"] for loss in data["data_losses"] if loss["severity"] == "error"])
    if data["exact"] or counted.reasons:
        return counted
    reasons = [str(reason) for reason in data["not_exact_because"]] or ["the operator column is not exact"]
    return Counted(counted.amounts, tuple(reasons))


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


class _Tf32:
    """Whether products in fp32 may run in TF32: the tensors do not say it, PyTorch's settings do."""

    def __init__(self) -> None:
        cuda = torch.cuda.is_available()
        self._convolutions = cuda and _allowed("conv")
        self._products = cuda and _allowed("matmul")

    def format_of(self, operator: str) -> str:
        return "tf32" if (self._convolutions if "conv" in operator else self._products) else "fp32"


def _allowed(family: str) -> bool:
    newer = getattr(torch._C, "_get_fp32_precision_getter", None)  # from PyTorch 2.9 on
    if newer is not None:
        return str(newer("cuda", family)) == "tf32"
    return bool(torch.backends.cudnn.allow_tf32 if family == "conv" else torch.backends.cuda.matmul.allow_tf32)
