# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The ways in which a model of the zoo is run. Each computes the same when it is run again with the same seed."""

from collections.abc import Mapping

import torch


def call(model, inputs):
    return model(**inputs) if isinstance(inputs, Mapping) else model(*inputs)


def floats(output):
    """The floating-point tensors of an output, however it nests them."""
    if isinstance(output, torch.Tensor):
        return [output] if output.is_floating_point() else []
    if isinstance(output, Mapping):
        output = output.values()
    elif not isinstance(output, (list, tuple)):
        output = getattr(output, "__dict__", {}).values()
    return [tensor for part in output for tensor in floats(part)]


def total(output):
    return sum(part.float().sum() for part in floats(output) if part.requires_grad)


def forward(model, inputs):
    model.eval()
    with torch.no_grad():
        call(model, inputs)


def training(model, inputs):
    model.train()
    total(call(model, inputs)).backward()


def bfloat16(model, inputs):
    model.train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = total(call(model, inputs))
    loss.backward()


def checkpointed(model, inputs, reentrant=False):
    """transformers' own gradient checkpointing, of each layer."""
    model.train()
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": reentrant})
    try:
        total(call(model, inputs)).backward()
    finally:
        model.gradient_checkpointing_disable()


def checkpointed_reentrant(model, inputs):
    checkpointed(model, inputs, reentrant=True)


def per_sample_gradients(model, inputs):
    """vmap over grad: one gradient for each sample, the parameters shared."""
    model.eval()
    parameters = {name: parameter.detach() for name, parameter in model.named_parameters()}
    named = isinstance(inputs, Mapping)

    def loss(parameters, sample):
        batch = torch.utils._pytree.tree_map(lambda x: x.unsqueeze(0), sample)
        output = torch.func.functional_call(model, parameters, *(((), batch) if named else (batch,)))
        return sum(part.float().sum() for part in floats(output))

    torch.func.vmap(torch.func.grad(loss), (None, 0))(parameters, inputs)


def generation(model, inputs):
    """Three new tokens, with the cache of keys and values."""
    model.eval()
    prompt = {name: value for name, value in inputs.items() if not name.startswith("decoder")}
    model.generate(**prompt, max_new_tokens=3, min_new_tokens=3, do_sample=False)


def checkpointed_blocks(model, inputs):
    """diffusers' own gradient checkpointing."""
    model.train()
    model.enable_gradient_checkpointing()
    try:
        total(call(model, inputs)).backward()
    finally:
        model.disable_gradient_checkpointing()


WAYS = {
    way.__name__: way
    for way in (
        forward,
        training,
        bfloat16,
        checkpointed,
        checkpointed_reentrant,
        checkpointed_blocks,
        per_sample_gradients,
        generation,
    )
}
