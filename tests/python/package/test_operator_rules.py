# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The user's operator rules of flopwatch's own kind, and which of several is taken."""

from fractions import Fraction

import pytest
import torch

import flopwatch
from flopwatch import OperatorCall, Work
from flopwatch._operators.operators import (
    TensorShape,
    from_handles,
    from_rules,
    from_torch_registry,
    own_operator_rules,
)
from formula_operators import BLIND, MANY, MANY_ARGS, OPS, PRODUCT, PRODUCT_ARGS, A, B, counted, tensor


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
        ((None, torch.float32), None),  # a format that is not known can be a float of 8 bits
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
    handles = {BLIND: lambda i, o: 10}
    merged = {**from_torch_registry(), **own_operator_rules({PRODUCT: lambda call: 100}, handles)}
    args = {PRODUCT: PRODUCT_ARGS, BLIND: [A, B], MANY: MANY_ARGS}
    assert {name: merged[name](name, "", args[name])[0] for name in args} == {PRODUCT: 100, BLIND: 10, MANY: 1}
    assert set(from_torch_registry()) == set(args) and own_operator_rules() == {}
    with pytest.raises(flopwatch.UsageError, match="give one of them"):
        own_operator_rules({PRODUCT: lambda call: 100}, {PRODUCT: lambda i, o: 10})


@pytest.mark.parametrize("name", ["mm", "aten::mm.out", "::mm", "aten::", "aten:mm", 5])
def test_names_that_are_none(name):
    with pytest.raises(flopwatch.UsageError, match='named like "aten::mm"'):
        own_operator_rules({name: lambda call: 5})


def test_a_rule_that_is_no_function():
    with pytest.raises(flopwatch.UsageError, match="is no function but a int"):
        own_operator_rules(None, {PRODUCT: 5})


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
