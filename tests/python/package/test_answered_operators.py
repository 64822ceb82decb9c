# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Operators that a tensor subclass takes apart, or a dispatch mode answers: what runs instead is counted."""

import functools

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.testing._internal.two_tensor import TwoTensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import CheckpointPolicy, checkpoint, create_selective_checkpoint_contexts

import flopwatch
from product_mode import product_macs

aten = torch.ops.aten


def watched(run, model=None):
    with flopwatch.watch(model or nn.Identity()) as w:
        run()
    return w.result


class LowRank(torch.Tensor):
    """The product of two factors, by which it multiplies one after the other."""

    @staticmethod
    def __new__(cls, a, b):
        return torch.Tensor._make_wrapper_subclass(cls, (a.shape[0], b.shape[1]), dtype=a.dtype)

    def __init__(self, a, b):
        self.a, self.b = a, b

    @classmethod
    def __torch_dispatch__(cls, func, types, args, kwargs=None):
        assert func is aten.mm.default
        return (args[0] @ args[1].a) @ args[1].b


class Int8(torch.Tensor):
    """A weight of eight bits, made a float where it is multiplied by."""

    @staticmethod
    def __new__(cls, values, scale):
        return torch.Tensor._make_wrapper_subclass(cls, values.shape, dtype=scale.dtype)

    def __init__(self, values, scale):
        self.values, self.scale = values, scale

    @classmethod
    def __torch_dispatch__(cls, func, types, args, kwargs=None):
        if func is aten.t.default:
            return cls(args[0].values.t(), args[0].scale)
        if func is aten.detach.default:
            return args[0]
        assert func is aten.addmm.default
        return func(args[0], args[1], args[2].values.to(args[2].scale.dtype) * args[2].scale)


class Opaque(torch.Tensor):
    """Multiplies by something that is no operator."""

    @staticmethod
    def __new__(cls, plain):
        return torch.Tensor._make_wrapper_subclass(cls, plain.shape, dtype=plain.dtype)

    def __init__(self, plain):
        self.plain = plain

    @classmethod
    def __torch_dispatch__(cls, func, types, args, kwargs=None):
        assert func is aten.mm.default
        return torch.from_numpy(args[0].numpy() @ args[1].plain.numpy())


class Renamed(torch.Tensor):
    """Overrides functions alone: its operators are plain ones."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return super().__torch_function__(func, types, args, kwargs or {})


class PassOn(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


class Remember(TorchDispatchMode):
    """Multiplies once, and answers with the first result afterwards."""

    def __init__(self):
        super().__init__()
        self.first = None

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func is not aten.mm.default:
            return func(*args, **(kwargs or {}))
        if self.first is None:
            self.first = func(*args)
        return self.first


class Guess(TorchDispatchMode):
    """Answers a product with other arithmetic."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func is aten.mm.default:
            return (args[0][:, :1] * 2).expand(args[0].shape[0], args[1].shape[1])
        return func(*args, **(kwargs or {}))


def test_a_low_rank_weight_counts_its_two_products():
    x, w = torch.randn(8, 20), LowRank(torch.randn(20, 4), torch.randn(4, 20))
    result = watched(lambda: torch.mm(x, w))
    assert result.total.operator.macs == 8 * 20 * 4 + 8 * 4 * 20
    assert result.exact and result.losses == []


def test_a_quantized_weight_counts_where_it_is_multiplied():
    model = nn.Linear(6, 5).requires_grad_(False)
    model.weight = nn.Parameter(Int8(torch.ones(5, 6, dtype=torch.int8), torch.tensor(0.5)), requires_grad=False)
    result = watched(lambda: model(torch.randn(4, 6)), model)
    assert result.total.operator.macs == 4 * 6 * 5
    assert [row.operator_macs for row in result.rows if not row.outside] == [120]
    assert any(o["name"].startswith("aten::mul") for o in result.data["operators"]), "its dequantization"


def test_a_subclass_of_two_tensors_multiplies_twice_in_backward_too():
    x = TwoTensor(torch.randn(4, 6), torch.randn(4, 6))
    w = TwoTensor(torch.randn(5, 6), torch.randn(5, 6)).requires_grad_()
    result = watched(lambda: F.linear(x, w).sum().backward())
    assert result.total.operator.macs == 2 * 2 * (4 * 6 * 5)


def test_a_subclass_that_multiplies_elsewhere_is_named():
    result = watched(lambda: torch.mm(torch.randn(4, 6), Opaque(torch.randn(6, 5))))
    assert result.total.operator.macs == 0 and not result.exact
    assert [loss["kind"] for loss in result.losses] == ["operator_answered"]
    assert "aten::mm" in result.losses[0]["text"]


def test_a_subclass_of_functions_is_counted_as_a_tensor():
    result = watched(lambda: F.linear(torch.randn(4, 6).as_subclass(Renamed), torch.randn(5, 6)))
    assert result.total.operator.macs == 4 * 6 * 5 and result.exact


@pytest.mark.parametrize("modes", [1, 2])
def test_a_mode_that_passes_on_changes_nothing(modes):
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Flatten(), nn.Linear(27, 4))

    def run(under=modes):
        if under:
            with PassOn():
                run(under - 1)
        else:
            model(torch.randn(1, 2, 5, 5)).sum().backward()

    result = watched(run, model)
    assert result.total.operator.macs == 2 * (3 * 9 * 18) + 3 * (27 * 4), "the first input needs no gradient"
    assert result.exact and result.unsupported == []


def test_a_mode_that_answers_from_its_memory_ran_one_product():
    x, w = torch.randn(4, 6), torch.randn(6, 5)

    def run():
        with Remember():
            for _ in range(3):
                torch.mm(x, w)

    result = watched(run)
    assert result.total.operator.macs == 4 * 6 * 5
    assert [(loss["kind"], loss["count"]) for loss in result.losses] == [("operator_answered", 2)]
    assert not result.exact, "what the mode ran instead is not known"


def test_other_arithmetic_does_not_speak_for_a_product():
    def run():
        with Guess():
            torch.mm(torch.randn(4, 6), torch.randn(6, 5))

    result = watched(run)
    assert result.total.operator.macs == 0 and not result.exact


@pytest.fixture
def unknown_operator():
    library = torch.library.Library("flopwatch_answered", "DEF")
    library.define("f(Tensor x) -> Tensor")
    library.impl("f", lambda x: x.clone(), "CPU")
    yield torch.ops.flopwatch_answered.f
    library._destroy()


class Own(TorchDispatchMode):
    """Answers the operators of a library, one way or the other."""

    def __init__(self, passes_on):
        super().__init__()
        self.passes_on = passes_on

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.namespace == "flopwatch_answered" and not self.passes_on:
            return args[0].clone()
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("passes_on", [True, False])
def test_an_operator_without_a_rule_is_named_once_whoever_answers_it(unknown_operator, passes_on):
    def run():
        with Own(passes_on):
            unknown_operator(torch.randn(3))

    result = watched(run)
    assert [o["name"] for o in result.unsupported] == (["flopwatch_answered::f"] if passes_on else [])
    assert [loss["kind"] for loss in result.losses] == ([] if passes_on else ["operator_answered"])


def save_products(_context, func, *_args, **_kwargs):
    saved = func in (aten.mm.default, aten.addmm.default)
    return CheckpointPolicy.MUST_SAVE if saved else CheckpointPolicy.PREFER_RECOMPUTE


@pytest.mark.parametrize("encoder", [False, True])
def test_selective_checkpointing_computes_again_what_it_did_not_save(encoder):
    if encoder:
        model, x = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0.0), torch.randn(2, 3, 8)
    else:
        model, x = nn.Sequential(nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 4)), torch.randn(2, 8)
    x.requires_grad_()
    contexts = functools.partial(create_selective_checkpoint_contexts, save_products)

    def run():
        checkpoint(model, x, use_reentrant=False, context_fn=contexts).sum().backward()

    with sdpa_kernel(SDPBackend.MATH):
        expected = product_macs(run)
        result = watched(run, model)
    assert result.total.operator.macs == expected > 0
    assert result.exact and {loss["kind"] for loss in result.losses} <= {"answered_again", "arithmetic_raised"}


@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_nested_tensors_count_what_their_kernels_multiply(layout):
    model = nn.Linear(6, 5)
    rows = torch.nested.nested_tensor([torch.randn(3, 6), torch.randn(5, 6)], layout=layout)
    result = watched(lambda: model(rows), model)
    assert result.total.operator.macs == (3 + 5) * 6 * 5
    assert result.unsupported == []


def test_a_product_of_nested_tensors_is_one_product_each():
    rows = torch.nested.nested_tensor([torch.randn(3, 6), torch.randn(5, 6)])
    result = watched(lambda: torch.bmm(rows, rows.transpose(1, 2)))
    assert result.total.operator.macs == 3 * 6 * 3 + 5 * 6 * 5
    assert result.unsupported == [] and result.exact


@pytest.fixture
def two_ranks():
    """One process that believes it is the first of two."""
    fake = pytest.importorskip("torch.testing._internal.distributed.fake_pg")
    torch.distributed.init_process_group("fake", store=fake.FakeStore(), rank=0, world_size=2)
    yield torch.distributed.device_mesh.init_device_mesh("cpu", (2,))
    torch.distributed.destroy_process_group()


def test_a_distributed_tensor_counts_what_this_process_multiplies(two_ranks):
    tensor = torch.distributed.tensor
    x = tensor.distribute_tensor(torch.randn(4, 6), two_ranks, [tensor.Replicate()], src_data_rank=None)
    w = tensor.distribute_tensor(torch.randn(6, 8), two_ranks, [tensor.Shard(1)], src_data_rank=None)
    result = watched(lambda: x @ w)
    assert result.total.operator.macs == 4 * 6 * 8 // 2, "half of the columns are another process's"
    assert result.exact
