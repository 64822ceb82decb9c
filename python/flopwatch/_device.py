# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Which device is measured, and whether the model and its inputs are on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import torch
from torch import nn

from ._errors import DeviceError, UsageError

Device = torch.device | str | None


def model_devices(model: nn.Module) -> list[torch.device]:
    """In order of first use; empty for a model without parameters and buffers.

    Of an offloaded model: where accelerate's hooks run it, instead of the meta device.
    """
    found: dict[torch.device, None] = {}
    offloaded = is_offloaded(model)
    for module in model.modules():
        for tensor in chain(module._parameters.values(), module._buffers.values()):
            if tensor is not None and not (offloaded and tensor.is_meta):
                found[tensor.device] = None
        if offloaded:
            found.update(dict.fromkeys(_execution_devices(getattr(module, "_hf_hook", None))))
    return list(found)


def is_offloaded(model: nn.Module) -> bool:
    """Parameters are on the meta device, and hooks or a replaced forward can bring them in, as accelerate does it."""
    on_meta = brings_in = False
    for module in model.modules():
        tensors = chain(module._parameters.values(), module._buffers.values())
        on_meta = on_meta or any(tensor is not None and tensor.is_meta for tensor in tensors)
        brings_in = brings_in or "forward" in vars(module) or bool(module._forward_pre_hooks)
        if on_meta and brings_in:
            return True
    return False


def first_gpu_of_hooks(model: nn.Module) -> int | None:
    """The GPU that an offloaded model runs on, though no tensor of it is there."""
    if not is_offloaded(model):
        return None
    return next((device.index or 0 for device in model_devices(model) if device.type == "cuda"), None)


def _execution_devices(hook: Any) -> Iterator[torch.device]:
    for part in getattr(hook, "hooks", (hook,)):  # accelerate's chain of hooks
        device = getattr(part, "execution_device", None)
        if isinstance(device, int):
            device = torch.device("cuda", device)
        if isinstance(device, (str, torch.device)):
            yield torch.device(device)


def device_name(first_gpu: int | None, device: Device) -> str:
    """The name that the session takes: "cuda:N", "cpu", or "" where nothing was asked for and the model is on no GPU.

    `first_gpu`: the first that holds a tensor of the model; below 0: the current one.
    Raises UsageError for a malformed device, or one that cannot be measured.
    """
    if device is None:
        if first_gpu is None:
            return ""
        return _cuda_name(torch.device("cuda") if first_gpu < 0 else torch.device("cuda", first_gpu))
    try:
        if not isinstance(device, (str, torch.device)):
            raise TypeError
        asked = torch.device(device)
    except (RuntimeError, TypeError, ValueError) as error:
        raise UsageError(f"{device!r} is not a device: give 'cuda:0', say, or 'cpu'") from error
    if asked.type == "cuda":
        return _cuda_name(asked)
    if asked.type == "cpu":
        return "cpu"
    raise UsageError(f"counters are read on NVIDIA GPUs: give 'cuda:N' as device, or 'cpu' for none, not {device!r}")


def _cuda_name(device: torch.device) -> str:
    if device.index is not None:
        return f"cuda:{device.index}"
    return f"cuda:{torch.cuda.current_device() if torch.cuda.is_available() else 0}"


def check_model(model: nn.Module, device: Device) -> None:
    """Raises DeviceError when a device was asked for and no part of the model is on it."""
    if device is None:
        return
    asked = torch.device(_cuda_name(torch.device(device)) if torch.device(device).type == "cuda" else device)
    there = model_devices(model)
    if there and asked not in there:
        where = ", ".join(str(d) for d in there)
        raise DeviceError(f"the model is on {where}, and {asked} was asked for: move it with model.to('{asked}')")


def check_inputs(model: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Raises DeviceError when the inputs hold tensors, and not one of them is on a device of the model."""
    if is_offloaded(model):  # what brings the parameters in moves the inputs, too
        return
    there = model_devices(model)
    inputs = {t.device for t in _tensors((args, dict(kwargs)))}
    if not there or not inputs or inputs.intersection(there):
        return
    where, model_where = ", ".join(sorted(map(str, inputs))), ", ".join(map(str, there))
    raise DeviceError(f"the inputs are on {where} and the model on {model_where}: move them with .to('{there[0]}')")


def _tensors(value: Any, depth: int = 0) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif depth < 8 and isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item, depth + 1)
    elif depth < 8 and isinstance(value, Mapping):
        for item in value.values():
            yield from _tensors(item, depth + 1)
