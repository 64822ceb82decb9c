# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Calls of single operators, counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

import flopwatch


class FunctionModule(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: Any) -> Any:
        return self.function(*args)

    @staticmethod
    def count(function: Callable[..., Any], *args: Any) -> flopwatch.Result:
        return flopwatch.count(FunctionModule(function), args, formula=None, warmup=0)


def count_calls(function: Callable[[], Any]) -> flopwatch.Result:
    """All that `function` runs."""
    return FunctionModule.count(function)


def counted(function: Callable[[], Any], name: str) -> tuple[int, int]:
    """MACs and other FLOPs of the counted calls of one operator, by its name without overload."""
    rows = [o for o in count_calls(function).data["operators"] if o["name"].split(".")[0] == name]
    assert rows and all(o["status"] == "counted" for o in rows), rows
    return sum(o["operator_macs"] for o in rows), sum(o["operator_other_flops"] for o in rows)
