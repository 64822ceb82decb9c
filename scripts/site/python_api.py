# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The page of the Python API: which names are under which heading. mkdocstrings fills in their docstrings."""

from __future__ import annotations

# Heading, one sentence, names. A test compares the names with `flopwatch.__all__`.
GROUPS = [
    ("Count", "A forward, or what your own code runs.", ["count", "watch", "scope", "Counting"]),
    ("Instead of thop", "The same signatures, and the same numbers.",
     ["profile", "profile_origin", "clever_format", "installed_thop"]),
    ("Check a rule", "Compare a rule with what runs, or find one.",
     ["check_rule", "infer_rule", "RuleCheck", "InferredRule"]),
    ("Results", "What was counted. A result is a capture, and can be opened again.",
     ["open", "Result", "Totals", "Column", "Executed", "ModuleRow", "Verdict"]),
    ("Operator rules", "What a rule of yours gets and gives.", ["OperatorCall", "Work"]),
    ("Follow a run", "Executed FLOPs of each step.", ["meter"]),
    ("Many captures", "Merge, compare, import.", ["merge", "diff", "Diff", "DiffRow", "Figure", "Increase", "import_profile"]),
    ("Audit", "Published numbers next to what ran.",
     ["audit", "audit_model", "Audit", "AuditCause", "AuditModel", "AuditedClaim"]),
    ("Errors", "All derive from `FlopwatchError`.",
     ["FlopwatchError", "UsageError", "DeviceError", "SessionError", "CaptureError", "RuleError", "InferenceError"]),
]
MODULES = [
    ("flopwatch.testing", "Guards for tests: [guards for CI](../ci-guards.md)."),
    ("flopwatch.meters", "Outlets, callbacks and peaks of the meter: [the meter](../meter.md)."),
    ("flopwatch.doors", "Captures for other tools: [other tools](../doors.md)."),
    ("flopwatch.fleet", "Captures of many ranks: [many ranks](../fleet.md)."),
]


def names() -> list[str]:
    return [name for _, _, group in GROUPS for name in group]


def page() -> str:
    lines = ["# Python API", "",
             "Every public name, with its docstring. [flopwatch in Python](../python.md) shows how they are used.", ""]
    for heading, sentence, group in GROUPS:
        lines += [f"## {heading}", "", sentence, ""]
        for name in group:
            lines += [f"::: flopwatch.{name}", ""]
    for module, sentence in MODULES:
        lines += [f"## {module}", "", sentence, "", f"::: {module}", "    options:", "      show_root_heading: false",
                  "      show_root_toc_entry: false", ""]
    return "\n".join(lines)
