# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Products below the transforms of torch.func and forward-mode differentiation, against an independent count."""

import pytest
import torch
import torch.autograd.forward_ad as fwd
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from torch import nn
from torch.func import (
    functional_call,
    functionalize,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    stack_module_state,
    vjp,
    vmap,
)
from torch.nn.attention import SDPBackend, sdpa_kernel

import flopwatch
from product_mode import product_macs


def mlp():
    return nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))


def convolutions():
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Conv2d(3, 2, 1))


def attention():
    return nn.MultiheadAttention(8, 2, batch_first=True)


def weights(model):
    return {name: p.detach() for name, p in model.named_parameters()}


def squares(model):
    return lambda p, x: functional_call(model, p, (x,)).square().sum()


def dual_input(model, x):
    with fwd.dual_level():
        model(fwd.make_dual(x, torch.ones_like(x)))


def dual_weights(model, x):
    with fwd.dual_level():
        duals = {name: fwd.make_dual(w, torch.ones_like(w)) for name, w in weights(model).items()}
        functional_call(model, duals, (x,))


def batched_gradients(model, x):
    x = x.clone().requires_grad_()
    y = model(x)
    torch.autograd.grad(y, x, torch.randn(3, *y.shape), is_grads_batched=True)


def ensemble(model, x):
    models = [nn.Linear(6, 3) for _ in range(3)]
    parameters, buffers = stack_module_state(models)
    vmap(lambda p, b: functional_call(models[0], (p, b), (x,)))(parameters, buffers)


def jacobian(**how):
    return lambda m, x: torch.autograd.functional.jacobian(m, x, vectorize=True, **how)


OF_AN_MLP = {
    "vmap": lambda m, x: vmap(m)(x),
    "vmap of vmap": lambda m, x: vmap(vmap(m))(torch.stack([x, x])),
    "vmap in chunks": lambda m, x: vmap(m, chunk_size=3)(x),
    "grad": lambda m, x: grad(squares(m))(weights(m), x),
    "per-sample gradients": lambda m, x: vmap(grad(squares(m)), (None, 0))(weights(m), x),
    "grad of grad": lambda m, x: grad(lambda y: grad(lambda z: m(z).sum())(y).sum())(x[0]),
    "vjp": lambda m, x: vjp(m, x)[1](torch.randn(4, 3)),
    "jvp": lambda m, x: jvp(m, (x,), (x,)),
    "vmap of jvp": lambda m, x: vmap(lambda t: jvp(m, (x[0],), (t,))[1])(torch.eye(6)),
    "jacrev": lambda m, x: jacrev(m)(x[0]),
    "jacfwd": lambda m, x: jacfwd(m)(x[0]),
    "hessian": lambda m, x: hessian(lambda y: m(y).sum())(x[0]),
    "linearize": lambda m, x: linearize(m, x)[1](x),
    "functionalize": lambda m, x: functionalize(m)(x),
    "ensemble": ensemble,
    "batched gradients": batched_gradients,
    "vectorized jacobian": jacobian(),
    "vectorized forward jacobian": jacobian(strategy="forward-mode"),
    "vectorized hessian": lambda m, x: torch.autograd.functional.hessian(lambda y: m(y).sum(), x[0], vectorize=True),
    "dual input": dual_input,
    "dual weights": dual_weights,
}
OF_CONVOLUTIONS = {
    "vmap": lambda m, x: vmap(m)(torch.stack([x, x])),
    "per-sample gradients": lambda m, x: vmap(grad(lambda p, y: squares(m)(p, y[None])), (None, 0))(weights(m), x),
    "jvp": lambda m, x: jvp(m, (x,), (x,)),
    "jacfwd": lambda m, x: jacfwd(m)(x[:1, :, :3, :3]),
    "dual input": dual_input,
    "dual weights": dual_weights,
}
OF_ATTENTION = {
    "vmap": lambda m, x: vmap(lambda q: m(q, q, q, need_weights=False)[0])(torch.stack([x, x])),
    "grad": lambda m, x: grad(lambda q: m(q, q, q)[0].sum())(x),
}
CASES = [
    pytest.param(make, shape, run, id=f"{make.__name__}-{name}")
    for make, shape, runs in [
        (mlp, (4, 6), OF_AN_MLP),
        (convolutions, (2, 2, 5, 5), OF_CONVOLUTIONS),
        (attention, (2, 3, 8), OF_ATTENTION),
    ]
    for name, run in runs.items()
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("make", "shape", "run"), CASES)
def test_what_ran_on_the_real_tensors_is_counted(make, shape, run):
    model, x = make(), torch.randn(shape)
    with sdpa_kernel(SDPBackend.MATH):
        expected = product_macs(lambda: run(model, x))
        with flopwatch.watch(model) as w:
            run(model, x)
    assert w.result.total.operator.macs == expected > 0
    assert w.result.exact and w.result.unsupported == [] and w.result.losses == []


def test_by_hand():
    model = nn.Linear(4, 5, bias=False)
    with flopwatch.watch(model) as w:
        jvp(model, (torch.randn(2, 4),), (torch.randn(2, 4),))
    assert w.result.total.operator.macs == 3 * (2 * 4 * 5), "value, tangent, and the weight's tangent of zeros"
    with flopwatch.watch(model) as w:
        vmap(model)(torch.randn(3, 2, 4))
    assert w.result.total.operator.macs == 3 * 2 * 4 * 5


def test_backward_inside_a_transform_belongs_to_the_module():
    model = mlp()
    x = torch.randn(4, 6)
    with flopwatch.watch(model) as w:
        vmap(grad(squares(model)), (None, 0))(weights(model), x)
    result = w.result
    macs = {row.path: row.operator_macs for row in result.rows if row.path}
    # Forward and the weight's gradient; the second layer's input has one too.
    assert macs["0"] == 4 * (2 * 6 * 5)
    assert macs["2"] == 4 * (3 * 5 * 3)
    phases = {o["phase"] for o in result.data["operators"] if o["operator_macs"]}
    assert phases == {"forward", "backward"}


class Product(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x, w):
        return x @ w

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, gradient):
        x, w = ctx.saved_tensors
        return gradient @ w.t(), x.t() @ gradient


@pytest.mark.parametrize("transform", ["vmap", "grad", "vmap of grad"])
def test_an_autograd_function_inside_a_transform_is_its_operators(transform):
    x, w = torch.randn(3, 2, 4), torch.randn(4, 5)

    def total(y):
        return Product.apply(y, w).sum()

    run = {
        "vmap": lambda: vmap(lambda y: Product.apply(y, w))(x),
        "grad": lambda: grad(total)(x[0]),
        "vmap of grad": lambda: vmap(grad(total))(x),
    }[transform]
    expected = product_macs(run)
    with flopwatch.watch(nn.Identity()) as watch:
        run()
    assert watch.result.total.operator.macs == expected > 0
    assert watch.result.unsupported == [] and watch.result.exact


STEPS = {
    "vmap": lambda f: lambda x: vmap(f)(torch.stack([x, x])).sum(0),
    "vmap in chunks": lambda f: lambda x: vmap(f, chunk_size=2)(torch.stack([x, x, x])).sum(0),
    "grad": lambda f: lambda x: grad(lambda y: f(y).sum())(x),
    "jvp": lambda f: lambda x: jvp(f, (x,), (torch.ones_like(x),))[1],
    "vjp": lambda f: lambda x: vjp(f, x)[1](torch.ones_like(x))[0],
    "functionalize": functionalize,
    "sum of jacrev": lambda f: lambda x: jacrev(f)(x).sum((0, 1)),
    "sum of jacfwd": lambda f: lambda x: jacfwd(f)(x).sum((0, 1)),
}
LAYERS = {
    "linear": lambda: nn.Linear(3, 3),
    "no bias": lambda: nn.Linear(3, 3, bias=False),
    "tanh": nn.Tanh,
    "conv": lambda: nn.Conv1d(2, 2, 3, padding=1),
    "norm": lambda: nn.LayerNorm(3),
}


@pytest.mark.filterwarnings("ignore")
@given(
    st.lists(st.sampled_from(sorted(LAYERS)), min_size=1, max_size=3),
    st.lists(st.sampled_from(sorted(STEPS)), max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_random_nests_of_transforms(layers, steps):
    model = nn.Sequential(*(LAYERS[layer]() for layer in layers))
    run = model
    for step in steps:
        run = STEPS[step](run)
    x = torch.randn(2, 3)
    try:
        run(x)
    except RuntimeError:  # PyTorch refuses some nests, two of `functionalize` say
        reject()
    expected = product_macs(lambda: run(x))
    with flopwatch.watch(model) as w:
        run(x)
    assert w.result.total.operator.macs == expected
    assert w.result.exact and w.result.unsupported == []
