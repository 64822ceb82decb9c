# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""One dispatcher call as a Python rule sees it, and what such a rule answers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Rational
from typing import Any, Protocol

import torch

from .._errors import RuleError
from .._load import native

_LARGEST = 2**63 - 1
# Arguments that do not decide shapes, so that any value does where a shape is asked for.
_SHAPELESS_TYPES = ("Device", "Generator", "Layout", "MemoryFormat", "Stream")
_DTYPE_WORDS = {
    torch.float64: "fp64",
    torch.complex128: "fp64",
    torch.float32: "fp32",
    torch.complex64: "fp32",
    torch.float16: "fp16",
    torch.complex32: "fp16",
    torch.bfloat16: "bf16",
}


class Tensor(Protocol):
    """A tensor argument or result: sizes and format, no values. `dtype` is None for a format that is not known."""

    @property
    def sizes(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> torch.dtype | None: ...
    @property
    def defined(self) -> bool: ...


@dataclass(frozen=True)
class TensorShape:
    """A tensor that an operator returns."""

    sizes: tuple[int, ...]
    dtype: torch.dtype | None
    defined: bool = True


@dataclass(frozen=True)
class Work:
    """What one operator call does.

    `macs`: multiply-add class, 1 MAC = 2 FLOPs; `useful_macs`: those of them whose result is used (None: all);
    `other_flops`: other arithmetic in FLOPs; `precision`: "fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "fp4",
    "int8", "integer" (None: that of the first floating-point tensor).
    """

    macs: int = 0
    useful_macs: int | None = None
    other_flops: int = 0
    precision: str | None = None


@dataclass(frozen=True)
class OperatorCall:
    """One call of an operator.

    `name`: "ns::op"; `overload`: "" for the default one. `args`: in schema order with defaults filled in,
    keyword-only ones too: None, a tensor (`.sizes`, `.dtype`, `.defined`), a list of tensors, int, bool, float, a
    list of ints, or `...` for what is not recorded (strings, devices, generators).
    """

    name: str
    overload: str
    args: tuple[Any, ...]

    @cached_property
    def operator(self) -> torch._ops.OpOverload:
        """torch's own object. Raises RuleError where this process has no such operator."""
        namespace, _, short = self.name.partition("::")
        try:
            found = getattr(getattr(getattr(torch.ops, namespace), short), self.overload or "default")
        except AttributeError:
            raise RuleError(f"{self.name}: torch.ops has no such operator in this process") from None
        assert isinstance(found, torch._ops.OpOverload)
        return found

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the arguments, in their order."""
        return tuple(argument.name for argument in self.operator._schema.arguments)

    def argument(self, name: str) -> Any:
        """The argument of that name in the schema. Raises RuleError for another name."""
        if name not in self.names or self.names.index(name) >= len(self.args):
            raise RuleError(f"{self.name} has no argument {name}, only {', '.join(self.names)}")
        return self.args[self.names.index(name)]

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The tensors among the arguments, those in lists too, without undefined ones."""
        return tuple(tensor for tensor in _tensors(self.args) if tensor.defined)

    @cached_property
    def precision(self) -> str | None:
        """The word for the first floating-point tensor; without one, that for the first tensor."""
        words = [precision_word(tensor.dtype) for tensor in self.tensors]
        return next((word for word in words if word not in ("int8", "integer")), words[0] if words else None)

    @cached_property
    def outputs(self) -> tuple[Any, ...]:
        """What the operator returns, as TensorShape or lists of them.

        Operators are counted when they begin, so this runs the operator's fake kernel, on tensors without storage.
        Raises RuleError where it has none; torch.library.register_fake gives it one.
        """
        returned = meta_output(self)
        count = len(self.operator._schema.returns)
        return tuple(_shapes(value) for value in (returned if count > 1 else [returned][:count]))


def is_tensor(value: Any) -> bool:
    return hasattr(value, "sizes") and hasattr(value, "defined")


def _tensors(values: Sequence[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from _tensors(value)
        elif is_tensor(value):
            yield value


def precision_word(dtype: torch.dtype | None) -> str | None:
    """flopwatch's word for a format; complex formats have that of their parts; None where dtype is None."""
    if dtype is None:
        return None
    if dtype in _DTYPE_WORDS:
        return _DTYPE_WORDS[dtype]
    text = str(dtype)
    if dtype.is_floating_point or "float" in text:
        return "fp8" if "float8" in text else "fp4" if "float4" in text else None
    return "int8" if text.endswith("int8") else "integer"


def to_meta(value: Any) -> Any:
    """Tensors become tensors on the meta device; an undefined one becomes None."""
    if is_tensor(value):
        if not value.defined:
            return None
        # A format that is not known: eight bits, so that nothing looks like a float that is not one.
        return torch.empty(value.sizes, dtype=value.dtype or torch.uint8, device="meta")
    if isinstance(value, list | tuple):
        return [to_meta(item) for item in value]
    return value


def meta_output(call: OperatorCall) -> Any:
    """What the operator returns for tensors without storage. Raises RuleError where it cannot be known."""
    for tensor in call.tensors:
        if tensor.dtype is None:
            raise RuleError(f"{call.name}: the shape of its result is not known, nor is the format of an argument")
    arguments = list(call.operator._schema.arguments)
    values = []
    for argument, value in zip(arguments, call.args, strict=False):
        if value is not ...:
            values.append(to_meta(value))
        elif any(word in str(argument.real_type) for word in _SHAPELESS_TYPES):
            values.append(torch.device("meta") if str(argument.real_type) == "Device" else argument.default_value)
        else:
            raise RuleError(
                f"{call.name}: the shape of its result is not known, because its argument {argument.name} is not "
                "recorded"
            )
    positional, keyword = split(call, values)
    try:
        return native.without_gradients(lambda: call.operator(*positional, **keyword))
    except Exception as error:
        missing = isinstance(error, NotImplementedError) or "fake impl" in str(error)
        reason = "it has no fake kernel" if missing else f"its fake kernel raised {error_text(error)}"
        raise RuleError(
            f"{call.name}: the shape of its result is not known: {reason}; torch.library.register_fake("
            f'"{call.name}") gives it one'
        ) from None


def split(call: OperatorCall, values: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Values in schema order, taken apart as the operator is called: keyword-only ones by their names."""
    arguments = call.operator._schema.arguments
    positional = [v for a, v in zip(arguments, values, strict=False) if not a.kwarg_only]
    return positional, {a.name: v for a, v in zip(arguments, values, strict=False) if a.kwarg_only}


def _shapes(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return TensorShape(tuple(map(int, value.shape)), value.dtype)
    if isinstance(value, list | tuple):
        return [_shapes(item) for item in value]
    return value


def error_text(error: BaseException) -> str:
    """The type and the first line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def whole(name: str, what: str, value: Any) -> int:
    """`value` as a count. Raises RuleError unless it is a whole number from 0 to 2^63 - 1."""
    number: int | None = None
    if not isinstance(value, bool | torch.Tensor):
        if isinstance(value, Rational) or hasattr(value, "__index__"):
            number = int(value) if int(value) == value else None
        elif isinstance(value, float) or hasattr(value, "__float__"):
            real = float(value)
            number = int(real) if math.isfinite(real) and real.is_integer() else None
    if number is None:
        shown = f"a {type(value).__name__}" if isinstance(value, torch.Tensor) or value is None else repr(value)
        raise RuleError(f"{name}: the rule gave {shown} for {what}, which is no whole number")
    if not 0 <= number <= _LARGEST:
        raise RuleError(f"{name}: the rule gave {number} for {what}; it must be between 0 and 2^63 - 1")
    return number
