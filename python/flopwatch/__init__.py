# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""flopwatch: a FLOP counter that measures, and says why formula, operator and measured numbers differ.

    result = flopwatch.count(model, (x,), device="cuda:1")
    print(result.report())

Three numbers for each module: measured (the GPU's own counters), operator (what PyTorch's dispatcher ran) and formula
(thop 0.1.1's rules). docs/python.md has the whole story.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from . import _load  # first: says what to do when the compiled part does not fit this torch
from ._build import VERSION as __version__
from ._compiled import capture as _compiled_regions

_compiled_regions.begin()  # compilers that are imported later are met, too

_HOMES = {
    "Audit": "_audit.audit",
    "AuditCause": "_audit.audit",
    "AuditedClaim": "_audit.audit",
    "AuditModel": "_audit.model",
    "CaptureError": "_errors",
    "Column": "_figures",
    "Counting": "_counting",
    "DeviceError": "_errors",
    "Diff": "_merge",
    "DiffRow": "_merge",
    "Executed": "_figures",
    "Figure": "_merge",
    "FlopwatchError": "_errors",
    "Increase": "_merge",
    "InferenceError": "_rule_check.infer",
    "InferredRule": "_rule_check.infer",
    "ModuleRow": "_figures",
    "OperatorCall": "_operators.operators",
    "Result": "_result",
    "RuleCheck": "_rule_check.result",
    "RuleError": "_errors",
    "SessionError": "_errors",
    "Totals": "_figures",
    "UsageError": "_errors",
    "Verdict": "_figures",
    "Work": "_operators.operators",
    "audit": "_audit.audit",
    "audit_model": "_audit.model",
    "check_rule": "_rule_check.check",
    "clever_format": "_thop.profile",
    "count": "_count",
    "diff": "_merge",
    "import_profile": "_import_profile",
    "infer_rule": "_rule_check.infer",
    "installed_thop": "_thop.profile",
    "merge": "_merge",
    "meter": "_meter.meter",
    "profile": "_thop.profile",
    "profile_origin": "_thop.profile",
    "scope": "_scope",
    "watch": "_watch",
}
"""Where the public names live; they are loaded when they are asked for."""

if TYPE_CHECKING:
    from ._audit.audit import Audit, AuditCause, AuditedClaim, audit
    from ._audit.model import AuditModel, audit_model
    from ._count import count
    from ._counting import Counting
    from ._errors import CaptureError, DeviceError, FlopwatchError, RuleError, SessionError, UsageError
    from ._figures import Column, Executed, ModuleRow, Totals, Verdict
    from ._import_profile import import_profile
    from ._merge import Diff, DiffRow, Figure, Increase, diff, merge
    from ._meter.meter import meter
    from ._operators.operators import OperatorCall, Work
    from ._result import Result
    from ._result import open_capture as open
    from ._rule_check.check import check_rule
    from ._rule_check.infer import InferenceError, InferredRule, infer_rule
    from ._rule_check.result import RuleCheck
    from ._scope import scope
    from ._thop.profile import clever_format, installed_thop, profile, profile_origin
    from ._watch import watch

__all__ = [
    "Audit",
    "AuditCause",
    "AuditModel",
    "AuditedClaim",
    "CaptureError",
    "Column",
    "Counting",
    "DeviceError",
    "Executed",
    "Diff",
    "DiffRow",
    "Figure",
    "FlopwatchError",
    "Increase",
    "InferenceError",
    "InferredRule",
    "ModuleRow",
    "OperatorCall",
    "Result",
    "RuleCheck",
    "RuleError",
    "SessionError",
    "Totals",
    "UsageError",
    "Verdict",
    "Work",
    "__version__",
    "audit",
    "audit_model",
    "check_rule",
    "clever_format",
    "count",
    "diff",
    "import_profile",
    "infer_rule",
    "installed_thop",
    "merge",
    "meter",
    "open",
    "profile",
    "profile_origin",
    "scope",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name == "open":
        value = importlib.import_module("flopwatch._result").open_capture
    elif name in _HOMES:
        value = getattr(importlib.import_module(f"flopwatch.{_HOMES[name]}"), name)
    elif name in ("doors", "fleet", "meters", "testing"):
        value = importlib.import_module(f"flopwatch.{name}")
    else:
        raise AttributeError(f"module 'flopwatch' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "doors", "fleet", "meters", "testing"})


if _load.afterwards is not None:
    _load.afterwards()
