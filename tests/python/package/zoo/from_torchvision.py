# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Models of the package torchvision."""

from functools import partial

import torch

from .zoo_model import ZooModel


def make(name, folder, options, inputs):
    import torchvision

    torch.manual_seed(0)
    home = getattr(torchvision.models, folder) if folder else torchvision.models
    return getattr(home, name)(weights=None, **options), inputs()


def entry(name, inputs, folder="", ways=("forward", "training"), **options):
    return ZooModel(name, "torchvision", partial(make, name, folder, options, inputs), ways)


def images(*shape):
    return (torch.randn(*shape),)


def two_frames():
    return torch.randn(1, 3, 128, 128), torch.randn(1, 3, 128, 128)


def photos_with_boxes():
    boxes = torch.tensor([[4.0, 6.0, 40.0, 44.0]])
    return [torch.rand(3, 64, 64), torch.rand(3, 48, 64)], [{"boxes": boxes, "labels": torch.tensor([1])}] * 2


small_images = partial(images, 2, 3, 32, 32)
clip = partial(images, 1, 3, 4, 32, 32)
DETECTION = {"folder": "detection", "weights_backbone": None, "min_size": 64, "max_size": 64, "num_classes": 3}
FEW = {"rpn_post_nms_top_n_test": 20, "rpn_post_nms_top_n_train": 20}

MODELS = [
    entry("resnet18", small_images, ways=("forward", "training", "bfloat16", "per_sample_gradients")),
    entry("efficientnet_b0", small_images),
    entry("fasterrcnn_mobilenet_v3_large_320_fpn", photos_with_boxes, **DETECTION, **FEW),
    entry("retinanet_resnet50_fpn", photos_with_boxes, ways=("forward",), **DETECTION),
    entry("deeplabv3_mobilenet_v3_large", small_images, "segmentation", weights_backbone=None),
    entry("raft_small", two_frames, "optical_flow", ways=("forward",)),
    entry("r3d_18", clip, "video"),
    entry("swin3d_t", clip, "video", ways=("forward",)),
]
