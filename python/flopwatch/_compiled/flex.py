# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The block mask of flex_attention: how many pairs of a query and a key its blocks keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from .._load import native

BLOCKS = (2, 3, 4, 5)
"""Where a mask's tuple in the graph has the numbers and indices of its partial and of its full blocks of keys."""


@dataclass(frozen=True)
class Mask:
    """`inputs`: which inputs of the region are the mask's tensors, in the order of BLOCKS; None for full blocks that
    it does not have."""

    inputs: tuple[int | None, ...]
    query_block: int
    key_block: int


def mask_of(block_mask: Sequence[Any], input_of: Any) -> Mask | None:
    """`block_mask`: the tuple of the call; `input_of(value)`: the input that it is, None for what is none.

    None where the tensors are computed in the region, or are constants of it.
    """
    if len(block_mask) < 12:
        return None
    places = tuple(input_of(block_mask[i]) for i in BLOCKS)
    # From the end: newer versions of PyTorch have more between the blocks and their sizes.
    sizes = [s for s in block_mask[-3:-1] if isinstance(s, int)]
    if places[0] is None or places[1] is None or len(sizes) != 2:
        return None
    if any(place is None and block_mask[i] is not None for place, i in zip(places, BLOCKS)):
        return None
    return Mask(places, sizes[0], sizes[1])


def _listed(counts: torch.Tensor, indices: torch.Tensor, query_block: int, key_block: int, q: int, k: int) -> int:
    """Pairs in the blocks that one kind of blocks lists, over the samples and heads that the mask has."""
    pairs = 0
    for of_rows, of_indices in zip(counts.flatten(0, -2).tolist(), indices.flatten(0, -3).tolist()):
        for row, (count, columns) in enumerate(zip(of_rows, of_indices)):
            queries = min(query_block, q - row * query_block)
            pairs += max(queries, 0) * sum(max(0, min(key_block, k - c * key_block)) for c in columns[:count])
    return pairs


def kept_pairs(mask: Mask, inputs: Sequence[Any], query: Any, key: Any) -> int | None:
    """Over all samples and query heads. None where the mask cannot be read: on a GPU it would have to wait.

    `query`, `key`: as bound, (dtype, sizes).
    """
    tensors = [None if i is None else inputs[i] for i in mask.inputs]
    if any(t is not None and (not isinstance(t, torch.Tensor) or t.device.type != "cpu") for t in tensors):
        return None
    batch, heads, queries = query[1][:3]
    keys = key[1][2]

    def kept() -> int:
        pairs = 0
        for counts, indices in (tensors[:2], tensors[2:]):
            if counts is not None and indices is not None:
                pairs += _listed(counts, indices, mask.query_block, mask.key_block, queries, keys)
        of_mask = int(inputs[mask.inputs[0] or 0].shape[:2].numel())
        return pairs * int(batch * heads // of_mask)

    return native.unseen(kept)
