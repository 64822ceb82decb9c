# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""thop 0.1.1's own rules by module type. The arithmetic is the compiled part's; here stands what each rule reads
from its module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from ._errors import RuleError
from ._load import native

Family = Literal["macs", "operations"]
"""Rules for convolutions, linear and recurrent layers give MACs; those for norms, softmax, pooling and upsampling
give single operations, which thop adds into the same total."""

_UPSAMPLE_MODES = {"nearest": 0, "linear": 1, "bilinear": 2, "bicubic": 3}


@dataclass(frozen=True)
class Rule:
    """The rule of one module type."""

    name: str
    """Of the module type: "Conv2d"."""
    function_name: str
    """What thop calls the rule in its messages: "count_convNd"."""
    family: Family
    kind: str
    numbers: Callable[[Any], list[int]] | None
    """What the compiled rule reads from a module; None: nothing."""

    @property
    def is_zero(self) -> bool:
        """It gives 0 for every call."""
        return self.kind == "zero"

    def of(self, module: nn.Module) -> Any:
        """The compiled rule with this module's numbers. Raises RuleError when they are none."""
        try:
            return native.ThopRule(self.kind, [] if self.numbers is None else self.numbers(module))
        except (AttributeError, TypeError, IndexError) as error:
            raise RuleError(f"thop's rule for {self.name} cannot read the module: {error}") from error

    def amount(self, module: nn.Module, x: tuple[Any, ...], y: object) -> int:
        """What one call adds. `x`: the positional inputs, `y`: the output. Raises RuleError."""
        return int(self.of(module).amount(x, y))


def _convolution(module: Any) -> list[int]:
    weight = module._parameters.get("weight")  # by attribute it would go through Module.__getattr__
    return [module.groups, *(module.weight if weight is None else weight).shape[2:]]


def _affine(module: Any) -> list[int]:
    return [int(bool(getattr(module, "affine", False) or getattr(module, "elementwise_affine", False)))]


def _cell(module: Any) -> list[int]:
    return [module.input_size, module.hidden_size, int(bool(module.bias))]


def _layers(module: Any) -> list[int]:
    return [*_cell(module), module.num_layers, int(bool(module.bidirectional))]


def _upsample_mode(module: Any) -> list[int]:
    return [_UPSAMPLE_MODES.get(module.mode, 4)]


def _table() -> dict[type, Rule]:
    table: dict[type, Rule] = {}

    def add(
        names: str,
        function_name: str,
        family: Family,
        kind: str,
        numbers: Callable[[Any], list[int]] | None = None,
    ) -> None:
        for name in names.split():
            table[getattr(nn, name)] = Rule(name, function_name, family, kind, numbers)

    convolutions = "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d"
    add(convolutions, "count_convNd", "macs", "convolution", _convolution)
    add("Linear", "count_linear", "macs", "linear", lambda m: [m.in_features])
    norms = "BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm InstanceNorm1d InstanceNorm2d InstanceNorm3d LayerNorm"
    add(norms, "count_normalization", "operations", "normalization", _affine)
    add("PReLU", "count_prelu", "operations", "prelu")
    add("Softmax", "count_softmax", "operations", "softmax", lambda m: [m.dim])
    add("AvgPool1d AvgPool2d AvgPool3d", "count_avgpool", "operations", "average_pool")
    pools = "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d"
    add(pools, "count_adap_avgpool", "operations", "adaptive_average_pool")
    upsamplings = "Upsample UpsamplingNearest2d UpsamplingBilinear2d"
    add(upsamplings, "count_upsample", "operations", "upsample", _upsample_mode)
    for kind in ("rnn", "gru", "lstm"):
        add(f"{kind.upper()}Cell", f"count_{kind}_cell", "macs", f"{kind}_cell", _cell)
        add(kind.upper(), f"count_{kind}", "macs", kind, _layers)
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
