# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The user's operator rules: torch's registry, handles as for fvcore, and flopwatch's own kind."""

from collections import Counter
from fractions import Fraction

import pytest
import torch
from torch import nn
from torch.utils import flop_counter
from torch.utils.flop_counter import FlopCounterMode, register_flop_formula

import flopwatch
from flopwatch import OperatorCall, Work
from flopwatch._operators.operators import TensorShape, from_handles, from_rules, from_torch_registry, operator_rules

_LIBRARY = torch.library.Library("flopwatch_formula", "DEF")
_LIBRARY.define("product(Tensor a, Tensor b, *, float scale=1.0) -> Tensor")
_LIBRARY.define("product.both(Tensor a, Tensor b, Tensor c) -> Tensor")
_LIBRARY.define("blind(Tensor a, Tensor b) -> Tensor")
_LIBRARY.define(
    "many(Tensor[] xs, Tensor? y, int[] ks, str mode='full', Device? device=None, bool flag=False) "
    "-> (Tensor, Tensor[])"
)
_LIBRARY.impl("product", lambda a, b, *, scale=1.0: torch.from_numpy(scale * (a.numpy() @ b.numpy())), "CPU")
_LIBRARY.impl("product.both", lambda a, b, c: torch.from_numpy(a.numpy() @ b.numpy() @ c.numpy()), "CPU")
_LIBRARY.impl("blind", lambda a, b: torch.from_numpy(a.numpy() @ b.numpy()), "CPU")
_LIBRARY.impl(
    "many", lambda xs, y, ks, mode="full", device=None, flag=False: (xs[0].clone(), [x.clone() for x in xs]), "CPU"
)
torch.library.register_fake("flopwatch_formula::product", lambda a, b, *, scale=1.0: a.new_empty(len(a), b.shape[1]))
torch.library.register_fake(
    "flopwatch_formula::many",
    lambda xs, y, ks, mode="full", device=None, flag=False: (xs[0].new_empty(ks), [x.new_empty(1) for x in xs]),
)
PRODUCT, BLIND, MANY = (f"flopwatch_formula::{name}" for name in ("product", "blind", "many"))
OPS = torch.ops.flopwatch_formula


def tensor(*sizes, dtype=torch.float32):
    return TensorShape(sizes, dtype)


A, B = tensor(3, 5), tensor(5, 7)
PRODUCT_ARGS = [A, B, 2.0]
MANY_ARGS = [[tensor(2, 9), tensor(4)], None, [6, 8], ..., ..., True]


@pytest.fixture
def register():
    """register_flop_formula, undone after the test."""
    before = dict(flop_counter.flop_registry)
    yield register_flop_formula
    flop_counter.flop_registry.clear()
    flop_counter.flop_registry.update(before)


def product_flops(a, b, *, scale, out_shape):
    assert isinstance(a, torch.Size)
    assert scale == 2.0
    return 2 * a[1] * out_shape[0] * out_shape[1]


class Model(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *args):
        return self.function(*args)


def counted(function, *inputs, **more):
    return flopwatch.count(Model(function), inputs, formula=None, warmup=0, **more)


# --- torch's registry


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

    with Mode():
        from_torch_registry()[PRODUCT](PRODUCT, "", PRODUCT_ARGS)
    assert seen == []


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


# --- handles


def handle_product(inputs, outputs):
    """As written for fvcore."""
    a, _, scale = inputs
    assert a.isCompleteTensor()
    assert (a.type().dim(), a.type().scalarType(), a.type().kind(), scale.toIValue()) == (
        2,
        "Float",
        "TensorType",
        2.0,
    )
    (m, k), n = a.type().sizes(), outputs[0].type().sizes()[1]
    return Counter(first=m * k * n, second=1)


def test_handle():
    rule = from_handles({PRODUCT: handle_product})[PRODUCT]
    assert rule(PRODUCT, "", PRODUCT_ARGS) == (106, 106, 0, "fp32")


def test_handle_in_a_count():
    result = counted(
        lambda a, b: OPS.product(a, b, scale=2.0),
        torch.randn(3, 5),
        torch.randn(5, 7),
        operator_handles={PRODUCT: handle_product},
    )
    assert result.total.operator.macs == 106


def test_handle_of_lists_and_none():
    def handle(inputs, outputs):
        xs, y, ks, mode, _, flag = inputs
        assert [x.type().sizes() for x in xs.node().inputs()] == [[2, 9], [4]]
        assert (y.isCompleteTensor(), y.type().kind(), y.toIValue()) == (False, "NoneType", None)
        assert (ks.toIValue(), ks.type().kind(), flag.toIValue(), xs.toIValue()) == ([6, 8], "ListType", True, None)
        assert (mode.debugName(), mode.isCompleteTensor()) == ("mode", False)
        return 5

    assert from_handles({MANY: handle})[MANY](MANY, "", MANY_ARGS)[0] == 5


@pytest.mark.parametrize(
    ("handle", "message"),
    [
        (lambda i, o: i[3].toIValue() == "full", "the argument mode, which is not recorded"),
        (lambda i, o: o[0].type().sizes()[0], "mode is not recorded"),
        (lambda i, o: i[2].type().sizes()[0], "no tensor"),
    ],
)
def test_handle_that_asks_for_what_is_not_there(handle, message):
    with pytest.raises(flopwatch.RuleError, match=message) as error:
        from_handles({MANY: handle})[MANY](MANY, "", MANY_ARGS)
    assert str(error.value).startswith(MANY)


# --- rules


def test_rule():
    def rule(call: OperatorCall):
        assert (call.name, call.overload, call.names) == (PRODUCT, "", ("a", "b", "scale"))
        assert call.argument("scale") == 2.0
        assert call.tensors == (A, B)
        assert call.outputs == (tensor(3, 7),)
        return Work(macs=105, useful_macs=60, other_flops=21, precision="tf32")

    assert from_rules({OPS.product: rule})[PRODUCT](PRODUCT, "", PRODUCT_ARGS) == (105, 60, 21, "tf32")


def test_rule_in_a_count():
    result = counted(
        lambda a, b: OPS.blind(a, b),
        torch.randn(3, 5),
        torch.randn(5, 7),
        operator_rules={BLIND: lambda call: Work(macs=call.tensors[0].sizes[0] * 35, other_flops=4)},
    )
    operator = result.total.operator
    assert (operator.macs, operator.other_flops) == (105, 4)


def test_rule_for_a_counted_operator_takes_its_place():
    result = counted(
        lambda a, b: a @ b, torch.randn(3, 5), torch.randn(5, 7), operator_rules={"aten::mm": lambda call: 1}
    )
    assert result.total.operator.macs == 1


def test_outputs_of_several_kinds():
    args = [*MANY_ARGS[:3], "full", ..., True]
    call = OperatorCall(MANY, "", tuple(args))
    assert call.outputs == (tensor(6, 8), [tensor(1), tensor(1)])
    with pytest.raises(flopwatch.RuleError, match="has no argument sizes, only xs, y"):
        call.argument("sizes")


def test_an_operator_that_is_not_there():
    rule = from_rules({"flopwatch_formula::gone": lambda call: call.outputs})["flopwatch_formula::gone"]
    with pytest.raises(flopwatch.RuleError, match="no such operator"):
        rule("flopwatch_formula::gone", "", [])


@pytest.mark.parametrize(
    ("dtypes", "word"),
    [
        ((torch.float64,), "fp64"),
        ((torch.int64, torch.float16), "fp16"),
        ((torch.complex64, torch.float64), "fp32"),
        ((torch.float8_e4m3fn,), "fp8"),
        ((torch.uint8, torch.int32), "int8"),
        ((torch.int32,), "integer"),
        ((torch.bool,), "integer"),
        ((None, torch.float32), None),  # a format that was not told apart may be a float of 8 bits
        ((), None),
    ],
)
def test_default_precision(dtypes, word):
    args = [[tensor(2, dtype=dtype) for dtype in dtypes], TensorShape((), torch.float64, defined=False), None]
    assert from_rules({MANY: lambda call: 1})[MANY](MANY, "", args)[3] == word


@pytest.mark.parametrize(
    ("answer", "count"),
    [(7, 7), (7.0, 7), (Fraction(14, 2), 7), (0, 0), (2**63 - 1,) * 2],
)
def test_whole_numbers(answer, count):
    assert from_rules({PRODUCT: lambda call: answer})[PRODUCT](PRODUCT, "", PRODUCT_ARGS)[0] == count


def test_numbers_of_numpy():
    numpy = pytest.importorskip("numpy")
    rule = from_handles({PRODUCT: lambda i, o: numpy.prod(i[0].type().sizes())})[PRODUCT]
    assert rule(PRODUCT, "", PRODUCT_ARGS)[0] == 15


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "gave a NoneType for MACs"),
        (2.5, r"gave 2\.5 for MACs"),
        (float("nan"), "gave nan"),
        (float("inf"), "gave inf"),
        (-1, "gave -1 for MACs"),
        (2**63, "between 0 and"),
        (True, "gave True"),
        ("5", "gave '5'"),
        (torch.tensor(5), "gave a Tensor"),
        (Work(macs=5, other_flops=-2), "gave -2 for other FLOPs"),
        (Work(macs=5, other_flops=0.5), r"gave 0\.5 for other FLOPs"),
        (Work(macs=5, useful_macs=6), "6 useful MACs of 5"),
        (Work(macs=5, useful_macs=0), "0 useful MACs of 5"),
        (Work(macs=5, precision="half"), "precision 'half'"),
    ],
)
def test_refused_answers_name_the_operator(answer, message):
    with pytest.raises(flopwatch.RuleError, match=message) as error:
        from_rules({PRODUCT: lambda call: answer})[PRODUCT](PRODUCT, "", PRODUCT_ARGS)
    assert str(error.value).startswith(PRODUCT)


@pytest.mark.parametrize("kind", ["rule", "handle", "formula"])
def test_what_a_rule_raises_names_the_operator(kind, register):
    def fails(*args, **more):
        raise ZeroDivisionError("no rows")

    register(OPS.product)(fails)
    made = {"rule": from_rules, "handle": from_handles, "formula": lambda _: from_torch_registry()}[kind]
    with pytest.raises(flopwatch.RuleError, match=f"{PRODUCT}: the rule raised ZeroDivisionError: no rows"):
        made({PRODUCT: fails})[PRODUCT](PRODUCT, "", PRODUCT_ARGS)


def test_a_failing_rule_is_listed_and_the_program_goes_on():
    def fails(call):
        raise ZeroDivisionError("no rows")

    x = torch.randn(3, 5), torch.randn(5, 7)
    result = counted(lambda a, b: OPS.blind(a, b) @ b.T, *x, operator_rules={BLIND: fails})
    assert result.total.operator.macs == 105
    [entry] = result.unsupported
    assert "the rule raised ZeroDivisionError: no rows" in entry["note"]


def test_nested_tensors_are_refused():
    class Nested:
        sizes, dtype, defined, is_strided, stored = (), torch.float32, True, False, -1

    with pytest.raises(flopwatch.RuleError, match="sizes of a nested tensor are not known"):
        from_rules({PRODUCT: lambda call: 5})[PRODUCT](PRODUCT, "", [Nested(), B, 1.0])


def test_which_rule_is_taken(register):
    register([OPS.product, OPS.blind, OPS.many])(lambda *args, **more: 2)
    handles = {PRODUCT: lambda i, o: 10, BLIND: lambda i, o: 10}
    merged = operator_rules({PRODUCT: lambda call: 100}, handles)
    args = {PRODUCT: PRODUCT_ARGS, BLIND: [A, B], MANY: MANY_ARGS}
    assert {name: merged[name](name, "", args[name])[0] for name in args} == {PRODUCT: 100, BLIND: 10, MANY: 1}
    assert set(operator_rules()) == set(args)


@pytest.mark.parametrize("name", ["mm", "aten::mm.out", "::mm", "aten::", "aten:mm", 5])
def test_names_that_are_none(name):
    with pytest.raises(flopwatch.UsageError, match='named like "aten::mm"'):
        operator_rules({name: lambda call: 5})


def test_a_rule_that_is_no_function():
    with pytest.raises(flopwatch.UsageError, match="is no function but a int"):
        operator_rules(None, {PRODUCT: 5})


def test_an_autograd_function_is_counted_by_the_rule_of_its_class_name():
    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return torch.from_numpy(x.detach().numpy() * 2)

        @staticmethod
        def backward(ctx, gradient):
            return gradient * 2

    class Model(torch.nn.Module):
        def forward(self, x):
            return Doubled.apply(x)

    x = torch.randn(3, 4, requires_grad=True)
    without = flopwatch.count(Model(), (x,), formula=None)
    assert [(o["name"], o["shapes"], o["calls"]) for o in without.unsupported] == [("Doubled", "[3,4]", 1)]
    rules = {"Doubled": lambda call: flopwatch.Work(other_flops=12)}
    counted = flopwatch.count(Model(), (x,), formula=None, operator_rules=rules)
    assert counted.unsupported == [] and counted.total.operator.other_flops == 12
