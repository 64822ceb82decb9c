# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What `watch` watches: one model, or several that train together (a generator and a discriminator, say)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from torch import nn

from ._errors import UsageError
from ._target import target_of
from ._tree import unwrap

Watched = Callable[..., Any] | Sequence[nn.Module] | Mapping[str, nn.Module]


def root_of(watched: Watched) -> nn.Module:
    """The root of the watched tree. A list of modules, or a mapping of names to modules, has one that is never called:
    each module is below it, by its name, or else by its type.

    Raises UsageError for what cannot be watched, for no module, and for one that is there twice or inside another.
    """
    if isinstance(watched, nn.Module) or not isinstance(watched, (list, tuple, Mapping)):
        return target_of(watched).module
    named = list(watched.items()) if isinstance(watched, Mapping) else _by_type(watched)
    _check(named)
    group: nn.Module = group_type()
    group._modules.update(named)
    return group


def group_type() -> nn.Module:
    """A new module to hold several roots."""
    # Without a name: what stands for several roots has no type in a capture.
    made: nn.Module = type("", (nn.Module,), {"__module__": __name__})()
    return made


def _by_type(modules: Iterable[Any]) -> list[tuple[str, Any]]:
    met: Counter[str] = Counter()
    named = []
    for module in modules:
        kind = type(unwrap(module) if isinstance(module, nn.Module) else module).__name__
        met[kind] += 1
        named.append((kind if met[kind] == 1 else f"{kind}_{met[kind]}", module))
    return named


def _check(named: Sequence[tuple[Any, Any]]) -> None:
    if not named:
        raise UsageError("nothing to watch: give a module, or a list or mapping of modules that is not empty")
    for name, module in named:
        if not isinstance(module, nn.Module):
            raise UsageError(
                f"the roots that are watched together are modules, and {name!r} is a {type(module).__name__}: give "
                "the module itself"
            )
        if not isinstance(name, str) or not name or "." in name:
            raise UsageError(f"the name of a root is a text without dots, and {name!r} is not: rename it")
    for (name, module), (other_name, other) in combinations(named, 2):
        for whole, part in ((module, other), (other, module)):
            if any(unwrap(part) is inner for inner in unwrap(whole).modules()):
                raise UsageError(
                    f"the roots {name!r} and {other_name!r} are one module, or one is a part of the other: watch the "
                    "larger one alone"
                )
