# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Handles, written as for fvcore, as operator rules."""

from collections import Counter

import pytest
import torch

import flopwatch
from flopwatch._operators.operators import from_handles
from formula_operators import MANY, MANY_ARGS, OPS, PRODUCT, PRODUCT_ARGS, counted


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
