# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""thop 0.1.1's own rules by module type. What each reads from its module, and the arithmetic, are the compiled
part's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from .._errors import RuleError
from .._load import native

Unit = Literal["macs", "operations"]
"""Rules for convolutions, linear and recurrent layers give MACs; those for norms, softmax, pooling and upsampling
give single operations, which thop adds into the same total."""


@dataclass(frozen=True)
class Rule:
    """The rule of one module type."""

    name: str
    """Of the module type: "Conv2d"."""
    function_name: str
    """What thop calls the rule in its messages: "count_convNd"."""
    unit: Unit
    compiled_name: str
    """Of the compiled rule, which several types can share."""

    @property
    def is_zero(self) -> bool:
        """It gives 0 for every call."""
        return self.compiled_name == "zero"

    def of(self, module: nn.Module) -> Any:
        """The compiled rule, with what it reads from this module. Raises RuleError when it cannot read the module."""
        try:
            return native.ThopRule(self.compiled_name, module)
        except (AttributeError, TypeError, IndexError, OverflowError) as error:
            raise RuleError(f"thop's rule for {self.name} cannot read the module: {error}") from error

    def amount(self, module: nn.Module, x: tuple[Any, ...], y: object) -> int:
        """What one call adds. `x`: the positional inputs, `y`: the output. Raises RuleError."""
        return int(self.of(module).amount(x, y))


def _table() -> dict[type, Rule]:
    table: dict[type, Rule] = {}

    def add(names: str, function_name: str, unit: Unit, compiled_name: str) -> None:
        for name in names.split():
            table[getattr(nn, name)] = Rule(name, function_name, unit, compiled_name)

    convolutions = "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d"
    add(convolutions, "count_convNd", "macs", "convolution")
    add("Linear", "count_linear", "macs", "linear")
    norms = "BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm InstanceNorm1d InstanceNorm2d InstanceNorm3d LayerNorm"
    add(norms, "count_normalization", "operations", "normalization")
    add("PReLU", "count_prelu", "operations", "prelu")
    add("Softmax", "count_softmax", "operations", "softmax")
    add("AvgPool1d AvgPool2d AvgPool3d", "count_avgpool", "operations", "average_pool")
    pools = "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d"
    add(pools, "count_adap_avgpool", "operations", "adaptive_average_pool")
    upsamplings = "Upsample UpsamplingNearest2d UpsamplingBilinear2d"
    add(upsamplings, "count_upsample", "operations", "upsample")
    for kind in ("rnn", "gru", "lstm"):
        add(f"{kind.upper()}Cell", f"count_{kind}_cell", "macs", f"{kind}_cell")
        add(kind.upper(), f"count_{kind}", "macs", kind)
    add("LeakyReLU", "count_relu", "macs", "zero")
    zeros = (
        "ReLU ReLU6 Dropout ZeroPad2d MaxPool1d MaxPool2d MaxPool3d "
        "AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d PixelShuffle Sequential"
    )
    add(zeros, "zero_ops", "macs", "zero")
    return table


_RULES = _table()


def find_rule(module_type: type) -> Rule | None:
    """thop's rule for exactly this type; None where it has none, as for every subclass."""
    return _RULES.get(module_type)
