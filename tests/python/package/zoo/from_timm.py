# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Models of the package timm."""

from functools import partial

import torch

from .zoo_model import NO_ATTENTION, NO_RECURRENCE, ZooModel


def make(name, size, options):
    import timm

    torch.manual_seed(0)
    return timm.create_model(name, pretrained=False, num_classes=5, **options), (torch.randn(2, 3, size, size),)


def entry(name, size, more=None, **options):
    return ZooModel(name, "timm", partial(make, name, size, options), **(more or {}))


def attention(name, size, ways=("forward", "training"), **options):
    return entry(name, size, {"flop_counter": NO_ATTENTION, "ways": ways}, **options)


PER_SAMPLE = ("forward", "training", "per_sample_gradients")
STAGES = {"depths": (1, 1), "num_heads": (2, 4)}

MODELS = [
    entry("convnext_atto", 32, {"ways": (*PER_SAMPLE, "bfloat16")}, depths=(1, 1, 1, 1)),
    entry("efficientnet_lite0", 32),
    entry("swin_tiny_patch4_window7_224", 56, img_size=56, embed_dim=24, **STAGES),
    attention("maxvit_rmlp_pico_rw_256", 64, img_size=64),
    attention("mobilevit_xxs", 64),
    entry("mobilevitv2_050", 32),
    attention("eva02_tiny_patch14_224", 28, img_size=28, depth=2),
    entry("eca_nfnet_l0", 32),
    entry("levit_128s", 224, {"ways": ("forward",)}),
    attention("coatnet_pico_rw_224", 64, img_size=64),
    attention("vit_tiny_patch16_224", 32, img_size=32, depth=2, ways=PER_SAMPLE),
    attention("deit3_small_patch16_224", 32, img_size=32, depth=2),
    attention("xcit_nano_12_p16_224", 32, depth=2),
    attention("volo_d1_224", 64, img_size=64, ways=("forward",)),
    entry("botnet26t_256", 64, {"ways": ("forward",)}, img_size=64),
    entry("lambda_resnet26t", 64, {"ways": ("forward",)}, img_size=64),
    entry("resnest14d", 32),
    entry("poolformer_s12", 32),
    entry("sequencer2d_s", 56, {"flop_counter": NO_RECURRENCE}, img_size=56, layers=(1, 1, 1, 1)),
    entry("gmlp_ti16_224", 32, img_size=32),
]
