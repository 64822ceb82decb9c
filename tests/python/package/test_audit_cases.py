# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`flopwatch.audit` on six published kinds of model, each worked out on paper: w is the hidden size, t the tokens of
the step, and a layer's sizes are those of `Sizes`. Each cause has the amount that follows from the formulas."""

from __future__ import annotations

from collections import Counter

import torch
from torch import nn

import flopwatch
from audit_models import Adapted, Decoder, Sizes, VisionEncoder

BATCH, LENGTH = 2, 10
TOKENS = BATCH * LENGTH


def step(model: nn.Module, inputs: torch.Tensor) -> flopwatch.Result:
    with flopwatch.watch(model) as w:
        model(inputs).square().mean().backward()
    assert w.result.exact
    return w.result


def audited(
    model: nn.Module, sizes: Sizes, claims: object, *, inputs: torch.Tensor | None = None, length: int = LENGTH
) -> flopwatch.Audit:
    x = torch.randint(0, sizes.vocabulary, (BATCH, LENGTH)) if inputs is None else inputs
    found = flopwatch.audit(
        step(model, x), claims, model=model, tokens=BATCH * length, sequence_length=length, config=sizes.config
    )
    for claim in found.claims.values():
        assert sum(cause.flops for cause in claim.causes) == claim.difference_flops
        assert claim.difference_flops == claim.flops - found.operator_flops
        assert len({(cause.cause, cause.module) for cause in claim.causes}) == len(claim.causes)
    return found


def attention(s: Sizes, length: int = LENGTH) -> int:
    """Of one layer, forward: two products of length x head size for each pair of head and position."""
    return 2 * 2 * s.heads * s.head_size * length * BATCH * length


def norms(s: Sizes, tokens: int = TOKENS) -> int:
    return 6 * s.layers * s.width * tokens


def test_a_dense_decoder() -> None:
    s = Sizes()
    found = audited(Decoder(s, tied=True), s, ["6N", "6N-no-embedding", "6N-every-place", "palm", "palm-causal"])
    table = 6 * s.vocabulary * s.width * TOKENS
    # A fused backward pass has five products where the formulas have four: half of a forward more.
    left_out = -s.layers * attention(s) * 7 // 2
    again = -s.layers * attention(s) // 2
    assert found["6N"].by_cause() == {"attention_left_out": left_out, "parameters_without_product": norms(s)}
    assert found["6N-no-embedding"].by_cause() == {
        "attention_left_out": left_out,
        "head_left_out": -table,
        "parameters_without_product": norms(s),
    }
    assert found["6N-every-place"].by_cause()["shared_counted_twice"] == table
    assert found["palm"].by_cause() == {"scores_computed_again": again, "parameters_without_product": norms(s)}
    assert found["palm-causal"].by_cause() == {
        "causal_counted_half": -s.layers * 3 * attention(s) // 2,
        "scores_computed_again": again,
        "parameters_without_product": norms(s),
    }


def test_grouped_queries() -> None:
    s = Sizes(heads=4, key_heads=2, head_size=6)
    found = audited(Decoder(s), s, ["palm", "chinchilla"])
    table = 6 * s.vocabulary * s.width * TOKENS
    again = -s.layers * attention(s) // 2
    assert found["palm"].by_cause() == {
        "embedding_counted": table,
        "scores_computed_again": again,
        "parameters_without_product": norms(s),
    }
    # Appendix F has keys and values of all heads, a softmax of 3 for each score, and a product for embeddings.
    grouped = 6 * s.layers * 2 * s.width * (s.heads - s.key_heads) * s.head_size * TOKENS
    softmax = 3 * 3 * s.layers * s.heads * LENGTH * TOKENS
    assert found["chinchilla"].by_cause() == {
        "embedding_counted": table,
        "grouped_queries": grouped,
        "other_arithmetic": softmax,
        "scores_computed_again": again,
    }


def test_a_mixture_of_experts_at_full_and_at_active_width() -> None:
    s = Sizes(experts=5, active=2)
    found = audited(Decoder(s), s, ["6N", "6N-active"])
    table = 6 * s.vocabulary * s.width * TOKENS
    expert = 2 * s.width * s.feed_forward
    idle = 6 * s.layers * (s.experts - s.active) * expert * TOKENS
    others = {
        "embedding_counted": table,
        "attention_left_out": -s.layers * attention(s) * 7 // 2,
        "parameters_without_product": norms(s),
    }
    assert found["6N"].by_cause() == {"experts_at_full_width": idle, **others}
    assert found["6N-active"].by_cause() == others
    by_module = Counter(c.module for c in found["6N"].causes if c.cause == "experts_at_full_width")
    assert len(by_module) == s.layers * s.experts * 2, "each weight of each expert"


def test_a_hybrid_of_state_space_and_attention_layers() -> None:
    s = Sizes(layers=4)
    found = audited(Decoder(s, attention_in=(3,)), s, ["6N", "palm"])
    table = 6 * s.vocabulary * s.width * TOKENS
    # One product of length x length x width for each sequence; its backward pass has two.
    scan = 3 * 2 * 3 * BATCH * LENGTH * LENGTH * s.width
    decays = 6 * 3 * 1 * TOKENS
    vectors = {"parameters_without_product": norms(s) + decays, "embedding_counted": table}
    assert found["6N"].by_cause() == {
        **vectors,
        "products_left_out": -scan,
        "attention_left_out": -attention(s) * 7 // 2,
    }
    assert found["palm"].by_cause() == {
        **vectors,
        "products_left_out": -scan,
        "attention_not_run": 3 * 3 * attention(s),
        "scores_computed_again": -attention(s) // 2,
    }
    layers = {c.module for c in found["palm"].causes if c.cause == "attention_not_run"}
    assert layers == {"layers.0", "layers.1", "layers.2"}


def test_a_vision_encoder() -> None:
    s, classes, patches = Sizes(), 7, 9
    length = patches + 1
    model = VisionEncoder(s, classes)
    found = audited(model, s, ["6N", "palm"], inputs=torch.randn(BATCH, 3, 12, 12), length=length)
    filters, head = 3 * 4 * 4 * s.width, classes * s.width
    causes = {
        # One token of each sequence is no patch; all tokens but one are not classified.
        "tokens_differ": 6 * BATCH * (filters * (length - patches) + head * (length - 1)),
        # Nobody needs the gradient of the pixels.
        "gradient_not_computed": 2 * filters * BATCH * patches,
        "parameters_without_product": norms(s, BATCH * length) + 6 * s.width * BATCH * length,
    }
    again = -s.layers * attention(s, length) // 2
    assert found["palm"].by_cause() == {**causes, "scores_computed_again": again}
    assert found["6N"].by_cause() == {**causes, "attention_left_out": -s.layers * attention(s, length) * 7 // 2}


def test_a_frozen_base_with_adapters() -> None:
    s, rank = Sizes(), 3
    model = Decoder(s).requires_grad_(False)
    for layer in model.layers:
        layer.mixer.q = Adapted(layer.mixer.q, rank)
    found = audited(model, s, ["palm"])
    projection = s.width * s.heads * s.head_size
    base = s.layers * (4 * projection + 2 * s.width * s.feed_forward) + s.vocabulary * s.width
    # In the first layer nothing before the adapters is trained: queries, keys, values and the adapter have no
    # gradient of their input.
    no_input_gradient = 3 * projection + s.width * rank
    assert found["palm"].by_cause() == {
        "frozen_layer": 2 * base * TOKENS,
        "gradient_not_computed": 2 * no_input_gradient * TOKENS,
        "embedding_counted": 6 * s.vocabulary * s.width * TOKENS,
        "scores_computed_again": -s.layers * attention(s) // 2,
        "parameters_without_product": norms(s),
    }
