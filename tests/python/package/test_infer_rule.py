# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""infer_rule against modules whose count is known on paper."""

import inspect

import pytest
import torch
from torch import nn

import flopwatch
from common_models import Attention, Outer
from flopwatch._rule_check import module_count
from flopwatch._rule_check.infer import InferenceError
from flopwatch._rule_check.source import default_name


@pytest.fixture(autouse=True)
def _one_thread():
    """Tensors of a few numbers: a pool of threads only waits for itself on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def counted(monkeypatch):
    """The sizes of all forwards that were counted, in their order."""
    forwards = []
    count = module_count.operator_count

    def noting(module, args, kwargs=None, *, device=None):
        forwards.append([tuple(a.shape) for a in args if isinstance(a, torch.Tensor)])
        return count(module, args, kwargs, device=device)

    monkeypatch.setattr(module_count, "operator_count", noting)
    return forwards


def attention_rule(**more):
    return flopwatch.infer_rule(lambda C: Attention(C, heads=12), lambda B, N, C: torch.randn(B, N, C), **more)


def test_seed_attention(counted):
    found = attention_rule()
    assert found.polynomial == "4*B*N*C^2 + 2*B*C*N^2"
    assert found.terms == {(1, 1, 2): 4, (1, 2, 1): 2}
    assert found.evaluate(B=1, N=640, C=768) == 2_139_095_040
    assert len(counted) <= 40
    lines = found.source.splitlines()
    assert lines[0] == "def count_attention(m, x, y):"
    assert lines[-2:] == [
        "    B, N, C = x[0].shape",
        "    m.total_ops += 4 * B * N * C**2 + 2 * B * C * N**2",
    ]
    assert "steps of 12" in found.source  # heads divide C
    assert str(found) == found.source == inspect.getsource(found.rule)


def test_checked_sizes_are_held_out_and_true():
    found = attention_rule()
    assert found.checked_sizes
    assert not [sizes for sizes in found.checked_sizes if sizes in found.fitted_sizes]
    for sizes in found.checked_sizes[-2:]:
        module, x = Attention(sizes["C"], heads=12), torch.randn(sizes["B"], sizes["N"], sizes["C"])
        assert flopwatch.count(module, (x,), formula=None, warmup=0).total.operator.macs == found.evaluate(**sizes)


def test_the_rule_works_in_profile():
    found = attention_rule()
    model, x = Outer(Attention(96, heads=12)), torch.randn(2, 10, 96)
    macs, _ = flopwatch.profile(model, (x,), custom_ops={Attention: found.rule}, verbose=False)
    assert macs == 4 * 2 * 10 * 96**2 + 2 * 2 * 96 * 10**2


def test_given_sizes_are_the_only_ones(counted):
    found = attention_rule(sizes={"C": [12, 36, 24, 60], "N": [5, 6, 9, 11]}, name="attention_macs")
    assert found.polynomial == "4*B*N*C^2 + 2*B*C*N^2"
    assert found.source.startswith("def attention_macs(m, x, y):")
    assert {shapes[0][2] for shapes in counted} <= {12, 24, 36, 60}
    assert {shapes[0][1] for shapes in counted} <= {5, 6, 9, 11}


def test_ready_made_module_with_a_fixed_size():
    found = flopwatch.infer_rule(Attention(24), lambda B, N, C: torch.randn(B, N, C), sizes={"C": [24]})
    assert found.polynomial == "48*B*N^2 + 2304*B*N"
    assert "C = 24" in found.source
    assert "    B, N, C = x[0].shape\n" in found.source
    narrow, wide = Attention(24), Attention(48)
    for module in (narrow, wide):
        module.total_ops = torch.zeros(1, dtype=torch.float64)
    found.rule(narrow, (torch.randn(2, 3, 24),), None)
    assert narrow.total_ops.item() == 48 * 2 * 9 + 2304 * 6
    with pytest.raises(ValueError, match="found for C = 24 alone, not 48"):
        found.rule(wide, (torch.randn(2, 3, 48),), None)
    assert found.fixed_sizes == {"C": 24}
    assert found.evaluate(B=2, N=3) == found.evaluate(B=2, N=3, C=24) == 48 * 2 * 9 + 2304 * 6
    with pytest.raises(flopwatch.UsageError, match="C was 24"):
        found.evaluate(B=2, N=3, C=48)
    with pytest.raises(flopwatch.UsageError, match="B, N, C, not"):
        found.evaluate(B=2)


def test_ready_made_module_whose_width_cannot_vary():
    with pytest.raises(InferenceError, match=r"give a function that makes it.*fix the size"):
        flopwatch.infer_rule(nn.Linear(24, 8), lambda B, C: torch.randn(B, C))


def test_convolution_with_a_stride_is_said_to_hold_in_steps():
    found = flopwatch.infer_rule(
        lambda C, D: nn.Conv2d(C, D, 3, stride=2, padding=1, bias=False), lambda B, C, H, W: torch.randn(B, C, H, W)
    )
    assert found.polynomial == "(9/4)*B*C*H*W*D"
    assert "    D = m.out_channels\n" in found.source
    assert "    macs = 9 * B * C * H * W * D\n" in found.source
    assert "    m.total_ops += macs // 4\n" in found.source
    assert found.source.count("in steps of 2") == 4  # said in the comment, and where it raises
    odd = nn.Conv2d(3, 1, 3, stride=2, padding=1, bias=False)
    odd.total_ops = torch.zeros(1, dtype=torch.float64)
    with pytest.raises(ValueError, match="no whole number of MACs at B=1, C=3, H=223, W=223, D=1"):
        found.rule(odd, (torch.randn(1, 3, 223, 223),), None)
    assert odd.total_ops.item() == 0
    assert found.evaluate(B=1, C=3, H=224, W=224, D=64) == 9 * 3 * 112 * 112 * 64
    with pytest.raises(flopwatch.UsageError, match="holds only for sizes like"):
        found.evaluate(B=1, C=3, H=223, W=223, D=1)


class Auxiliary(nn.Module):
    """A head more in training, and one more with gradients."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 4)

    def forward(self, x):
        for _ in range(1 + self.training + torch.is_grad_enabled()):
            y = self.layer(x)
        return y


def test_counted_as_thop_runs_it():
    module = Auxiliary()
    assert flopwatch.infer_rule(module, lambda B: torch.randn(B, 3)).polynomial == "12*B"
    assert module.training


class Repeated(nn.Module):
    """x: (n * width,); a product of (n, width) and (width, width), `times` times."""

    def __init__(self, dim):
        super().__init__()
        self.size, self.weight = (1, dim), nn.Parameter(torch.randn(dim, dim))

    def forward(self, x, *, times):
        for _ in range(times):
            x = (x.reshape(-1, self.size[1]) @ self.weight).reshape(-1)
        return x


def test_sizes_that_no_input_shows():
    found = flopwatch.infer_rule(
        lambda dim: Repeated(dim), lambda n, dim, times: ((torch.randn(n * dim),), {"times": times})
    )
    assert found.polynomial == "n*times*dim^2"
    assert found.source.startswith("def count_repeated(m, x, y, *, n, times):")
    assert "    dim = m.size[1]\n" in found.source
    assert "lambda m, x, y: count_repeated(m, x, y, n=n, times=times)" in " ".join(
        found.source.replace("#", " ").split()
    )
    module = Repeated(7)
    module.total_ops = torch.zeros(1, dtype=torch.float64)
    found.rule(module, (torch.randn(35),), None, n=5, times=3)
    assert module.total_ops.item() == 5 * 3 * 49


class Product(nn.Module):
    def forward(self, x, times, pair):
        return [x @ pair[1] for _ in range(times)]


def test_sizes_in_numbers_and_lists_and_names_that_a_rule_has_itself():
    found = flopwatch.infer_rule(
        Product(), lambda m, x, y, t: (torch.randn(m, x), t, [None, torch.randn(x, y)]), name="products"
    )
    assert found.polynomial == "m*x*y*t"
    assert found.source.splitlines()[-4:] == [
        "    m_size, x_size = x[0].shape",
        "    y_size = x[2][1].shape[1]",
        "    t = x[1]",
        "    m.total_ops += m_size * x_size * y_size * t",
    ]


def test_nested_attribute():
    model = nn.Sequential()
    found = flopwatch.infer_rule(
        lambda C, D: nn.Sequential(nn.ReLU(), nn.Linear(C, D)), lambda B, C: torch.randn(B, C), name="rule"
    )
    assert "    D = m.get_submodule('1').out_features\n" in found.source
    assert not list(model.children())


class Steps(nn.Module):
    def forward(self, x):
        for _ in range(x.shape[0].bit_length()):
            x @ x.T
        return x


def test_no_polynomial():
    with pytest.raises(InferenceError, match="no polynomial in B, N gives the MACs of Steps") as failure:
        flopwatch.infer_rule(Steps(), lambda B, N: torch.randn(B, N))
    b, n = failure.value.sizes["B"], failure.value.sizes["N"]
    assert failure.value.macs == b * b * n * b.bit_length()
    assert failure.value.guessed_macs != failure.value.macs
    assert failure.value.guess in str(failure.value)
    assert f"B={b}, N={n}" in str(failure.value)


class Unsteady(nn.Module):
    """Runs the product once more for a shape that it has seen."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, x):
        self.seen.append(x.shape)
        for _ in range(self.seen.count(x.shape)):
            x = x @ torch.eye(x.shape[1])
        return x


def test_counts_that_sizes_do_not_decide():
    with pytest.raises(InferenceError, match="sizes alone do not decide"):
        flopwatch.infer_rule(Unsteady(), lambda N: torch.randn(4, N))


@torch.library.custom_op("flopwatch_infer::secret", mutates_args=())
def secret(x: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(x.detach().numpy() * 2)


class WithSecret(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 4)

    def forward(self, x):
        return self.layer(secret(x))


def test_operators_that_are_not_counted_are_named():
    found = flopwatch.infer_rule(WithSecret(), lambda B: torch.randn(B, 3))
    assert found.polynomial == "12*B"
    assert found.lacking == ("flopwatch_infer::secret",)
    assert "# NOT counted, so this is too small: flopwatch_infer::secret" in found.source


def test_the_module_and_the_random_state_are_as_before():
    module = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    module[1].eval()
    before, flags = {k: v.clone() for k, v in module.state_dict().items()}, [m.training for m in module.modules()]
    random_before = torch.random.get_rng_state()
    found = flopwatch.infer_rule(module, lambda B: torch.randn(B, 3))
    assert found.polynomial == "12*B"
    assert [m.training for m in module.modules()] == flags
    assert all(torch.equal(before[k], v) for k, v in module.state_dict().items())
    assert list(module.state_dict()) == list(before)
    assert torch.equal(torch.random.get_rng_state(), random_before)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())


def test_what_ends_the_program_passes_through():
    def inputs(B):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        flopwatch.infer_rule(nn.Linear(3, 4), inputs)


@pytest.mark.parametrize(
    ("module", "inputs", "more", "message"),
    [
        (nn.Linear(3, 4), torch.randn(2, 3), {}, "inputs_for_sizes must be a function"),
        ("Linear", lambda B: torch.randn(B, 3), {}, "module must be an nn.Module"),
        (nn.Linear(3, 4), lambda: torch.randn(2, 3), {}, "names no size"),
        (nn.Linear(3, 4), lambda B=2: torch.randn(B, 3), {}, "names no size"),
        (nn.Linear(3, 4), lambda B: torch.randn(B, 3), {"sizes": {"N": [1, 2, 3]}}, "sizes names N"),
        (nn.Linear(3, 4), lambda B: torch.randn(B, 3), {"sizes": {"B": [1, 2]}}, "at least three"),
        (nn.Linear(3, 4), lambda B: torch.randn(B, 3), {"name": "a rule"}, "no name of a function"),
        (nn.Linear(3, 4), lambda B: torch.randn(B, 3), {"name": "lambda"}, "no name of a function"),
        (nn.Linear(3, 4), lambda B: B, {}, "returned a int"),
        (lambda B: "Linear", lambda B: torch.randn(B, 3), {}, "not an nn.Module"),
    ],
)
def test_arguments_that_make_no_sense(module, inputs, more, message):
    with pytest.raises(flopwatch.UsageError, match=message):
        flopwatch.infer_rule(module, inputs, **more)


def test_parameters_with_a_default_are_sizes_where_they_are_named():
    found = flopwatch.infer_rule(nn.Linear(3, 4), lambda B, N=5: torch.randn(B, N, 3), sizes={"N": [2, 5, 7]})
    assert found.polynomial == "12*B*N"
    assert flopwatch.infer_rule(nn.Linear(3, 4), lambda B, N=5: torch.randn(B, N, 3)).polynomial == "60*B"


def test_default_names():
    assert default_name("MultiheadAttention") == "count_multihead_attention"
    assert default_name("Conv2d") == "count_conv2d"
    assert default_name("LSTMCell") == "count_lstm_cell"
