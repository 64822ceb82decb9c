# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What `count` runs and whose modules it watches: a module, an exported program, a bound method or a function."""

from __future__ import annotations

import dis
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from torch import nn

from ._errors import UsageError

_CALLS_THE_MODULE = ("forward", "__call__")
_MAX_DEPTH = 4


@dataclass(frozen=True)
class Target:
    module: nn.Module
    """The root of the watched tree."""
    call: Callable[..., Any]
    """What runs; the module itself where that is what is counted."""

    @property
    def is_module(self) -> bool:
        return self.call is self.module


def target_of(counted: object, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None) -> Target:
    """A module's bound method is watched as its module; `forward` and `__call__` are the module itself.

    A function has a root of its own, which is called as the function is; below it are the modules that the function
    reaches: by its closure, the globals and defaults that it names, the object that it is bound to, and its arguments.
    Raises UsageError for what cannot be called.
    """
    if isinstance(counted, nn.Module):
        return Target(counted, counted)
    exported = getattr(counted, "module", None)
    if type(counted).__name__ == "ExportedProgram" and callable(exported):
        module = exported()
        assert isinstance(module, nn.Module)
        return Target(module, module)
    if isinstance(counted, MethodType) and isinstance(counted.__self__, nn.Module):
        owner = counted.__self__
        return Target(owner, owner if counted.__name__ in _CALLS_THE_MODULE else counted)
    if not callable(counted) or isinstance(counted, type):
        raise UsageError(
            "only a torch.nn.Module, an exported program, a function or a bound method can be counted, not "
            + (f"the class {counted.__name__}" if isinstance(counted, type) else f"a {type(counted).__name__}")
        )
    holder = _holder(counted, _Reached(counted, args, kwargs or {}).outermost())
    return Target(holder, holder)


class _Function(nn.Module):
    """The root that stands for a function: its work that no module did is this row's own."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self._function = [function]  # a list: never taken for a submodule

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self._function[0](*args, **kwargs)


def _holder(function: Callable[..., Any], modules: Mapping[str, nn.Module]) -> nn.Module:
    plain = function
    while isinstance(plain, functools.partial):
        plain = plain.func
    name = getattr(plain, "__name__", type(plain).__name__)
    holder: nn.Module = type(name, (_Function,), {"__module__": __name__})(function)
    holder.training = any(module.training for module in modules.values() if hasattr(module, "training"))
    holder._modules.update(modules)
    return holder


class _Reached:
    """The modules that a function reaches, by the name by which it does."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self._found: dict[str, nn.Module] = {}
        self._seen: set[int] = set()
        self._callable(function, 0)
        for name, value in _named_arguments(function, args, kwargs):
            self._value(name, value, 0)

    def outermost(self) -> dict[str, nn.Module]:
        """Without those that another one holds."""
        inside = {id(part) for module in self._found.values() for part in module.modules() if part is not module}
        return {name: module for name, module in self._found.items() if id(module) not in inside}

    def _callable(self, function: Any, depth: int) -> None:
        if depth > _MAX_DEPTH or id(function) in self._seen:
            return
        self._seen.add(id(function))
        if isinstance(function, functools.partial):
            for place, value in enumerate(function.args):
                self._value(f"argument {place}", value, depth)
            for name, value in function.keywords.items():
                self._value(name, value, depth)
            self._callable(function.func, depth)
        elif isinstance(function, MethodType):
            self._object("", function.__self__, depth)
            self._callable(function.__func__, depth)
        elif isinstance(function, FunctionType):
            self._function(function, depth)
        elif callable(wrapped := getattr(function, "__wrapped__", None)):
            self._callable(wrapped, depth)
        elif hasattr(function, "__dict__"):  # an object with a `__call__` of its own
            self._object("", function, depth)
            self._callable(vars(type(function)).get("__call__"), depth + 1)

    def _function(self, function: FunctionType, depth: int) -> None:
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                self._value(name, cell.cell_contents, depth)
            except ValueError:  # not filled yet
                continue
        for name in _global_names(function.__code__):
            if name in function.__globals__:
                value = function.__globals__[name]
                same_file = isinstance(value, FunctionType) and value.__globals__ is function.__globals__
                if same_file or not isinstance(value, FunctionType):
                    self._value(name, value, depth)
        for name, value in _defaults(function):
            self._value(name, value, depth)

    def _value(self, name: str, value: Any, depth: int) -> None:
        if isinstance(value, nn.Module):
            self._add(name, value)
        elif isinstance(value, (FunctionType, MethodType, functools.partial)):
            self._callable(value, depth + 1)
        elif isinstance(value, (list, tuple, dict)):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for key, item in items:
                if isinstance(item, nn.Module):
                    self._add(f"{name}.{key}", item)
        elif hasattr(value, "__dict__") and not isinstance(value, (type, ModuleType)):
            self._object(name, value, depth)

    def _object(self, name: str, value: Any, depth: int) -> None:
        if isinstance(value, nn.Module):
            self._add(name or "self", value)
            return
        for key, item in list(getattr(value, "__dict__", {}).items()):
            if isinstance(item, nn.Module):
                self._add(f"{name}.{key}" if name else str(key), item)

    def _add(self, name: str, module: nn.Module) -> None:
        if all(module is not known for known in self._found.values()):
            unique, further = name, 2
            while unique in self._found:
                unique, further = f"{name} {further}", further + 1
            self._found[unique] = module


def _global_names(code: CodeType) -> Iterator[str]:
    yield from (str(step.argval) for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):  # a function inside
            yield from _global_names(constant)


def _defaults(function: FunctionType) -> Iterator[tuple[str, Any]]:
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = function.__defaults__ or ()
    yield from zip(names[len(names) - len(defaults) :], defaults, strict=True)
    yield from (function.__kwdefaults__ or {}).items()


def _named_arguments(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    try:
        yield from inspect.signature(function).bind(*args, **kwargs).arguments.items()
    except (TypeError, ValueError):
        yield from ((f"argument {place}", value) for place, value in enumerate(args))
        yield from kwargs.items()


def check_spread(target: Target, args: Any, kwargs: Mapping[str, Any]) -> None:
    """Raises UsageError for a list or tuple of inputs that the call takes as one input, but not spread."""
    if not isinstance(args, (list, tuple)) or len(args) < 2:
        return
    function = target.call
    if isinstance(function, _Function):
        function = function._function[0]
    elif isinstance(function, nn.Module):
        function = function.forward
    try:
        signature = inspect.signature(function)
        if _fits(signature, args, kwargs) or not _fits(signature, (args,), kwargs):
            return
    except (TypeError, ValueError):  # it has none that can be read
        return
    what, kind = type(target.module).__name__, type(args).__name__
    brackets = "[a, b]" if isinstance(args, list) else "(a, b)"
    raise UsageError(
        f"args is a {kind} of {len(args)} inputs, which are passed to {what} one by one as positional arguments, and "
        f"it takes {signature}: to pass the {kind} itself as one input, put it in a tuple of one, "
        f"count(model, ({brackets},))"
    )


def _fits(signature: inspect.Signature, args: Any, kwargs: Mapping[str, Any]) -> bool:
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True
