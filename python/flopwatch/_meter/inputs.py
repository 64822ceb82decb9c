# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What of the inputs of a call decides how much work it is: shapes, formats, devices, layouts, small values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import torch

_MAX_DEPTH = 8
_MAX_ITEMS = 4096
_PLAIN = (bool, int, str, type(None), torch.dtype, torch.device, torch.memory_format)


class CannotSign(Exception):
    """The work that an input makes does not follow from what can be read of it quickly. Its text is the reason."""


def sign(value: Any) -> Hashable:
    """Equal for inputs that make the same work, as far as shapes decide it. Numbers in tensors are not looked at, nor
    are floats. Raises CannotSign."""
    return _Signing().sign(value, 0)


class _Signing:
    """One look at the inputs of a call."""

    def __init__(self) -> None:
        self._left = _MAX_ITEMS

    def sign(self, value: Any, depth: int) -> Hashable:
        if isinstance(value, torch.Tensor):
            return _tensor(value)
        if isinstance(value, _PLAIN):
            return type(value), value
        if isinstance(value, float):
            return "float"
        if isinstance(value, (list, tuple)):
            self._enter(len(value), depth)
            return type(value), *[self.sign(item, depth + 1) for item in value]
        if isinstance(value, Mapping):
            self._enter(len(value), depth)
            return type(value), *[(self.sign(k, depth + 1), self.sign(item, depth + 1)) for k, item in value.items()]
        attributes = getattr(value, "__dict__", None)
        if attributes is None or callable(value):
            return type(value).__qualname__
        # An object of a library (a cache, a batch of graphs): the tensors that it holds decide.
        self._enter(len(attributes), depth)
        return type(value), *[(key, self.sign(item, depth + 1)) for key, item in attributes.items()]

    def _enter(self, items: int, depth: int) -> None:
        self._left -= items
        if self._left < 0:
            raise CannotSign(f"an input has more than {_MAX_ITEMS:,} parts")
        if depth >= _MAX_DEPTH:
            raise CannotSign(f"an input is nested deeper than {_MAX_DEPTH} levels")


def _tensor(tensor: torch.Tensor) -> Hashable:
    if tensor.is_nested:
        raise CannotSign("an input is a nested tensor, whose lengths decide its work")
    shape = tuple(tensor.shape)
    if not all(isinstance(size, int) for size in shape):
        raise CannotSign("an input has symbolic sizes")
    if tensor.layout is not torch.strided:
        raise CannotSign(f"an input has the layout {tensor.layout}, where the number of its values decides its work")
    strides = None if tensor.is_contiguous() else tensor.stride()
    kind = None if type(tensor) is torch.Tensor else type(tensor)
    return shape, tensor.dtype, tensor.device, strides, tensor.requires_grad, kind
