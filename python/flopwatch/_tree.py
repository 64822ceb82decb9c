# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The watched module tree, as the compiled part takes it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from . import _arguments as arguments
from ._errors import UsageError
from ._load import native
from ._thop.rules import find_rule

CustomRule = Callable[..., object]
CustomOps = Mapping[type, CustomRule | None]
"""As thop's: module type -> rule(module, inputs, output), which adds MACs to `module.total_ops`; None takes thop's own
rule away."""

_MAX_PATHS = 1_000_000
"""Ways from the root are counted one by one; a tree of shared modules can have exponentially many."""

_WRAPPER = "OptimizedModule"
_named_children = nn.Module.named_children


def unwrap(module: nn.Module) -> nn.Module:
    """The module that `torch.compile(module)` wraps; any other as it is."""
    if type(module).__name__ != _WRAPPER:  # not imported: that takes a second, and few have one
        return module
    inner = module._modules.get("_orig_mod")
    return module if inner is None else inner


def checked_custom_ops(custom_ops: CustomOps | None) -> dict[type, CustomRule | None]:
    """Raises UsageError for a key that is no module type and for a rule that cannot be called."""
    rules: dict[type, CustomRule | None] = arguments.mapping("custom_ops", custom_ops, "{ModuleType: rule}")
    for module_type, rule in rules.items():
        if not (isinstance(module_type, type) and issubclass(module_type, nn.Module)):
            raise UsageError(
                f"custom_ops has a rule for {module_type!r}, which is not a module class: its keys are subclasses of "
                "torch.nn.Module"
            )
        if rule is not None and not callable(rule):
            raise UsageError(f"the rule of custom_ops for {module_type.__name__} cannot be called: {rule!r}")
    return rules


@dataclass
class ModuleTree:
    """Every module object once, and every way to it. Holds the modules."""

    root: nn.Module
    compiled: Any
    """The tree as the compiled part read it; a module is named by its index in `modules`."""
    modules: list[nn.Module]
    aliases: dict[nn.Module, nn.Module]
    """Compiled modules inside the tree -> what they wrap."""
    custom: dict[nn.Module, CustomRule]
    """Modules with a rule of the user's."""


def _rule_name(rule: CustomRule) -> str:
    return str(getattr(rule, "__qualname__", type(rule).__name__))


def _type_name(module_type: type[nn.Module]) -> str:
    """Its name; with its package where it is not the torch.nn class that readers would take it for."""
    name = module_type.__name__
    well_known = getattr(nn, name, None)
    if module_type is well_known or not isinstance(well_known, type):
        return name
    package, _, rest = module_type.__module__.partition(".")
    # torch has several of one name itself: torch.ao.nn.quantized.Linear.
    where = package if package != "torch" or not rest else module_type.__module__.partition(".modules")[0]
    return f"{where}.{name}"


def _describe(module_type: type[nn.Module], custom: CustomRule | None, thop_counts: bool) -> Any:
    """What all modules of one type have in common."""
    built_in = find_rule(module_type) if thop_counts and custom is None else None
    rule, rule_name, unit = "none", "", "macs"
    if custom is not None:
        rule, rule_name = "custom", _rule_name(custom)
    elif built_in is not None:
        rule, rule_name, unit = "thop", built_in.name, built_in.unit
    return native.TypeOfModule(
        name=_type_name(module_type),
        library_type=module_type.__module__.partition(".")[0] == "torch",
        transparent=issubclass(module_type, (nn.Sequential, nn.ModuleList)),
        rule=rule,
        rule_name=rule_name,
        unit=unit,
        thop_rule="" if built_in is None else built_in.compiled_name,
        custom=custom,
        is_wrapper=module_type.__name__ == _WRAPPER,
        plain_children=module_type.named_children is _named_children,
    )


# The user can have put another type under a name of torch.nn.
_OWN_TYPES = frozenset(
    t for t in vars(nn).values() if isinstance(t, type) and t.__module__.startswith("torch.nn.modules.")
)
_described: dict[type, Any] = {}
"""Of `_OWN_TYPES`, which live as long as the program, with torch's own `named_children` and thop's rules."""


def read_tree(root: nn.Module, custom_ops: CustomOps | None = None, *, with_formula: bool = True) -> ModuleTree:
    """Walks the tree as `named_children` gives it, so that names are those of `named_modules()`.

    A module that `torch.compile` wraps takes the place of its wrapper, without the wrapper's level in the names.
    Raises UsageError for invalid custom_ops.
    """
    rules = checked_custom_ops(custom_ops) if with_formula else {}

    def describe(module_type: type[nn.Module]) -> Any:
        thop_counts = with_formula and module_type not in rules
        if thop_counts and module_type in _OWN_TYPES and module_type.named_children is _named_children:
            if module_type not in _described:
                _described[module_type] = _describe(module_type, None, True)
            return _described[module_type]
        return _describe(module_type, rules.get(module_type), thop_counts)

    compiled, modules, aliases, custom = native.read_tree(root, describe, unwrap, _MAX_PATHS)
    if rules:
        name_types_never_met(compiled, modules, rules)
    return ModuleTree(unwrap(root), compiled, modules, aliases, custom)


def name_types_never_met(compiled: Any, modules: Sequence[nn.Module], custom_ops: CustomOps) -> None:
    """Tells the session which types have a rule in `custom_ops`, but no module of the tree."""
    there = {type(module) for module in modules}
    names = {t.__name__: t for t in sorted(there, key=lambda t: t.__name__)}
    texts = []
    for missing in custom_ops:
        if missing in there:
            continue
        derived = sorted(t.__name__ for t in there if issubclass(t, missing))
        near = difflib.get_close_matches(missing.__name__, names, n=1)
        if missing is not nn.Module and derived:
            texts.append(f"{missing.__name__} (derived from it: {', '.join(derived[:3])})")
        elif missing.__name__ in names:
            texts.append(f"{missing.__name__} (the model has another class of that name)")
        else:
            texts.append(missing.__name__ + (f" (nearest in the model: {near[0]})" if near else ""))
    compiled.types_never_met = texts
