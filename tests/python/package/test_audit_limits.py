# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`flopwatch.audit` where its inputs are not plain: work without a rule, paths that are wrong, several steps, odd
numbers, times."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn

import flopwatch
from audit_models import Attention, Decoder, Mixture, Sizes

BATCH, LENGTH = 2, 10
TOKENS = BATCH * LENGTH


def recorded(model: nn.Module, sizes: Sizes, steps: int = 1) -> flopwatch.Result:
    with flopwatch.watch(model) as w:
        for _ in range(steps):
            model(torch.randint(0, sizes.vocabulary, (BATCH, LENGTH))).square().mean().backward()
    return w.result


def audited(
    result: flopwatch.Result, model: nn.Module, sizes: Sizes, claims: object, **more: object
) -> flopwatch.Audit:
    return flopwatch.audit(
        result, claims, model=model, tokens=TOKENS, sequence_length=LENGTH, config=sizes.config, **more
    )


def test_a_number_in_macs_of_experts_whose_shares_are_odd() -> None:
    s = Sizes(experts=3, active=1, feed_forward=7)
    model = Decoder(s)
    result = recorded(model, s)
    active = audited(result, model, s, ["6N-active"])["6N-active"].flops
    found = audited(result, model, s, {"mine": active // 2})["mine"]
    assert sum(cause.flops for cause in found.causes) == found.difference_flops
    assert found.by_cause()["macs_for_flops"] == -(active - active // 2)


@torch.library.custom_op("flopwatch_audit::attention", mutates_args=())
def attention_by_hand(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    scores = q.numpy() @ k.numpy().swapaxes(-1, -2)  # no operator of PyTorch
    return torch.from_numpy(scores @ v.numpy())


class HandMade(Attention):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        s = self.sizes
        split = [linear(x).unflatten(-1, (-1, s.head_size)).transpose(1, 2) for linear in (self.q, self.k, self.v)]
        return self.o(attention_by_hand(*split).transpose(1, 2).flatten(2))


def test_work_without_a_rule_is_not_said_to_be_missing() -> None:
    s = Sizes()
    model = Decoder(s, tied=True, attention_in=(0,))
    model.layers[0].mixer = HandMade(s)
    with torch.no_grad(), flopwatch.watch(model) as w:
        model(torch.randint(0, s.vocabulary, (BATCH, LENGTH)))
    assert not w.result.exact
    found = audited(w.result, model, s, ["palm"])["palm"]
    kinds = {c.module: c.cause for c in found.causes if c.cause in ("not_counted", "attention_not_run")}
    assert kinds == {"layers.0": "not_counted", "layers.1": "attention_not_run"}


def test_a_path_that_no_module_has() -> None:
    s = Sizes()
    model = Decoder(s)
    with pytest.raises(flopwatch.UsageError, match=r"no module has that path; the nearest is 'layers\.0\.mixer\.q'"):
        audited(recorded(model, s), model, s, {"mine": {"layers.0.mixer.qq": 5}})


def test_tokens_of_one_step_for_three() -> None:
    s = Sizes()
    model = Decoder(s, tied=True)
    found = audited(recorded(model, s, steps=3), model, s, ["palm"])["palm"].by_cause()
    assert "shared_layer_counted_once" not in found
    assert found["tokens_differ"] < 0


def test_an_interval_of_a_meter_is_of_one_step() -> None:
    s = Sizes()
    model = Decoder(s)
    interval = SimpleNamespace(steps=4, steps_read=0, seconds=2.0)
    once = recorded(model, s)
    timed = audited(once, model, s, ["6N"], step_seconds=interval, peak_flops=1e9)
    utilization = timed.data["utilization"]
    assert utilization["seconds"] == 0.5
    assert utilization["hfu"] == pytest.approx(timed.operator_flops / (0.5 * 1e9))
    assert timed["6N"].utilization == pytest.approx(timed["6N"].flops / (0.5 * 1e9))
    assert utilization["formats"] == {"fp32": timed.operator_flops}
    with pytest.raises(flopwatch.UsageError, match="3 calls of the model"):
        audited(recorded(model, s, steps=3), model, s, ["6N"], step_seconds=interval, peak_flops=1e9)
    interval.steps_read = 1
    with pytest.raises(flopwatch.UsageError, match="steps of this interval were counted"):
        audited(once, model, s, ["6N"], step_seconds=interval, peak_flops=1e9)


class Uneven(Mixture):
    """The first expert gets every token, the others what `Mixture` gives them."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x) + self.experts[0](x.flatten(0, 1)).view_as(x)


def test_experts_that_get_more_tokens_than_the_active_share() -> None:
    s = Sizes(experts=5, active=2)
    model = Decoder(s, tied=True)
    for layer in model.layers:
        layer.feed_forward.__class__ = Uneven
    found = audited(recorded(model, s), model, s, ["6N-active"])["6N-active"]
    weights = 2 * s.width * s.feed_forward
    assert found.by_cause()["expert_routing"] == -6 * s.layers * weights * TOKENS
    modules = {c.module for c in found.causes if c.cause == "expert_routing"}
    assert modules == {f"layers.{i}.feed_forward.experts.0.{name}" for i in range(s.layers) for name in ("up", "down")}


class Masked(Attention):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        s = self.sizes
        split = [linear(x).unflatten(-1, (-1, s.head_size)).transpose(1, 2) for linear in (self.q, self.k, self.v)]
        mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril()
        out = nn.functional.scaled_dot_product_attention(*split, attn_mask=mask)
        return self.o(out.transpose(1, 2).flatten(2))


def test_a_mask_that_is_a_tensor_is_said_to_be_unseen() -> None:
    s = Sizes()
    model = Decoder(s)
    for layer in model.layers:
        layer.mixer = Masked(s)
    result = recorded(model, s)
    said = "masks given as tensors leave unused: 2 calls of attention"
    assert said in " ".join(result.report().split())
    found = audited(result, model, s, ["6N"])
    assert said in " ".join(found.report().split())
    assert found.data["tensor_mask_calls"] == s.layers
    assert audited(recorded(Decoder(s), s), Decoder(s), s, ["6N"]).data["tensor_mask_calls"] == 0
