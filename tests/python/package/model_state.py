# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Everything of a model that profiling could leave changed, in a form that compares."""

import torch

HOOKS = (
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
    "_backward_hooks",
    "_backward_pre_hooks",
    "_state_dict_hooks",
    "_state_dict_pre_hooks",
    "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
)


def state_of(model):
    """Modules, attributes, flags, hooks, buffers and parameters in their order and with their bits; random state."""
    return {
        "modules": {path: _module_state(module) for path, module in model.named_modules(remove_duplicate=False)},
        "state_dict": [(name, _bits(tensor)) for name, tensor in model.state_dict().items()],
        "random": _bits(torch.get_rng_state()),
        "grad": torch.is_grad_enabled(),
    }


def _module_state(module):
    return {
        "id": id(module),
        "type": type(module),
        "training": module.training,
        "attributes": sorted(vars(module)),
        "children": [(name, id(child)) for name, child in module._modules.items()],
        "hooks": {name: [(key, id(hook)) for key, hook in getattr(module, name).items()] for name in HOOKS},
        "buffers": [(name, id(buffer), _bits(buffer)) for name, buffer in module._buffers.items()],
        "not_in_state_dict": sorted(module._non_persistent_buffers_set),
        "parameters": [(name, id(parameter), _bits(parameter)) for name, parameter in module._parameters.items()],
    }


def _bits(tensor):
    if tensor is None or tensor.is_meta:
        return None
    return tensor.dtype, tuple(tensor.shape), tensor.detach().contiguous().reshape(-1).view(torch.uint8).tolist()
