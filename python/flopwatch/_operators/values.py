# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Arguments and results of an operator wrapped as torch.jit values, which handles written for fvcore read."""

from __future__ import annotations

from typing import Any

import torch

from .._errors import RuleError
from .call import is_tensor

_KINDS = ((bool, "BoolType"), (int, "IntType"), (float, "FloatType"), (str, "StringType"))
_SCALAR_TYPES = {
    torch.float64: "Double",
    torch.float32: "Float",
    torch.float16: "Half",
    torch.bfloat16: "BFloat16",
    torch.complex64: "ComplexFloat",
    torch.complex128: "ComplexDouble",
    torch.complex32: "ComplexHalf",
    torch.int64: "Long",
    torch.int32: "Int",
    torch.int16: "Short",
    torch.int8: "Char",
    torch.uint8: "Byte",
    torch.bool: "Bool",
}


class Unseen:
    """A value that is not known. Using it in any way but passing it on raises RuleError with `text`."""

    def __init__(self, text: str) -> None:
        self.__dict__["_text"] = text

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise RuleError(self.__dict__["_text"])

    __getattr__ = __call__ = __iter__ = __getitem__ = __len__ = __bool__ = __int__ = __float__ = __index__ = _refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __str__ = __format__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __abs__ = _refuse
    __hash__ = object.__hash__


class JitType:
    """`.type()` of a value."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def _tensor(self) -> Any:
        if not is_tensor(self._value) or not self._value.defined:
            raise RuleError("a handle asked for the sizes of an argument that is no tensor")
        return self._value

    def sizes(self) -> list[int]:
        return list(self._tensor().sizes)

    def dim(self) -> int:
        return len(self._tensor().sizes)

    def dtype(self) -> torch.dtype | None:
        dtype: torch.dtype | None = self._tensor().dtype
        return dtype

    def scalarType(self) -> str | None:
        return _SCALAR_TYPES.get(self._tensor().dtype)

    def kind(self) -> str:
        if is_tensor(self._value):
            return "TensorType" if self._value.defined else "NoneType"
        if self._value is None:
            return "NoneType"
        if isinstance(self._value, list | tuple):
            return "ListType"
        return next((kind for of, kind in _KINDS if isinstance(self._value, of)), "AnyType")


class JitNode:
    """`.node()` of a value: the items of a list are its inputs."""

    def __init__(self, value: JitValue) -> None:
        self._value = value

    def kind(self) -> str:
        return "prim::ListConstruct" if isinstance(self._value.raw, list | tuple) else "prim::Constant"

    def inputs(self) -> list[JitValue]:
        items = self._value.raw if isinstance(self._value.raw, list | tuple) else ()
        return [JitValue(item, f"{self._value.debugName()}.{i}") for i, item in enumerate(items)]

    def outputs(self) -> list[JitValue]:
        return [self._value]


class JitValue:
    """One argument or result. `raw`: as an OperatorCall has it."""

    def __init__(self, raw: Any, name: str) -> None:
        self.raw = raw
        self._name = name

    def isCompleteTensor(self) -> bool:
        return is_tensor(self.raw) and bool(self.raw.defined)

    def type(self) -> JitType:
        return JitType(self.raw)

    def toIValue(self) -> Any:
        """The constant; None for tensors. Raises RuleError for what is not recorded, strings for example."""
        if self.raw is ...:
            raise RuleError(f"a handle asked for the argument {self._name}, which is not recorded")
        if isinstance(self.raw, list | tuple) and any(is_tensor(item) for item in self.raw):
            return None
        return None if is_tensor(self.raw) else self.raw

    def debugName(self) -> str:
        return self._name

    def node(self) -> JitNode:
        return JitNode(self)
