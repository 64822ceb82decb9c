# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Models of the package diffusers."""

from functools import partial

import torch

from .zoo_model import NO_ATTENTION, ZooModel


def image(channels=3, size=16):
    return torch.randn(2, channels, size, size)


def make(model, options, inputs):
    import diffusers

    torch.manual_seed(0)
    return getattr(diffusers, model)(**options), inputs()


def entry(model, options, inputs, **more):
    return ZooModel(model, "diffusers", partial(make, model, options, inputs), flop_counter=NO_ATTENTION, **more)


def only_image():
    return {"sample": image()}


def noisy():
    return {"sample": image(), "timestep": torch.tensor([3, 5])}


def noisy_with_text():
    return {"sample": image(4), "timestep": torch.tensor([3, 5]), "encoder_hidden_states": torch.randn(2, 6, 16)}


def with_class():
    return {"hidden_states": image(4, 8), "timestep": torch.tensor([3, 5]), "class_labels": torch.tensor([1, 2])}


def stable_diffusion_3():
    return {
        "hidden_states": image(4, 8),
        "encoder_hidden_states": torch.randn(2, 6, 16),
        "pooled_projections": torch.randn(2, 24),
        "timestep": torch.tensor([3, 5]),
    }


def flux():
    return {
        "hidden_states": torch.randn(2, 16, 4),
        "encoder_hidden_states": torch.randn(2, 6, 16),
        "pooled_projections": torch.randn(2, 24),
        "timestep": torch.tensor([0.3, 0.5]),
        "img_ids": torch.zeros(16, 3),
        "txt_ids": torch.zeros(6, 3),
    }


def video():
    return {
        "hidden_states": torch.randn(1, 4, 2, 8, 8),
        "timestep": torch.tensor([3]),
        "encoder_hidden_states": torch.randn(1, 6, 16),
    }


BLOCKS = {"block_out_channels": (16, 32), "norm_num_groups": 4, "layers_per_block": 1}

ENCODER = {"down_block_types": ("DownEncoderBlock2D",) * 2, "up_block_types": ("UpDecoderBlock2D",) * 2}
UNET = {
    **BLOCKS,
    "sample_size": 16,
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "UpBlock2D"),
    "attention_head_dim": 8,
}
UNET_WITH_TEXT = {
    **UNET,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    "cross_attention_dim": 16,
}
DIT = {
    "num_attention_heads": 2,
    "attention_head_dim": 8,
    "in_channels": 4,
    "num_layers": 2,
    "sample_size": 8,
    "patch_size": 2,
    "norm_num_groups": 4,
    "num_embeds_ada_norm": 10,
}
SD3 = {
    "sample_size": 8,
    "patch_size": 2,
    "in_channels": 4,
    "num_layers": 2,
    "attention_head_dim": 8,
    "num_attention_heads": 2,
    "joint_attention_dim": 16,
    "caption_projection_dim": 16,
    "pooled_projection_dim": 24,
    "out_channels": 4,
    "pos_embed_max_size": 8,
}
FLUX = {
    "patch_size": 1,
    "in_channels": 4,
    "num_layers": 1,
    "num_single_layers": 1,
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "joint_attention_dim": 16,
    "pooled_projection_dim": 24,
    "axes_dims_rope": (4, 4, 8),
}
WAN = {
    "patch_size": (1, 2, 2),
    "num_attention_heads": 2,
    "attention_head_dim": 12,
    "in_channels": 4,
    "out_channels": 4,
    "text_dim": 16,
    "freq_dim": 16,
    "ffn_dim": 32,
    "num_layers": 1,
    "rope_max_seq_len": 32,
}
CHECKPOINTED = ("forward", "training", "checkpointed_blocks")

MODELS = [
    entry("UNet2DModel", UNET, noisy, ways=("forward", "training", "bfloat16")),
    entry("UNet2DConditionModel", UNET_WITH_TEXT, noisy_with_text, ways=CHECKPOINTED),
    entry("AutoencoderKL", {**BLOCKS, **ENCODER, "latent_channels": 4, "sample_size": 16}, only_image),
    entry("VQModel", {**BLOCKS, **ENCODER, "latent_channels": 3, "num_vq_embeddings": 16}, only_image),
    entry("DiTTransformer2DModel", DIT, with_class),
    entry("SD3Transformer2DModel", SD3, stable_diffusion_3, ways=CHECKPOINTED),
    entry("FluxTransformer2DModel", FLUX, flux, ways=CHECKPOINTED),
    entry("WanTransformer3DModel", WAN, video),
]
