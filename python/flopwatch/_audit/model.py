# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What conventions are functions of, read from a model and its configuration."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import nn

from .. import _arguments as arguments
from .._errors import UsageError

_NAMES: dict[str, tuple[str, ...]] = {
    "layers": ("num_hidden_layers", "n_layer", "num_layers", "n_layers"),
    "heads": ("num_attention_heads", "n_head", "num_heads", "n_heads"),
    "key_heads": ("num_key_value_heads", "n_kv_heads", "num_kv_heads"),
    "head_size": ("head_dim",),
    "hidden_size": ("hidden_size", "n_embd", "d_model", "dim"),
    "feed_forward_size": ("intermediate_size", "n_inner", "d_ff", "ffn_dim"),
    "vocabulary": ("vocab_size",),
    "experts": ("num_local_experts", "num_experts", "n_routed_experts"),
    "active_experts": ("num_experts_per_tok", "num_experts_per_token", "moe_topk"),
}
"""Where configurations have each number: the names that transformers, and code like it, use."""


@dataclass(frozen=True)
class AuditModel:
    """What a convention is a function of. 0: not known; then the capture's own figure counts, if it has one."""

    tokens: int = 0
    """Positions of all sequences of the capture."""
    sequence_length: int = 0
    layers: int = 0
    heads: int = 0
    key_heads: int = 0
    head_size: int = 0
    hidden_size: int = 0
    feed_forward_size: int = 0
    vocabulary: int = 0
    experts: int = 0
    """Routed experts of a layer."""
    active_experts: int = 0
    """Of them for each token."""
    parameters: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    """Each at the module that owns it: module, name, elements, role, trainable, expert, shared_with."""

    def json(self) -> str:
        """What `flopwatch audit --model` reads."""
        known = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(known, indent=1)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes `json()` to a file."""
        with open(arguments.path("path", path), "w", encoding="utf-8") as file:
            file.write(self.json())


def audit_model(
    model: nn.Module, *, tokens: int = 0, sequence_length: int = 0, config: Any = None, **numbers: int
) -> AuditModel:
    """Reads a model: its parameters (which are shared, trained, of experts), and the numbers of `config`, by default
    `model.config`: an object or a mapping with the names that transformers uses. `numbers` replace those: layers=12,
    heads=8... Sizes alone are read, so a model on the meta device will do."""
    if not isinstance(model, nn.Module):
        raise UsageError(f"audit_model reads a torch.nn.Module, not {type(model).__name__}")
    found = _numbers_of(getattr(model, "config", None) if config is None else config)
    for name, value in {"tokens": tokens, "sequence_length": sequence_length, **numbers}.items():
        if name not in ("tokens", "sequence_length", *_NAMES):
            raise UsageError(f"audit_model has no number {name!r}: they are {', '.join(_NAMES)}")
        if arguments.whole_number(name, value):
            found[name] = value
    return AuditModel(**found, parameters=tuple(_parameters(model)))


def _numbers_of(config: Any) -> dict[str, int]:
    if config is None:
        return {}
    if hasattr(config, "get_text_config"):
        config = config.get_text_config()
    out: dict[str, int] = {}
    for ours, names in _NAMES.items():
        for name in names:
            value = config.get(name) if isinstance(config, dict) else getattr(config, name, None)
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                out[ours] = value
                break
    if "hidden_size" in out and getattr(config, "n_inner", 0) is None:
        out.setdefault("feed_forward_size", 4 * out["hidden_size"])  # what GPT-2's configuration means by None
    if "heads" in out:
        out.setdefault("key_heads", out["heads"])
        if "hidden_size" in out:
            out.setdefault("head_size", out["hidden_size"] // out["heads"])
    return out


def _parameters(model: nn.Module) -> Iterator[dict[str, Any]]:
    first: dict[int, str] = {}
    for path, module in model.named_modules(remove_duplicate=False):
        for name, parameter in module.named_parameters(recurse=False, remove_duplicate=False):
            if isinstance(parameter, nn.UninitializedParameter):
                raise UsageError(f"{path}.{name} has no size yet: run the model once before it is read")
            place = f"{path}.{name}" if path else name
            known = first.setdefault(id(parameter), place)
            yield {
                "module": path,
                "name": name,
                "elements": parameter.numel(),
                "role": _role(module, parameter),
                "trainable": parameter.requires_grad,
                "expert": _is_expert(path),
                "shared_with": "" if known == place else known,
            }


def _role(module: nn.Module, parameter: nn.Parameter) -> str:
    if isinstance(module, (nn.Embedding, nn.EmbeddingBag)):
        return "lookup"
    return "product" if parameter.dim() > 1 and min(parameter.shape) > 0 else "vector"


def _is_expert(path: str) -> bool:
    parts = path.split(".")
    return "experts" in parts and not any("shared" in part for part in parts)
