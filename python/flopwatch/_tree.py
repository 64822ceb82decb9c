# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The watched module tree, as the compiled part takes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from torch import nn

from ._errors import RuleError, UsageError
from ._rules import find_rule

CustomRule = Callable[..., object]
CustomOps = Mapping[type, CustomRule | None]
"""As thop's: module type -> rule(module, inputs, output), which adds MACs to `module.total_ops`; None takes thop's own
rule away."""

_MAX_PATHS = 1_000_000
"""Ways from the root are counted one by one; a tree of shared modules can have exponentially many."""


def unwrap(module: nn.Module) -> nn.Module:
    """The module that `torch.compile(module)` wraps; any other as it is."""
    if type(module).__name__ != "OptimizedModule":  # not imported: that takes a second, and few have one
        return module
    inner = module._modules.get("_orig_mod")
    return module if inner is None else inner


def checked_custom_ops(custom_ops: CustomOps | None) -> dict[type, CustomRule | None]:
    """Raises UsageError for a key that is no module type and for a rule that cannot be called."""
    rules = dict(custom_ops or {})
    for module_type, rule in rules.items():
        if not (isinstance(module_type, type) and issubclass(module_type, nn.Module)):
            raise UsageError(
                f"custom_ops has a rule for {module_type!r}, which is no module class: its keys are subclasses of "
                "torch.nn.Module"
            )
        if rule is not None and not callable(rule):
            raise UsageError(f"the rule of custom_ops for {module_type.__name__} cannot be called: {rule!r}")
    return rules


@dataclass
class ModuleTree:
    """Every module object once, and every way to it. Holds the modules."""

    root: nn.Module
    modules: list[dict[str, object]] = field(default_factory=list)
    paths: list[tuple[int, str, nn.Module]] = field(default_factory=list)
    aliases: dict[nn.Module, nn.Module] = field(default_factory=dict)
    """Compiled modules inside the tree -> what they wrap."""
    custom: dict[nn.Module, CustomRule] = field(default_factory=dict)
    """Modules with a rule of the user's."""


def _count_parameters(tree: ModuleTree) -> None:
    """Writes into each record the elements of all parameters of its module and of those below it, each once.

    One pass from the leaves to the root; `Module.parameters()` of every module would walk the tree once for each.
    """
    totals = [0] * (len(tree.paths) + 1)  # by the number of the path, which begins at 1
    holders: dict[int, list[int]] = {}  # identity of a parameter -> the paths that hold it
    sizes: dict[int, int] = {}
    for path, (_, _, module) in enumerate(tree.paths, start=1):
        for parameter in module._parameters.values():
            # A lazy module's parameters have no size before its first call.
            if parameter is not None and not nn.parameter.is_lazy(parameter):
                key = id(parameter)
                sizes[key] = parameter.numel()
                holders.setdefault(key, []).append(path)
                totals[path] += sizes[key]
    for path in range(len(tree.paths), 0, -1):
        totals[tree.paths[path - 1][0]] += totals[path]
    for key, paths in holders.items():
        if len(paths) > 1:
            times = Counter(above for path in paths for above in _and_above(tree, path))
            for above, count in times.items():
                totals[above] -= (count - 1) * sizes[key]
    by_module = {module: totals[path] for path, (_, _, module) in enumerate(tree.paths, start=1)}
    for record in tree.modules:
        record["parameters"] = by_module[record["module"]]  # type: ignore[index]


def _and_above(tree: ModuleTree, path: int) -> Iterator[int]:
    while path:
        yield path
        path = tree.paths[path - 1][0]


def _rule_name(rule: CustomRule) -> str:
    return str(getattr(rule, "__qualname__", type(rule).__name__))


def _record(module: nn.Module, custom: CustomRule | None, thop_counts: bool) -> dict[str, object]:
    module_type = type(module)
    built_in = find_rule(module_type) if thop_counts and custom is None else None
    record: dict[str, object] = {
        "module": module,
        "type": module_type.__name__,
        "library_type": module_type.__module__.partition(".")[0] == "torch",
        "transparent": isinstance(module, (nn.Sequential, nn.ModuleList)),
        "parameters": 0,  # counted once the tree is known
        "rule": "none",
        "rule_name": "",
        "family": "macs",
        "rule_is_zero": False,
        "thop_rule": None,
    }
    if custom is not None:
        record.update(rule="custom", rule_name=_rule_name(custom))
    elif built_in is not None:
        record.update(rule="thop", rule_name=built_in.name, family=built_in.family, rule_is_zero=built_in.is_zero)
        try:
            record["thop_rule"] = built_in.of(module)
        except RuleError:
            pass  # its calls then fail one by one, which is a data loss with their number
    return record


def read_tree(root: nn.Module, custom_ops: CustomOps | None = None, *, with_formula: bool = True) -> ModuleTree:
    """Walks the tree as `named_children` gives it, so that names are those of `named_modules()`.

    A module that `torch.compile` wraps takes the place of its wrapper, without the wrapper's level in the names.
    Raises UsageError for custom_ops that are none.
    """
    rules = checked_custom_ops(custom_ops) if with_formula else {}
    tree = ModuleTree(unwrap(root))
    if tree.root is not root:
        tree.aliases[root] = tree.root
    known: set[nn.Module] = set()
    # Depth first, in order of registration; an explicit stack, since models may be deeper than Python's.
    open_paths: list[tuple[int, str, nn.Module]] = [(0, "", tree.root)]
    while open_paths:
        parent, name, module = open_paths.pop()
        if module not in known:
            known.add(module)
            custom = rules.get(type(module))
            if custom is not None:
                tree.custom[module] = custom
            thop_counts = with_formula and type(module) not in rules
            tree.modules.append(_record(module, custom, thop_counts))
        if len(tree.paths) >= _MAX_PATHS:
            raise UsageError(
                "the watched model has more than a million ways from its root to its modules (modules shared by "
                "shared modules): watch a part of it"
            )
        tree.paths.append((parent, name, module))
        path = len(tree.paths)
        children: list[tuple[int, str, nn.Module]] = []
        for child_name, child in module.named_children():
            inner = unwrap(child)
            if inner is not child:
                tree.aliases[child] = inner
            children.append((path, child_name, inner))
        open_paths.extend(reversed(children))
    _count_parameters(tree)
    return tree
