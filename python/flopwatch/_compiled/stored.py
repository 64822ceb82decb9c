# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A region as text, which stays with the compiled object: also in the compiler's cache, for the next process.

Plain text: whoever loads the object need not have flopwatch.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import torch
from torch.utils._dtype_abbrs import dtype_abbrs

from .flex import Mask
from .reading import Call, Reading
from .region import Region
from .sizes import Source, Sym, Tensor

ATTRIBUTE = "_flopwatch_region"
_VERSION = 1
_DTYPES = {text: dtype for dtype, text in dtype_abbrs.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Sym):
        return {"size": str(value)}
    if isinstance(value, Tensor):
        return {"dtype": dtype_abbrs[value.dtype], "sizes": [_plain(s) for s in value.sizes]}
    if isinstance(value, torch.dtype):
        return {"type": dtype_abbrs[value]}
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return {} if value is ... else value


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return tuple(_value(v) for v in plain)
    if not isinstance(plain, dict):
        return plain
    if "size" in plain:
        return Sym(plain["size"])
    if "dtype" in plain:
        return Tensor(_DTYPES[plain["dtype"]], _value(plain["sizes"]))
    return _DTYPES[plain["type"]] if plain else ...


def _plain_calls(calls: Counter[Call]) -> list[Any]:
    return [
        {
            "name": [call.base, call.overload],
            "decomposed": call.decomposed,
            "args": _plain(call.args),
            "mask": None if call.mask is None else [call.mask.inputs, call.mask.query_block, call.mask.key_block],
            "times": times,
        }
        for call, times in calls.items()
    ]


def _calls(plain: list[Any]) -> Counter[Call]:
    found: Counter[Call] = Counter()
    for entry in plain:
        mask = None if entry["mask"] is None else Mask(tuple(entry["mask"][0]), *entry["mask"][1:])
        base, overload = entry["name"]
        found[Call(base, overload, entry["decomposed"], _value(entry["args"]), mask)] += entry["times"]
    return found


def to_text(region: Region) -> str:
    reading = region.reading
    return json.dumps(
        {
            "version": _VERSION,
            "name": region.name,
            "calls": _plain_calls(reading.calls),
            "by_shims": _plain_calls(reading.by_shims),
            "missing": reading.missing,
            "without_rule": sorted(reading.without_rule),
            "sources": [[s.symbol, s.index, s.dim] for s in region.sources],
        }
    )


def from_text(text: str) -> Region:
    """Raises an Exception of any kind for what `to_text` of this version did not write."""
    plain = json.loads(text)
    if plain["version"] != _VERSION:
        raise ValueError("written by another version of flopwatch")
    reading = Reading(
        calls=_calls(plain["calls"]),
        missing=plain["missing"],
        by_shims=_calls(plain["by_shims"]),
        without_rule=set(plain["without_rule"]),
    )
    return Region(plain["name"], reading, [Source(*s) for s in plain["sources"]])
