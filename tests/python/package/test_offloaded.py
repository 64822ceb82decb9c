# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Models whose parameters are on the meta device, with hooks that bring them in: by hand, and by accelerate."""

import copy

import pytest
import torch
from torch import nn

import flopwatch
from flopwatch._device import first_gpu_of_hooks, model_devices

X = torch.randn(5, 8)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.norm, self.b = nn.Linear(8, 16), nn.BatchNorm1d(16), nn.Linear(16, 4)
        self.register_buffer("scale", torch.ones(4))

    def forward(self, x):
        return self.b(self.norm(self.a(x)).relu()) * self.scale


def by_replaced_forward(net):
    """As accelerate does it: each module's forward is replaced on the object."""
    for module in net.modules():
        kept = {name: p.detach() for name, p in module.named_parameters(recurse=False)}
        if not kept:
            continue

        def forward(*args, module=module, kept=kept, original=module.forward):
            for name, value in kept.items():
                module._parameters[name] = nn.Parameter(value)
            try:
                return original(*args)
            finally:
                for name, value in kept.items():
                    module._parameters[name] = nn.Parameter(value.to("meta"))

        module.forward = forward
        for name, value in kept.items():
            module._parameters[name] = nn.Parameter(value.to("meta"))
    return net


def by_hooks(net):
    for module in net.modules():
        kept = {name: p.detach() for name, p in module.named_parameters(recurse=False)}

        def bring(module, args, kept=kept):
            module._parameters.update({name: nn.Parameter(value) for name, value in kept.items()})

        def take(module, args, output, kept=kept):
            module._parameters.update({name: nn.Parameter(value.to("meta")) for name, value in kept.items()})

        module.register_forward_pre_hook(bring)
        module.register_forward_hook(take)
        take(module, (), None)
    return net


def by_accelerate(net, **options):
    return pytest.importorskip("accelerate").cpu_offload(net, execution_device=torch.device("cpu"), **options)


def by_accelerate_with_buffers(net):
    return by_accelerate(net, offload_buffers=True)


WAYS = [by_replaced_forward, by_hooks, by_accelerate, by_accelerate_with_buffers]


def figures(result):
    # What copies the parameters in has no arithmetic; what torch makes of the meta device is not counted.
    return [
        (row.path, row.calls, row.parameters, row.formula_macs, row.operator_macs, row.operator_other_flops)
        for row in result.rows
        if not row.outside
    ]


@pytest.mark.parametrize("offload", WAYS)
def test_counts_as_the_model_itself(offload):
    net = Net().eval()
    offloaded = offload(copy.deepcopy(net))
    assert all(p.is_meta for p in offloaded.parameters())
    before = list(offloaded.state_dict())
    with torch.no_grad():
        expected, ours = flopwatch.count(net, X), flopwatch.count(offloaded, X)
        with flopwatch.watch(offloaded) as w:
            offloaded(X)
    assert figures(ours) == figures(expected) == figures(w.result)
    assert ours.total.operator.macs == 5 * 8 * 16 + 5 * 16 * 4
    assert ours.exact
    assert list(offloaded.state_dict()) == before
    profiled = flopwatch.profile(offloaded, (X,), verbose=False)
    assert profiled == flopwatch.profile(net, (X,), verbose=False)


def test_device_map(tmp_path):
    accelerate = pytest.importorskip("accelerate")
    net = Net().eval()
    places = {"a": "cpu", "norm": "disk", "b": "disk", "scale": "cpu"}
    offloaded = accelerate.dispatch_model(
        copy.deepcopy(net), places, main_device="cpu", offload_dir=tmp_path, force_hooks=True
    )
    with torch.no_grad():
        assert figures(flopwatch.count(offloaded, X)) == figures(flopwatch.count(net, X))


class Hook:
    def __init__(self, execution_device):
        self.execution_device = execution_device


class Chain:
    def __init__(self, *hooks):
        self.hooks = hooks


@pytest.mark.parametrize(
    "hook,devices,gpu",
    [
        (Hook(1), ["cuda:1"], 1),
        (Hook("cuda:2"), ["cuda:2"], 2),
        (Hook(torch.device("cpu")), ["cpu"], None),
        (Chain(Hook(None), Hook(3)), ["cuda:3"], 3),
        (None, [], None),
    ],
)
def test_the_device_is_where_the_hooks_run_it(hook, devices, gpu):
    net = by_hooks(nn.Sequential(nn.Linear(8, 4)))
    net[0]._hf_hook = hook
    assert [str(device) for device in model_devices(net)] == devices
    assert first_gpu_of_hooks(net) == gpu


def test_a_plain_meta_model_is_still_told_that_its_inputs_are_elsewhere():
    with pytest.raises(flopwatch.DeviceError, match="the inputs are on cpu and the model on meta"):
        flopwatch.count(nn.Linear(8, 4, device="meta"), X)
