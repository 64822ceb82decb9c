# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""infer_rule: the rule of a module, found from what its forward runs."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .. import _arguments as arguments
from .._errors import FlopwatchError, UsageError
from . import given_back, module_count
from .fit import Fit, NoFit, fit
from .module_count import ModuleCount
from .polynomial import Polynomial
from .sampling import NoRunningSizes, Point, Sampler, base_point, running_axes
from .source import Seen, compiled, default_name, look, rule_source
from .workload import ModuleOrFactory, Sizes, Workload, sizes_text


class InferenceError(FlopwatchError):
    """No rule was found.

    `sizes`: where the best guess fails, else None; `macs` and `guessed_macs`: what ran there and what the guess says;
    `guess`: the polynomial as text, else None.
    """

    def __init__(
        self,
        text: str,
        *,
        sizes: Sizes | None = None,
        macs: int | None = None,
        guess: str | None = None,
        guessed_macs: Fraction | None = None,
    ) -> None:
        super().__init__(text)
        self.sizes, self.macs, self.guess, self.guessed_macs = sizes, macs, guess, guessed_macs


@dataclass(frozen=True)
class InferredRule:
    """A polynomial in the named sizes that equals the operator count, in MACs, at every size that was tried.

    `source` is a function for `custom_ops`, `rule` the same, ready to be called.
    """

    type_name: str
    names: tuple[str, ...]
    terms: Mapping[tuple[int, ...], Fraction]  # exponents of the names, in their order -> coefficient
    source: str
    rule: Callable[..., Any]
    fitted_sizes: tuple[Sizes, ...]  # the coefficients come from these
    checked_sizes: tuple[Sizes, ...]  # and were checked on these
    fixed_sizes: Sizes  # sizes that had one value only
    lacking: tuple[str, ...]  # operators that could not be counted: the rule lacks their work

    @property
    def polynomial(self) -> str:
        """`4*B*N*C^2 + 2*B*C*N^2`"""
        return str(Polynomial(self.names, self.terms))

    def evaluate(self, **sizes: int) -> int:
        """The MACs at these sizes. Raises UsageError for a missing, unknown or differently fixed size, and where the
        polynomial gives no whole number: it holds only for the multiples that it was found with."""
        given = {**self.fixed_sizes, **sizes}
        if set(given) != set(self.names):
            raise UsageError(f"evaluate takes the sizes {', '.join(self.names)}, not {', '.join(given) or 'none'}")
        for name, size in self.fixed_sizes.items():
            if given[name] != size:
                raise UsageError(f"{name} was {size} in every case, so nothing is known of {name}={given[name]}")
        macs = Polynomial(self.names, self.terms).at([given[name] for name in self.names])
        if macs.denominator != 1:
            raise UsageError(f"{float(macs)} MACs at {sizes_text(given)}: the rule holds only {_steps_text(self)}")
        return macs.numerator

    def __str__(self) -> str:
        return self.source

    def as_torch(self, operator: str, *shapes: str) -> str:
        """Source that registers the rule for an operator ("mylib::attention") with torch's flop counter, in FLOPs.
        `shapes`: the dimensions of its tensors in their order, "B N C"; `_` for one that is no size of the rule.
        Raises UsageError where they lack a size, or the rule lacks work. The source raises ValueError where two
        dimensions of one name differ, a size is not the one that the rule was found for, or no whole number results.
        """
        return given_back.torch_source(self._found(), operator, shapes)

    def as_fvcore(self, *shapes: str) -> str:
        """Source of a handle for fvcore's `FlopCountAnalysis.set_op_handle`, in MACs, which fvcore calls flops.
        `shapes` and errors as for `as_torch`."""
        return given_back.fvcore_source(self._found(), shapes)

    def as_triton(self, width: int | None = None) -> str:
        """Source of a `launch_metadata` for `triton.jit`, in FLOPs. The kernel's arguments are named as the sizes.
        `width`: bits of its numbers, for Proton's `flops16`."""
        return given_back.triton_source(self._found(), width)

    def as_jax(self) -> str:
        """Source of a function that makes the `CostEstimate` of a Pallas kernel from the sizes, in FLOPs. The caller
        gives transcendentals and bytes, which no rule knows."""
        return given_back.jax_source(self._found())

    def as_thop(self) -> str:
        """`source`: a function for thop's `custom_ops`, in MACs. It raises ValueError where a size that it reads is
        not the one that the rule was found for, or no whole number results."""
        self._whole_name()
        return self.source

    def _found(self) -> given_back.Found:
        polynomial = Polynomial(self.names, self.terms)
        return given_back.Found(self._whole_name(), polynomial, self.fixed_sizes, _steps_text(self))

    def _whole_name(self) -> str:
        if self.lacking:
            raise UsageError(f"the rule lacks work that could not be counted: {', '.join(self.lacking)}")
        return self.rule.__name__


def _steps_text(rule: InferredRule) -> str:
    return "for sizes like " + "; ".join(map(sizes_text, rule.checked_sizes[:2]))


def infer_rule(
    module: ModuleOrFactory,
    inputs_for_sizes: Callable[..., Any],
    *,
    sizes: Mapping[str, Sequence[int]] | None = None,
    name: str | None = None,
    device: Any = None,
) -> InferredRule:
    """Finds the rule of a module: the exact polynomial in named sizes that gives the MACs of its forward.

    `inputs_for_sizes` takes the named sizes, `lambda B, N, C: torch.randn(B, N, C)`, and returns a tensor, a tuple of
    arguments or `(args, kwargs)`. `module` is a module; or, where sizes decide its widths, a function that takes
    those of them, `lambda C: Attention(C, heads=12)`, and returns one. Parameters with a default are sizes only where
    `sizes` names them.

    `sizes` gives the values to use, `{"C": [12, 24, 36, 48]}`: three or more, and two more than the degree in that
    size; one value fixes a size. Sizes that are not given take small values that differ from each other, and
    multiples where the module only runs with those, or where strides divide. Some tens of forwards run, in eval mode
    and without gradients.

    `name` is that of the function. `device` is where the session counts, as in `count`. Raises InferenceError, which
    holds the best guess and the sizes where it fails; UsageError for arguments that make no sense. One thread at a
    time for one module.
    """
    given = arguments.mapping("sizes", sizes, "{'B': [2, 3, 4]}")
    if name is not None and (not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name)):
        raise UsageError(f"{name!r} is no name of a function")
    workload = Workload(module, inputs_for_sizes, given)
    seen: dict[Point, Seen] = {}
    type_names: dict[str, None] = {}

    def evaluate(at: Sizes) -> ModuleCount:
        case = workload.at(at)
        counted = module_count.operator_count(case.module, case.args, case.kwargs, device=device)
        seen[tuple(at.values())] = look(case)
        type_names[type(case.module).__name__] = None
        return counted

    sampler: Sampler[ModuleCount] = Sampler(workload.names, evaluate)

    def fitted() -> Fit:
        try:
            axes = running_axes(sampler, given, workload.module_only_names)
            found = fit(axes, lambda point: _macs(sampler(point)))
            _same_again(sampler, base_point(found.axes), evaluate)
            return found
        except NoRunningSizes as error:
            raise InferenceError(f"{error}. {_size_hint(workload)}") from None
        except NoFit as failure:
            raise _no_rule(workload, next(iter(type_names)), failure) from None

    found = module_count.with_random_state_kept(fitted)
    return _inferred(next(iter(type_names)), name, found, sampler, seen)


def _macs(counted: ModuleCount | None) -> int | None:
    return None if counted is None else counted.macs


def _same_again(sampler: Sampler[ModuleCount], point: Point, evaluate: Callable[[Sizes], ModuleCount]) -> None:
    first, again = sampler.answers[point].macs, evaluate(sampler.sizes(point)).macs
    if first != again:
        raise InferenceError(
            f"two forwards at {sizes_text(sampler.sizes(point))} ran {first:,} and {again:,} MACs: the sizes alone do "
            "not decide what runs, so no rule in them can be right",
            sizes=sampler.sizes(point),
            macs=again,
        )


def _size_hint(workload: Workload) -> str:
    if workload.has_factory:
        return "Give values that fit together: sizes={...}."
    return (
        "The module is ready made, so its widths are fixed: give a function that makes it (lambda C: Attention(C)), "
        "or fix the size (sizes={'C': [768]})."
    )


def _no_rule(workload: Workload, type_name: str, failure: NoFit) -> InferenceError:
    text = f"no polynomial in {', '.join(workload.names)} gives the MACs of {type_name}: {failure}"
    if failure.point is None or failure.guess is None:
        return InferenceError(text, guess=None if failure.guess is None else str(failure.guess))
    sizes = dict(zip(workload.names, failure.point, strict=True))
    guessed, macs = failure.guess.at(failure.point), int(failure.counted or 0)
    text += (
        f". At {sizes_text(sizes)} ran {macs:,} MACs, and the best guess, {failure.guess}, gives {_number(guessed)}. "
        "Where a stride or a window divides a size, give sizes= with multiples of it."
    )
    return InferenceError(text, sizes=sizes, macs=macs, guess=str(failure.guess), guessed_macs=guessed)


def _number(value: Fraction) -> str:
    return f"{value.numerator:,}" if value.denominator == 1 else f"{float(value):,}"


def _inferred(
    type_name: str, name: str | None, found: Fit, sampler: Sampler[ModuleCount], seen: Mapping[Point, Seen]
) -> InferredRule:
    function_name = name or default_name(type_name)
    used = (*found.fitted, *found.checked)
    lacking = tuple(dict.fromkeys(text for point in used for text in sampler.answers[point].uncounted))
    polynomial = found.polynomial
    fixed = {axis.name: axis.base for axis in found.axes if axis.fixed}
    source = rule_source(function_name, type_name, polynomial, [seen[point] for point in used], lacking, fixed)
    return InferredRule(
        type_name,
        polynomial.names,
        polynomial.terms,
        source,
        compiled(source, function_name),
        tuple(map(sampler.sizes, found.fitted)),
        tuple(map(sampler.sizes, found.checked)),
        fixed,
        lacking,
    )
