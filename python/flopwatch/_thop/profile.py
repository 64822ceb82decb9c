# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The drop-in for thop: its two functions, with its signatures and its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import nn

from .._errors import UsageError
from .installed import installed_thop, profile_with_installed, takes_stride
from .origin import profile_origin
from .run import CustomOps, ThopRun
from .stride import check_stride

__all__ = ["clever_format", "installed_thop", "profile", "profile_origin"]

_SUFFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "K"))


def profile(
    model: nn.Module,
    inputs: Iterable[Any],
    custom_ops: CustomOps | None = None,
    verbose: bool = True,
    ret_layer_info: bool = False,
    report_missing: bool = False,
    *,
    stride: int | tuple[int, int] | None = None,
    min_cells: int = 1,
    explain: bool = False,
    formula: str = "thop",
    device: Any = None,
) -> Any:
    """Counts one forward `model(*inputs)` by thop's rules; returns `(macs, parameters)` as thop 0.1.1 gives them.

    Equal to thop to the last digit, its faults in the number included (docs say which); unlike thop it leaves the
    model as it was, also when it raises. `inputs`: a tuple of the positional arguments; a bare tensor is split along
    its first dimension, as thop does it. `custom_ops`: `{ModuleType: rule(module, x, y)}`, where a rule adds to
    `module.total_ops`, or just returns a number of MACs. `macs` mixes multiply-adds with operations of
    normalisations, pooling, softmax: twice that is not the FLOPs.

    With `ret_layer_info` the tuple ends in `{child: (macs, parameters, {...})}`. `verbose` prints the rule of each
    type, `report_missing` the types that have none.

    `stride` and `min_cells` are taken as ultralytics-thop has them: there the MACs of the image that `inputs` holds
    are estimated from smaller images. The rules of 0.1.1 count the image itself, so both only have to make sense.

    Beyond thop: `formula="installed"` gives the numbers of the package thop that is installed, whatever its version
    (`installed_thop()` names it). `explain=True` also measures (on `device`, "cuda:1" say), and the tuple then ends
    in a Result that says where the number and what ran disagree, and why.

    Raises UsageError for arguments that make no sense, RuleError where a built-in rule cannot count a call; what
    forward and the user's rules raise passes through. One thread at a time for one model.
    """
    if formula not in ("thop", "installed"):
        raise UsageError(f"formula is 'thop' (the rules of 0.1.1) or 'installed' (the package thop), not {formula!r}")
    if not isinstance(model, nn.Module):
        raise UsageError(f"only a torch.nn.Module can be profiled, and this is of type {type(model).__qualname__}")
    if stride is not None:
        inputs = tuple(inputs)
        check_stride(inputs, stride, min_cells)
    printing = {"verbose": verbose, "report_missing": report_missing}
    if explain:
        from .explain import explained  # brings in what measures: only for who asks

        return explained(
            model, inputs, custom_ops, run=printing, formula=formula, device=device, ret_layer_info=ret_layer_info
        )
    if device is not None:
        raise UsageError("device says where explain=True measures; give both, or move the model and its inputs there")
    if formula == "installed":
        options: dict[str, Any] = {**printing, "ret_layer_info": ret_layer_info}
        if stride is not None and takes_stride():
            options.update(stride=stride, min_cells=min_cells)
        return profile_with_installed(model, inputs, custom_ops, options)

    run = ThopRun(model, custom_ops, verbose=verbose, report_missing=report_missing)
    run.run(inputs)
    return (*run.total(), run.layers()) if ret_layer_info else run.total()


def clever_format(nums: Any, format: str = "%.2f") -> Any:
    """ "1.51G" for 1509949440: one number gives a string, several a tuple of strings.

    Greater than 1e12, 1e9, 1e6, 1e3 gives T, G, M, K; anything else, 1000 itself too, ends in B as thop has it.
    """
    texts = tuple(_short(number, format) for number in (nums if isinstance(nums, Iterable) else (nums,)))
    return texts[0] if len(texts) == 1 else texts


def _short(number: Any, format: str) -> str:
    for size, suffix in _SUFFIXES:
        if number > size:
            return f"{format % (number / size)}{suffix}"
    return f"{format % number}B"
