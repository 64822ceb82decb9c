# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""One forward as thop 0.1.1 profiles it: its hooks, its sums, its faults in the number; not its damage to the model.

What decides the number, and is therefore kept: rules are looked up by exact type; a module is visited once for each
parent that holds it, and its rule is hooked on at each visit; rules add to a float64 counter at each call, the
parameters of a module are set when it is called; the children of a module with a rule are added only where it is
the root, a Sequential or a ModuleList; the root's own parameters are left out; sums are made in float64 in tree order.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import torch
from torch import nn

from .._errors import UsageError
from .._load import native
from .._tree import checked_custom_ops
from .guard import COUNTERS, ModelGuard, counter_of, is_scripted, take_out_hook
from .hooks import BuiltInRule, CustomRule, RuleHook, RuleObserver
from .rules import find_rule

CustomOps = Mapping[type, Callable[..., Any] | None]
Layers = dict[str, tuple[float, float, Any]]
"""thop's `ret_layer_info`: name of the child -> (MACs and operations, parameters, the same for what is below it)."""

__all__ = ["CustomOps", "Layers", "RuleObserver", "ThopRun"]


class _AnyRule(Protocol):
    def hook(self, observer: RuleObserver | None) -> RuleHook: ...


class ThopRun:
    """One profiled forward of `model`; the model is afterwards as it was, whatever happened.

    `custom_ops`: rules by exact module type, written for thop. `verbose` prints what thop prints for each type with a
    rule, `report_missing` (which includes it) also for those without. `observer` learns of each call of a rule.
    `call`: what runs instead of the model itself, one of its methods.
    One thread at a time for one model.
    """

    def __init__(
        self,
        model: nn.Module,
        custom_ops: CustomOps | None = None,
        *,
        verbose: bool = False,
        report_missing: bool = False,
        observer: RuleObserver | None = None,
        call: Callable[..., Any] | None = None,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise UsageError(f"only a torch.nn.Module can be profiled, and this is of type {type(model).__qualname__}")
        self._model = model
        self._call = model if call is None else call
        self._custom_ops: CustomOps = checked_custom_ops(custom_ops)
        self._verbose = verbose or report_missing
        self._report_missing = report_missing
        self._observer = observer
        self._types_seen: set[type] = set()
        self._ruled: set[int] = set()  # id() of the modules with a rule
        self._answer: tuple[float, float, Layers] | None = None

    def run(self, args: Iterable[Any], kwargs: Mapping[str, Any] | None = None) -> None:
        """Runs `model(*args, **kwargs)`, or `call`, in eval mode, without gradients, and sums up what the rules gave.

        Passes on what the forward, a rule or the observer raises, after everything was put back. Raises UsageError
        where thop could not count either: a module with its own attribute called `total_ops` or
        `total_params`, or one that comes into being during the forward.
        """
        self._types_seen, self._ruled, self._answer = set(), set(), None
        guard, hooked, uncompiled = ModelGuard(self._model), HookedRules(), _Uncompiled()

        def called() -> None:
            uncompiled.begin()
            self._call(*args, **(kwargs or {}))
            uncompiled.end()

        def profiled() -> None:
            self._model.eval()
            self._model.apply(lambda module: self._visit(module, hooked))
            native.without_gradients(called)
            self._answer = self._sum(self._model)

        def put_back() -> None:
            uncompiled.end()
            hooked.remove()
            guard.restore()

        native.with_cleanup(profiled, put_back)

    def total(self) -> tuple[float, float]:
        """MACs and operations in one number, as thop mixes them, and parameters; the int 0 where thop gives that."""
        return self._answered()[:2]

    def layers(self) -> Layers:
        return self._answered()[2]

    def _answered(self) -> tuple[float, float, Layers]:
        if self._answer is None:
            raise UsageError("nothing was counted yet: call run() first, and only use it if that did not raise")
        return self._answer

    def _visit(self, module: nn.Module, hooked: HookedRules) -> None:
        _add_counters(module)
        kind = type(module)
        rule = self._rule(kind)
        if rule is not None:
            hooked.add(module, rule.hook(self._observer))
            self._ruled.add(id(module))
        self._types_seen.add(kind)

    def _rule(self, kind: type) -> _AnyRule | None:
        """The rule for the type; prints it the first time."""
        first = kind not in self._types_seen
        if kind in self._custom_ops:
            function = self._custom_ops[kind]
            if first and self._verbose:
                print(f"[INFO] Customize rule {_name_of(function)}() {kind}.")
            if function is None:  # it switches the built-in rule off
                return None
            if issubclass(kind, torch.jit.ScriptModule):
                raise UsageError(f"a rule cannot count in a scripted module ({kind.__qualname__}): give the original")
            return CustomRule(function)
        built_in = find_rule(kind)
        if built_in is not None:
            if first and self._verbose:
                print(f"[INFO] Register {built_in.function_name}() for {kind}.")
            return BuiltInRule(built_in)
        if first and self._report_missing:
            warning = f"[WARN] Cannot find rule for {kind}. Treat it as zero Macs and zero Params."
            print(f"\033[91m{warning}\n\033[00m", end="")
        return None

    def _sum(self, module: nn.Module) -> tuple[float, float, Layers]:
        """What thop counts for the module and below it. The order of the additions decides the last digit."""
        macs: float = counter_value(module, "total_ops")
        parameters: float = 0
        layers: Layers = {}
        for name, child in module.named_children():
            if id(child) in self._ruled and not isinstance(child, (nn.Sequential, nn.ModuleList)):
                row: tuple[float, float, Layers] = (
                    counter_value(child, "total_ops"),
                    counter_value(child, "total_params"),
                    {},
                )
            else:
                row = self._sum(child)
            layers[name] = row
            macs += row[0]
            parameters += row[1]
        return macs, parameters, layers


def _add_counters(module: nn.Module) -> None:
    """Fresh counters, as buffers, because the rules find them there; on the CPU, whatever the default device."""
    if is_scripted(module):
        return
    for name in COUNTERS:
        others = (vars(module), module._parameters, module._modules)
        if any(name in names for names in others) or hasattr(type(module), name):
            raise UsageError(
                f"{type(module).__qualname__} has its own attribute {name!r}, where rules written for "
                "thop leave their count; rename it"
            )
        module._buffers[name] = torch.zeros(1, dtype=torch.float64, device="cpu")
        # What offloads a module's buffers asks for the values of the persistent ones.
        module._non_persistent_buffers_set.add(name)


def counter_value(module: nn.Module, name: str) -> float:
    if is_scripted(module):
        return 0.0
    if module._buffers.get(name) is None:
        raise UsageError(
            f"a module of type {type(module).__qualname__} came into being during the forward and was not counted; "
            "run the model once, then profile it"
        )
    return counter_of(module, name).item()


def _name_of(function: Any) -> str:
    return getattr(function, "__qualname__", None) or repr(function)


class HookedRules:
    """The hooks of one run. Each is noted before it is registered, so that an interrupt leaves none behind."""

    def __init__(self) -> None:
        self._hooks: list[tuple[nn.Module, RuleHook]] = []

    def add(self, module: nn.Module, hook: RuleHook) -> None:
        self._hooks.append((module, hook))
        module.register_forward_hook(hook)

    def remove(self) -> None:
        """Can be ended anywhere and called again."""
        for module, hook in self._hooks:
            take_out_hook(module._forward_hooks, hook, module._forward_hooks_always_called)
        self._hooks.clear()


class _Uncompiled:
    """Compiled modules run as they were written: a compiler would trace the rules, or inline them away."""

    def __init__(self) -> None:
        self._compiler: Any = None
        self._before: Any = None

    def begin(self) -> None:
        compiler: Any = sys.modules.get("torch._dynamo.eval_frame")
        if compiler is None or not hasattr(torch.compiler, "set_stance"):
            return
        self._before = compiler._stance
        self._compiler = compiler  # from here on `end` puts it back
        torch.compiler.set_stance("force_eager")

    def end(self) -> None:
        """Idempotent; can be ended anywhere and called again."""
        if self._compiler is not None:
            self._compiler._set_stance(self._before)
            self._compiler = None
