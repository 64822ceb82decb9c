# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/operators.md: how flopwatch treats every operator of the installed PyTorch.

Run it with the Python that has flopwatch (PYTHONPATH=build/python). With --check it writes nothing, and ends with 1
where an operator is in none of flopwatch's lists, or where the page is of this PyTorch and not as it would be written.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import pathlib
import sys
import textwrap
import warnings
from collections import defaultdict

import torch

from flopwatch import _native

PAGE = pathlib.Path(__file__).resolve().parents[1] / "docs/operators.md"
# Parts of PyTorch that define operators when they are imported.
MODULES = [
    "torch.ao.quantization.fx._decomposed",
    "torch.distributed",
    "torch.distributed._functional_collectives",
    "torch.distributed._symmetric_memory",
    "torch.distributed.fsdp",
    "torch.distributed.tensor",
    "torch.nested",
    "torch.onnx.ops",
    "torch._higher_order_ops",
    "torch._inductor.kernel",
    "torch._inductor.lowering",
    "torch._prims",
    "torchvision",
]
TREATMENTS = {
    "rule": "counted by a rule, from the shapes of the arguments",
    "estimate": "counted by a rule that gives an estimate, and listed as such in reports",
    "opened": "what it calls is counted: all its arithmetic is there",
    "no arithmetic": "reviewed: it moves, views, compares, selects, allocates or asks, and computes no real number",
    "unsupported": "reviewed: no rule can count it; each call is listed, with the reason",
    "unknown": "in none of the lists: each call is listed as unsupported",
}
FAMILIES = {"_foreach_": "foreach", "_fused_": "fused", "linalg_": "linalg", "_linalg_": "linalg", "fft_": "fft"}
FAMILIES |= {"_fft_": "fft", "_nested_": "nested", "nested_": "nested", "_sparse_": "sparse", "sparse_": "sparse"}
FAMILIES |= {"special_": "special"}


def load() -> None:
    for name in MODULES:
        with contextlib.suppress(ImportError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(name)


def treatment(full: str) -> tuple[str, str]:
    """Treatment and note of one overload, as the observer of the dispatcher finds it."""
    base, _, overload = full.partition(".")
    has = torch._C._dispatch_has_kernel_for_dispatch_key
    composite = base.startswith("aten::") and has(full, "CompositeImplicitAutograd")
    composite = composite and not has(full, "CPU") and not has(full, "CUDA")
    return _native.operator_treatment(base, overload, composite)


def is_alias(overload: str) -> bool:
    """Overloads that name dimensions call the operator itself."""
    return "imname" in overload or "names" in overload


def read() -> dict[str, dict[str, dict[str, str]]]:
    """Base name -> treatment -> overload -> note."""
    found: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for full in torch._C._dispatch_get_all_op_names():
        base, _, overload = full.partition(".")
        if not is_alias(overload):
            kind, note = treatment(full)
            found[base][kind][overload] = note
    # An in-place form beside the operator itself, treated alike.
    for base in [b for b in found if b.endswith("_") and not b.endswith("__")]:
        if set(found[base]) <= set(found.get(base[:-1], {})):
            del found[base]
    return found


def section_of(base: str) -> str:
    space, _, name = base.partition("::")
    family = next((family for prefix, family in FAMILIES.items() if name.startswith(prefix)), None)
    return f"{space}: {family}" if space == "aten" and family else space


def labels(base: str, kind: str, treated: dict[str, dict[str, str]]) -> str:
    """The name; with its overloads where others of them are treated in another way."""
    name = base.partition("::")[2]
    if len(treated) == 1:
        return f"`{name}`"
    return ", ".join(f"`{name}.{overload}`" if overload else f"`{name}`" for overload in sorted(treated[kind]))


def wrap(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def versions() -> str:
    parts = [f"PyTorch {torch.__version__.partition('+')[0]}"]
    with contextlib.suppress(ImportError):
        parts.append(f"torchvision {importlib.import_module('torchvision').__version__.partition('+')[0]}")
    return " and ".join(parts)


def page() -> str:
    found = read()
    sections: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for base, treated in sorted(found.items()):
        for kind in treated:
            sections[section_of(base)][kind].append(base)
    kinds = [kind for kind in TREATMENTS if kind != "unknown" or any(kind in s for s in sections.values())]
    head = (
        f"Every operator of {versions()}, and how the operator column treats it. Written by "
        "`scripts/operators_page.py`; do not edit. [counting.md](counting.md) says what the rules count."
    )
    lines = ["# Operators", "", *wrap(head).split("\n"), ""]
    lines += ["| treatment | operators | meaning |", "|---|--:|---|"]
    for kind in kinds:
        total = sum(len(section[kind]) for section in sections.values() if kind in section)
        lines.append(f"| {kind} | {total:,} | {TREATMENTS[kind]} |")
    lines += ["", *wrap(
        "Overloads and forms with `out=` count once; so do in-place forms (`add_`) beside the operator itself. A name "
        "is in two places, with its overloads, where these are treated in two ways. An operator of another "
        "library is opened, and listed as unsupported where nothing inside it is counted; a rule of yours "
        "(`operator_rules`) counts it."
    ).split("\n"), ""]
    order = sorted(sections, key=lambda s: (not s.startswith("aten"), s))
    lines += ["| namespace | " + " | ".join(kinds) + " |", "|---|" + "--:|" * len(kinds)]
    for section in order:
        lines.append(f"| {section} | " + " | ".join(f"{len(sections[section].get(k, [])):,}" for k in kinds) + " |")
    for section in order:
        lines += ["", f"## {section}"]
        for kind in kinds:
            if names := sections[section].get(kind):
                texts = [labels(base, kind, found[base]) for base in names]
                lines += ["", *wrap(f"**{kind}** ({len(names):,}): " + ", ".join(texts)).split("\n")]
        reasons = {base: next(iter(found[base]["unsupported"].values())) for base in sections[section]["unsupported"]}
        by_reason: dict[str, list[str]] = defaultdict(list)
        for base, reason in reasons.items():
            by_reason[reason].append(base)
        if by_reason:
            lines += ["", "Why they are unsupported:", ""]
        for reason, names in sorted(by_reason.items()):
            text = ", ".join(f"`{name.partition('::')[2]}`" for name in names)
            lines += wrap(f"- {text}: {reason}", "  ").split("\n")
    return "\n".join(lines) + "\n"


def unknown() -> list[str]:
    return sorted(base for base, treated in read().items() if "unknown" in treated)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    load()
    for name in unknown():
        print(f"{name} is in no list: give it a rule, or put it on a reviewed list (src/rules/operator)")
    if not options.check:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    written = PAGE.read_text(encoding="utf-8")
    stale = f"Every operator of {versions()}," in written.replace("\n", " ") and written != page()
    if stale:
        print(f"{PAGE.name} is not as scripts/{pathlib.Path(__file__).name} writes it: run that")
    return 1 if stale or unknown() else 0


if __name__ == "__main__":
    sys.exit(main())
