# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The models that the counters are timed on, with the MACs that a right answer has.

The MACs are worked out here from layer sizes alone, as one would on paper: those of convolutions, linear layers and
attention products, 1 MAC = 1 multiply and 1 add. No counter has a part in them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Case:
    """One model in one mode with its inputs."""

    name: str
    model: nn.Module
    inputs: tuple[torch.Tensor, ...]
    macs: int
    """Of one forward; a right answer is exactly this."""

    def forward(self) -> None:
        """One forward, whose output is dropped: with gradients in train mode, without in eval mode."""
        with torch.set_grad_enabled(self.model.training):
            self.model(*self.inputs)


def _halved(side: int, kernel: int, padding: int) -> int:
    """The side of what a convolution or pooling of stride 2 gives."""
    return (side + 2 * padding - kernel) // 2 + 1


def resnet50_macs(side: int) -> int:
    """ResNet-50, stride on the 3x3 convolution as torchvision has it, 1000 classes, one image of `side` x `side`."""
    side = _halved(side, 7, 3)
    total = side * side * 64 * 3 * 7 * 7
    side, channels = _halved(side, 3, 1), 64
    for stage, (blocks, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512))):
        for block in range(blocks):
            inside = side
            if stage > 0 and block == 0:
                side = _halved(side, 3, 1)
            total += inside * inside * width * channels
            total += side * side * width * width * 3 * 3
            total += side * side * 4 * width * width
            if block == 0:
                total += side * side * 4 * width * channels  # the shortcut's convolution
            channels = 4 * width
    return total + channels * 1000


def encoder_macs(layers: int, tokens: int, width: int, hidden: int) -> int:
    """A transformer encoder: four projections, the two attention products over all heads, two linear layers."""
    return layers * (4 * tokens * width * width + 2 * tokens * tokens * width + 2 * tokens * width * hidden)


def vit_macs(side: int, patch: int, layers: int, width: int, hidden: int) -> int:
    """A vision transformer with a class token and 1000 classes, one image of `side` x `side`."""
    patches = (side // patch) ** 2
    embedding = patches * width * 3 * patch * patch
    return embedding + encoder_macs(layers, patches + 1, width, hidden) + width * 1000


def encoder_case(name: str, *, train: bool, layers: int, tokens: int, width: int, heads: int, hidden: int) -> Case:
    layer = nn.TransformerEncoderLayer(width, heads, hidden, batch_first=True)
    model = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False).train(train)
    return Case(name, model, (torch.randn(1, tokens, width),), encoder_macs(layers, tokens, width, hidden))


def all_cases() -> list[Case]:
    """In eval mode PyTorch runs its fused attention and fused encoder layers; in train mode it does not."""
    from torchvision import models

    image = torch.randn(1, 3, 64, 64)
    encoder = {"layers": 12, "tokens": 16, "width": 256, "heads": 8, "hidden": 2048}
    return [
        Case("resnet50, eval", models.resnet50().eval(), (image,), resnet50_macs(64)),
        encoder_case("12-layer nn.TransformerEncoder, train", train=True, **encoder),
        encoder_case("12-layer nn.TransformerEncoder, eval", train=False, **encoder),
        *(
            Case(f"vit_b_16, {mode}", models.vit_b_16(image_size=64).train(mode == "train"), (image,),
                 vit_macs(64, 16, 12, 768, 3072))
            for mode in ("train", "eval")
        ),
    ]
