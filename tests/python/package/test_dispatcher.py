# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Operators of torch.library.custom_op, which PyTorch 2.15 and newer call past the dispatcher."""

import itertools

import pytest
import torch
from torch import nn
from torch._library.custom_ops import OPDEFS
from torch._ops import OpOverload

import flopwatch

HAS_SHORTCUT = hasattr(OpOverload, "_enable_pyobj_dispatch")
numbers = itertools.count()


@pytest.fixture(autouse=True)
def shortcut(monkeypatch):
    """The way past the dispatcher: PyTorch's own, or for an older one the same to whoever observes it."""
    if HAS_SHORTCUT:
        return

    def is_on(self):
        return "dispatched" in vars(self)

    def enable(self, enabled=True):
        if enabled and not is_on(self):
            self.dispatched, self._op = self._op, OPDEFS[self._name]._init_fn
        elif not enabled and is_on(self):
            self._op = vars(self).pop("dispatched")

    monkeypatch.setattr(OpOverload, "_enable_pyobj_dispatch", enable, raising=False)
    monkeypatch.setattr(OpOverload, "_is_pyobj_dispatcher_enabled", is_on, raising=False)


def define():
    """An operator that is called past the dispatcher, as PyTorch 2.15 defines it."""

    @torch.library.custom_op(f"flopwatch_test::hidden{next(numbers)}", mutates_args=())
    def hidden(x: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(x.detach().numpy() * 2)

    hidden._opoverload._enable_pyobj_dispatch(True)
    return hidden


class Hides(nn.Module):
    def __init__(self, operator):
        super().__init__()
        self.operator = operator
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        return self.layer(self.operator(x))


def calls(result, operator):
    return sum(o["calls"] for o in result.data["operators"] if o["name"] == operator._qualname)


def is_on(operator):
    return operator._opoverload._is_pyobj_dispatcher_enabled()


def test_it_is_seen_by_nobody_without_flopwatch():
    operator = define()
    with torch.autograd.profiler.profile() as seen:
        operator(torch.randn(2, 4))
    assert operator._qualname not in [event.name for event in seen.function_events]


def test_count_and_watch_see_it_and_leave_it_as_it_was():
    operator, x = define(), torch.randn(2, 4)
    model, switch = Hides(operator), OpOverload._enable_pyobj_dispatch
    counted = flopwatch.count(model, (x,))
    assert calls(counted, operator) == 1 and is_on(operator)
    with flopwatch.watch(model) as w:
        assert not is_on(operator)
        model(x)
        operator(x)
    assert calls(w.result, operator) == 2 and is_on(operator)
    assert counted.losses == w.result.losses == []
    assert OpOverload._enable_pyobj_dispatch is switch


def test_a_rule_counts_it():
    operator = define()
    rules = {operator._qualname: lambda call: 1000}
    counted = flopwatch.count(Hides(operator), (torch.randn(2, 4),), operator_rules=rules)
    assert counted.total.operator.macs == 1000 + 2 * 4 * 4


def test_one_that_is_defined_in_the_forward_is_seen():
    made = []

    class Late(nn.Module):
        def forward(self, x):
            made.append(define())
            return made[-1](x)

    with flopwatch.watch(Late()) as w:
        w._tree.root(torch.randn(2, 4))
        assert not is_on(made[0])
    assert calls(w.result, made[0]) == 1 and is_on(made[0])


def test_one_that_is_switched_off_meanwhile_stays_off():
    operator = define()
    with flopwatch.watch(Hides(operator)):
        operator._opoverload._enable_pyobj_dispatch(False)
    assert not is_on(operator)


def test_it_is_left_as_it_was_when_the_forward_raises():
    operator = define()
    model, switch = Hides(operator), OpOverload._enable_pyobj_dispatch
    with pytest.raises(RuntimeError):
        flopwatch.count(model, (torch.randn(2, 5),))
    with pytest.raises(KeyboardInterrupt), flopwatch.watch(model):
        raise KeyboardInterrupt
    assert is_on(operator) and OpOverload._enable_pyobj_dispatch is switch


def test_its_gradient_is_listed_once():
    """register_autograd puts a function of PyTorch's own around the operator: no operator that lacks a rule."""
    operator = define()
    operator.register_autograd(lambda ctx, grad: grad * 2)
    model = Hides(operator)
    with flopwatch.watch(model) as w:
        model(torch.randn(2, 4, requires_grad=True)).sum().backward()
    lacking = {o["name"] for o in w.result.data["operators"] if o["status"] in ("unsupported", "partly_counted")}
    assert operator._qualname in lacking and calls(w.result, operator) == 1
    assert not [name for name in lacking if name.startswith("GeneratedBackwardFor_") and not name.endswith("Backward")]
