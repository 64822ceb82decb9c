# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A module and its inputs as functions of named sizes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .._errors import UsageError

Sizes = dict[str, int]
ModuleOrFactory = nn.Module | Callable[..., nn.Module]

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True)
class Case:
    """The module and the arguments of its forward for one set of sizes."""

    sizes: Sizes
    module: nn.Module
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Workload:
    """Makes cases. `names` are the sizes that can be varied, in the order of the signatures.

    A module that is given ready made is the same one in every case; a function (or class) that returns one is
    called with those of the sizes that it names.
    """

    def __init__(
        self, module: ModuleOrFactory, inputs_for_sizes: Callable[..., Any], sizes: Iterable[str] = ()
    ) -> None:
        if not callable(inputs_for_sizes):
            raise UsageError("inputs_for_sizes must be a function of the named sizes that returns the inputs")
        if not callable(module):
            raise UsageError("module must be an nn.Module, or a function of the named sizes that returns one")
        given = tuple(sizes)
        self._ready = module if isinstance(module, nn.Module) else None
        self._factory = module
        self._inputs = inputs_for_sizes
        self._input_names = size_names(inputs_for_sizes, given)
        self._module_names = () if self._ready is not None else size_names(module, given)
        self.names = tuple(dict.fromkeys(self._input_names + self._module_names))
        unknown = [name for name in given if name not in self.names]
        if unknown:
            raise UsageError(
                f"sizes names {', '.join(unknown)}, which neither inputs_for_sizes nor the module's function takes"
            )
        if not self.names:
            raise UsageError("inputs_for_sizes names no size; write it like `lambda B, N: torch.randn(B, N)`")

    @property
    def module_only_names(self) -> tuple[str, ...]:
        """Sizes that no input has: kernel sizes, say, which must not be larger than the input."""
        return tuple(name for name in self._module_names if name not in self._input_names)

    @property
    def has_factory(self) -> bool:
        return self._ready is None

    def at(self, sizes: Mapping[str, int]) -> Case:
        """Makes the module and its inputs. What the user's functions raise passes through."""
        module = self._ready
        if module is None:
            module = self._factory(**{name: sizes[name] for name in self._module_names})
            if not isinstance(module, nn.Module):
                raise UsageError(f"the module's function returned a {type(module).__name__}, not an nn.Module")
        args, kwargs = as_arguments(self._inputs(**{name: sizes[name] for name in self._input_names}))
        return Case(dict(sizes), module, args, kwargs)


def size_names(function: Callable[..., Any], given: Iterable[str]) -> tuple[str, ...]:
    """The parameters of `function` that are sizes: those without a default, and those named in `given`."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise UsageError(f"the parameters of {function!r} cannot be read; wrap it in a lambda") from error
    wanted = set(given)
    names = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            names += [name for name in given if name not in names]
        elif parameter.kind in _NAMED and (parameter.default is parameter.empty or parameter.name in wanted):
            names.append(parameter.name)
        elif parameter.kind is parameter.POSITIONAL_ONLY and parameter.default is parameter.empty:
            raise UsageError(f"the parameter {parameter.name} of {function!r} cannot be given by its name")
    return tuple(names)


def as_arguments(inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A tensor, a tuple or list of arguments, or `(args, kwargs)`."""
    if isinstance(inputs, torch.Tensor):
        return (inputs,), {}
    if isinstance(inputs, Mapping):
        return (), dict(inputs)
    if not isinstance(inputs, tuple | list):
        raise UsageError(
            f"inputs_for_sizes returned a {type(inputs).__name__}; wanted a tensor or a tuple of arguments"
        )
    if len(inputs) == 2 and isinstance(inputs[0], tuple | list) and isinstance(inputs[1], dict):
        return tuple(inputs[0]), dict(inputs[1])
    return tuple(inputs), {}


def sizes_text(sizes: Mapping[str, int]) -> str:
    """`B=2, N=3`"""
    return ", ".join(f"{name}={size}" for name, size in sizes.items())
