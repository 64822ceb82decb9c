# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Formulas of torch's registry as operator rules."""

import pytest
import torch
from torch.utils import flop_counter
from torch.utils.flop_counter import FlopCounterMode

import flopwatch
from flopwatch._operators.operators import from_torch_registry
from formula_operators import BLIND, MANY, MANY_ARGS, OPS, PRODUCT, PRODUCT_ARGS, A, B, counted, tensor


def product_flops(a, b, *, scale, out_shape):
    assert isinstance(a, torch.Size)
    assert scale == 2.0
    return 2 * a[1] * out_shape[0] * out_shape[1]


def test_registry_leaves_out_aten():
    assert torch.ops.aten.mm in flop_counter.flop_registry
    assert not [name for name in from_torch_registry() if name.startswith("aten::")]


def test_registered_formula(register):
    register(OPS.product)(product_flops)
    rules = from_torch_registry()
    assert rules[PRODUCT](PRODUCT, "", PRODUCT_ARGS) == (3 * 5 * 7, 3 * 5 * 7, 0, "fp32")


def test_registered_formula_in_a_count_agrees_with_torch(register):
    register(OPS.product)(product_flops)
    a, b = torch.randn(3, 5), torch.randn(5, 7)

    def run(a, b):
        return OPS.product(a, b, scale=2.0) + 1

    result = counted(run, a, b)
    with FlopCounterMode(display=False) as counter:
        run(a, b)
    assert result.total.operator.macs == counter.get_total_flops() // 2 == 105
    assert result.total.operator.by_precision == {"fp32": 105}
    assert not result.unsupported


def test_a_mode_of_the_user_does_not_see_the_fake_kernel(register):
    register(OPS.product)(product_flops)
    seen = []

    class Mode(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            seen.append(function)
            return function(*args, **(kwargs or {}))

    def run(a, b):
        return OPS.product(a, b, scale=2.0)

    with Mode():
        run(torch.randn(3, 5), torch.randn(5, 7))
        alone = set(seen)
        seen.clear()
        result = counted(run, torch.randn(3, 5), torch.randn(5, 7))
    assert result.total.operator.macs == 105
    assert set(seen) <= alone


def test_raw_formula_gets_tensors_and_the_output(register):
    @register(OPS.product, get_raw=True)
    def formula(a, b, *, scale, out_val):
        assert (a.dtype, a.device.type, out_val.dtype) == (torch.bfloat16, "meta", torch.bfloat16)
        return 2 * a.shape[1] * out_val.numel()

    args = [tensor(3, 5, dtype=torch.bfloat16), tensor(5, 7, dtype=torch.bfloat16), 1.0]
    assert from_torch_registry()[PRODUCT](PRODUCT, "", args) == (105, 105, 0, "bf16")


def test_odd_flops(register):
    register(OPS.product)(lambda *shapes, **more: 11)
    assert from_torch_registry()[PRODUCT](PRODUCT, "", PRODUCT_ARGS) == (5, 5, 1, "fp32")


def test_overloads_share_a_formula(register):
    register(OPS.product)(lambda a, b, c=None, **more: 2 * (100 if c else 1))
    rule = from_torch_registry()[PRODUCT]
    assert rule(PRODUCT, "", PRODUCT_ARGS)[0] == 1
    assert rule(PRODUCT, "both", [A, B, tensor(7, 2)])[0] == 100


def test_without_a_fake_kernel_a_formula_may_still_read_its_arguments(register):
    register(OPS.blind)(lambda a, b, out_shape=None, **more: 2 * a[0] * a[1] * b[1])
    assert from_torch_registry()[BLIND](BLIND, "", [A, B])[0] == 105


def test_without_a_fake_kernel_the_output_is_refused_with_the_remedy(register):
    register(OPS.blind)(lambda a, b, out_shape: 2 * a[1] * out_shape[0] * out_shape[1])
    message = r"flopwatch_formula::blind: .*no fake kernel; torch.library.register_fake\(.flopwatch_formula::blind.\)"
    with pytest.raises(flopwatch.RuleError, match=message):
        from_torch_registry()[BLIND](BLIND, "", [A, B])
    result = counted(lambda a, b: OPS.blind(a, b), torch.randn(3, 5), torch.randn(5, 7))
    assert result.total.operator.macs == 0
    [entry] = result.unsupported
    assert entry["name"] == BLIND
    assert "register_fake" in entry["note"]


def test_what_is_not_recorded_is_refused_only_where_it_is_read(register):
    @register(OPS.many)
    def formula(xs, y, ks, mode, device, flag, out_shape):
        assert (xs, y, ks, flag) == ([(2, 9), (4,)], None, [6, 8], True)
        return 4 if mode is None else 2 * len(xs)

    rule = from_torch_registry()[MANY]
    assert rule(MANY, "", MANY_ARGS)[0] == 2
    flop_counter.flop_registry.pop(OPS.many)
    register(OPS.many)(lambda xs, y, ks, mode, device, flag, out_shape: 4 if mode == "full" else 2)
    with pytest.raises(flopwatch.RuleError, match="reads the argument mode, which is not recorded"):
        from_torch_registry()[MANY](MANY, "", MANY_ARGS)
    flop_counter.flop_registry.pop(OPS.many)
    register(OPS.many)(lambda *args, out_shape: len(out_shape))
    # A string may decide a shape, so the fake kernel is not asked without it.
    with pytest.raises(flopwatch.RuleError, match="argument mode is not recorded"):
        from_torch_registry()[MANY](MANY, "", MANY_ARGS)
