# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The convention `floating_point_ops` against the number that transformers' own function gives."""

import json
from typing import Any

import pytest

from doors_packages import run_apart

PROGRAM = """
import json, types
import torch, flopwatch
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig
from transformers.trainer import Trainer

llama = dict(vocab_size=50, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1,
             intermediate_size=40)
gpt2 = dict(vocab_size=50, n_embd=24, n_layer=2, n_head=3, n_positions=16)


def audited(config):
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    inputs = {"input_ids": torch.randint(0, 50, (2, 10))}
    theirs = Trainer.floating_point_ops(types.SimpleNamespace(model=model), inputs)
    with flopwatch.watch(model) as w:
        model(**inputs, labels=inputs["input_ids"], use_cache=False).loss.backward()
    facts = dict(model=model, tokens=20, sequence_length=10)
    convention = flopwatch.audit(w.result, ["floating_point_ops"], **facts)["floating_point_ops"]
    number = flopwatch.audit(w.result, {"theirs": theirs}, **facts)["theirs"]
    return {
        "theirs": theirs,
        "convention": convention.flops,
        "causes": [claim.by_cause() for claim in (convention, number)],
        "rest": [claim.difference_flops - sum(c.flops for c in claim.causes) for claim in (convention, number)],
    }


found = {}
for head in ("tied", "untied"):
    found[f"llama, {head}"] = audited(LlamaConfig(**llama, tie_word_embeddings=head == "tied"))
    found[f"gpt2, {head}"] = audited(GPT2Config(**gpt2, tie_word_embeddings=head == "tied"))
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def audits() -> dict[str, Any]:
    return json.loads(run_apart(PROGRAM, peer="zoo").splitlines()[-1])


@pytest.mark.parametrize("head", ["tied", "untied"])
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_the_convention_is_the_number_of_transformers(audits: dict[str, Any], kind: str, head: str) -> None:
    found = audits[f"{kind}, {head}"]
    assert found["convention"] == found["theirs"] > 0
    assert found["rest"] == [0, 0]
    convention, theirs = found["causes"]
    assert theirs == convention
    assert "unexplained" not in convention
    assert ("head_left_out" in convention) == (head == "tied")
