# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The formula column of a counted forward: a run as thop does it, passed to the compiled part scope by scope."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from .._errors import RuleError
from .._hooks import GlobalHooks
from .._load import native
from .._tree import CustomOps, ModuleTree, name_types_never_met, read_tree
from .custom import whole_amount
from .rules import find_rule
from .run import ThopRun

THOP_RULES = "thop 0.1.1 rules"
NO_FORMULA = "none"


class FormulaPass:
    """One forward, or one run of `call`, by thop 0.1.1's rules, while the compiled session is in its formula pass."""

    def __init__(
        self,
        model: nn.Module,
        custom_ops: CustomOps | None,
        *,
        verbose: bool = False,
        report_missing: bool = False,
        runs: bool = True,
        call: Callable[..., Any] | None = None,
    ) -> None:
        self.words = THOP_RULES if runs else NO_FORMULA
        self.runs = runs
        self._model = model
        self._custom_ops = custom_ops
        self._call = call
        self._printing = {"verbose": verbose, "report_missing": report_missing}
        self.read()

    def read(self) -> None:
        """Reads the tree; again where `is_stale`."""
        self.tree = read_tree(self._model, self._custom_ops, with_formula=self.runs)
        observer = _Observer(self.tree)
        self.thop = ThopRun(self.tree.root, self._custom_ops, observer=observer, call=self._call, **self._printing)

    def run(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """What the forward raises passes through, with everything put back."""
        hooks = GlobalHooks()

        def scoped() -> None:
            _install_scopes(hooks, self.tree)
            self.thop.run(args, kwargs)

        native.with_cleanup(scoped, hooks.remove)


class _Observer:
    """Closes the scope of a module call with the answer of the module's rule.

    A module that several parents hold has its rule hooked on once for each: the first answer counts, and the
    attribution shows what thop makes of the repetition.
    """

    def __init__(self, tree: ModuleTree) -> None:
        self._custom = tree.custom

    def rule_answered(self, module: nn.Module, x: tuple[Any, ...], y: Any, amount: int | float) -> None:
        if module not in self._custom:
            native.leave(module, x, y)
            return
        whole, failure = whole_amount(float(amount))
        native.leave_with(module, x, y, whole, failure)

    def rule_failed(self, module: nn.Module, x: tuple[Any, ...], y: Any, error: Exception) -> None:
        why = str(error) if isinstance(error, RuleError) else f"the rule raised {type(error).__name__}: {error}"
        native.leave_with(module, x, y, 0, why)


def _install_scopes(hooks: GlobalHooks, tree: ModuleTree) -> None:
    """Scopes by global hooks; those of modules with a rule are closed by the observer, whose hooks run later."""
    ruled = {module for i, module in enumerate(tree.modules) if tree.compiled.rule(i) != "none"}
    before = sys.exc_info()[1]

    def leave(module: nn.Module, args: Any, output: Any) -> None:
        if module not in ruled:
            native.leave(module, args, output)
        elif output is None and sys.exc_info()[1] is not before:
            native.leave_failed(module)  # it raised: its rule is not asked

    hooks.install(native.enter, leave)


def no_pass(model: nn.Module) -> FormulaPass:
    """No formula column: the tree names scopes alone."""
    return FormulaPass(model, None, runs=False)


def is_stale(tree: ModuleTree) -> bool:
    """A module has become one of another type, as lazy ones do in their first forward."""
    return any(type(module).__name__ != tree.compiled.type_name(i) for i, module in enumerate(tree.modules))


class InstalledPass:
    """The numbers of the package thop that is installed, whatever its version, on the module tree.

    Its answer for a module, less what it gave for the modules below, is the module's own; what it counted outside
    all modules (functional work, in newer versions) is the root's.
    """

    def __init__(
        self, model: nn.Module, custom_ops: CustomOps | None, *, verbose: bool = False, report_missing: bool = False
    ) -> None:
        from .installed import installed_thop

        name, version = installed_thop()
        self.words = f"{name} {version} (installed)"
        self.runs = True
        self._model = model
        self._custom_ops = custom_ops
        self._printing = {"verbose": verbose, "report_missing": report_missing}
        self.answer: tuple[float, float, dict[str, Any]] | None = None
        self.read()

    def read(self) -> None:
        """Reads the tree; again where `is_stale`."""
        self.tree = read_tree(self._model, None, with_formula=False)
        for index, module in enumerate(self.tree.modules):
            built_in = find_rule(type(module))
            custom = type(module) in (self._custom_ops or {})
            self.tree.compiled.set_rule(
                index,
                rule="custom" if custom else "thop",
                rule_name=type(module).__name__,
                unit=built_in.unit if built_in is not None and not custom else "macs",
            )
            self.tree.custom[module] = _no_rule
        if self._custom_ops:
            name_types_never_met(self.tree.compiled, self.tree.modules, self._custom_ops)

    def run(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        from .._errors import UsageError
        from .installed import profile_with_installed

        if kwargs:
            raise UsageError("thop takes no keyword arguments: give all inputs in args, or take formula='thop'")
        self.answer = profile_with_installed(
            self.tree.root, args, self._custom_ops, {**self._printing, "ret_layer_info": True}
        )
        macs, _, layers = self.answer
        self._lay(self.tree.root, float(macs), layers, set())

    def _lay(self, module: nn.Module, total: float, layers: Mapping[str, Any], seen: set[nn.Module]) -> None:
        seen.add(module)
        native.enter(module)
        own = total
        children = dict(module.named_children())
        for name, (child_total, _, below) in layers.items():
            own -= float(child_total)
            child = children.get(name)
            # The same object again: its number belongs to its first place.
            if child is not None and child not in seen:
                self._lay(child, float(child_total), below, seen)
            elif child is not None:
                own += float(child_total)
        whole, failure = whole_amount(own)
        native.leave_with(module, (), None, whole, failure)


def _no_rule(*_args: object) -> None:
    """In place of a rule: `InstalledPass` gives the answer."""
