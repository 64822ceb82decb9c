# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Operators that few models call, in real calls against counts by paper."""

import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F

from operator_calls import count_calls, counted


def leaf(*shape):
    return torch.randn(*shape, requires_grad=True)


def test_sparse_times_sparse_is_an_estimate():
    # Every column of one has 2 elements, every row of the other 3: exact, as they are spread evenly.
    a, b = torch.zeros(4, 6), torch.zeros(6, 9)
    a[:2], b[:, :3] = 1, 1
    a, b = a.to_sparse(), b.to_sparse()
    result = count_calls(lambda: torch.sparse.mm(a, b))
    assert result.total.operator.macs == 6 * 2 * 3 and result.unsupported == []
    assert "Estimated operators" in result.report()
    assert count_calls(lambda: a @ b).total.operator.macs == 36


def test_reduced_sparse_product():
    a, b = torch.eye(5).to_sparse_csr(), torch.randn(5, 8)
    result = count_calls(lambda: torch.sparse.mm(a, b, "sum"))
    assert result.total.operator.macs == 5 * 8 and result.unsupported == []


def test_ctc():
    probabilities = torch.randn(10, 2, 5).log_softmax(-1).requires_grad_()
    labels = torch.ones(2, 3, dtype=torch.long)

    def step():
        F.ctc_loss(probabilities, labels, (10, 6), (3, 2)).backward()

    assert counted(step, "aten::_ctc_loss") == (0, (9 * 7 + 5 * 5) * 11 + 14)
    assert counted(step, "aten::_ctc_loss_backward") == (0, (9 * 7 + 5 * 5) * 19 + 100 * 6)


def test_weight_norm():
    v, g = leaf(4, 5), leaf(4, 1)
    step = lambda: torch._weight_norm(v, g, 0).sum().backward()  # noqa: E731
    assert counted(step, "aten::_weight_norm_interface_backward") == (0, 5 * 20 + 5 * 4)


def test_embedding_bag_backward():
    table, weights = leaf(10, 8), leaf(5)
    picked, bags = torch.tensor([1, 2, 3, 4, 5]), torch.tensor([0, 2])

    def step():
        F.embedding_bag(picked, table, bags, mode="sum", per_sample_weights=weights).sum().backward()

    assert counted(step, "aten::_embedding_bag_dense_backward") == (0, 5 * 8 * 2)
    assert counted(step, "aten::_embedding_bag_per_sample_weights_backward") == (5 * 8, 0)
    assert count_calls(step).unsupported == []


def test_scatter_with_a_reduction():
    index, source = torch.tensor([0, 1, 1]), torch.randn(3)
    assert counted(lambda: torch.zeros(5).scatter_reduce(0, index, source, "sum"), "aten::scatter_reduce") == (0, 3)


def test_losses_backward():
    x, t = leaf(4, 5), torch.rand(4, 5)
    for function, name, flops in [
        (lambda: F.binary_cross_entropy(x.sigmoid(), t), "binary_cross_entropy_backward", 6),
        (lambda: F.smooth_l1_loss(x, t), "smooth_l1_loss_backward", 4),
        (lambda: F.huber_loss(x, t), "huber_loss_backward", 3),
        (lambda: F.elu(x).sum(), "elu_backward", 4),
        (lambda: F.logsigmoid(x).sum(), "log_sigmoid_backward", 5),
        # Registered as decomposed too, but it has a kernel.
        (lambda: F.mish(x).sum(), "mish_backward", 10),
    ]:
        assert counted(lambda f=function: f().backward(), f"aten::{name}") == (0, 20 * flops), name


def test_distances_backward():
    a, b = leaf(3, 7), leaf(4, 7)
    assert (
        counted(
            lambda: torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist").sum().backward(),
            "aten::_cdist_backward",
        )[1]
        % (12 * 7 * 4)
        == 0
    )


def test_antialiased_resizing():
    x = torch.randn(1, 3, 16, 16)
    name = "aten::_upsample_bilinear2d_aa"
    assert counted(lambda: F.interpolate(x, (8, 8), mode="bilinear", antialias=True), name) == (0, 3 * 2 * 768)


def test_histograms_are_no_arithmetic():
    result = count_calls(lambda: torch.histc(torch.randn(100), 10))
    assert result.unsupported == [] and result.total.operator.macs == 0


def test_onednn_transposed_convolution():
    if not torch.backends.mkldnn.is_available():
        pytest.skip("this PyTorch has no oneDNN")
    x, w = torch.randn(2, 4, 5, 6), torch.randn(4, 3, 3, 3)
    call = lambda: torch.ops.mkldnn._convolution_transpose_pointwise(  # noqa: E731
        x, w, None, [1, 0], [0, 0], [2, 1], [1, 1], 1, "none", [], ""
    )
    # Each of 2*4*30 inputs meets 3*9 weights.
    assert counted(call, "mkldnn::_convolution_transpose_pointwise")[0] == 240 * 27


def test_torchvision():
    ops = pytest.importorskip("torchvision").ops
    x, boxes = torch.randn(1, 4, 8, 8, requires_grad=True), torch.tensor([[0.0, 0.0, 0.0, 5.0, 5.0]])
    deformed = ops.DeformConv2d(4, 6, 3)
    offset = torch.randn(1, 18, 6, 6)
    step = lambda: deformed(x, offset).sum().backward()  # noqa: E731
    assert counted(step, "torchvision::deform_conv2d") == (7776, 1296 * 17 + 216)
    assert counted(step, "torchvision::_deform_conv2d_backward")[0] == 2 * 7776
    align = lambda: ops.roi_align(x, boxes, (7, 6), sampling_ratio=2).sum().backward()  # noqa: E731
    assert counted(align, "torchvision::roi_align") == (0, 4 * 42 * 33)
    assert counted(align, "torchvision::_roi_align_backward") == (0, 4 * 42 * 4 * 12)
    assert count_calls(lambda: ops.nms(torch.rand(5, 4), torch.rand(5), 0.5)).unsupported == []


ALL_REDUCE = """
import torch, torch.distributed as dist
import flopwatch
from torch import nn

dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)

class Reduce(nn.Module):
    def forward(self, x):
        dist.all_reduce(x)
        return x

result = flopwatch.count(Reduce(), (torch.randn(3, 4),), warmup=0)
[call] = [o for o in result.data["operators"] if "allreduce" in o["name"]]
print(call["status"], call["operator_other_flops"], bool(call["note"]), result.unsupported)
model = nn.parallel.DistributedDataParallel(nn.Linear(4, 2))
with flopwatch.watch(model) as w:
    model(torch.randn(3, 4)).sum().backward()
print([o["name"] for o in w.result.unsupported], w.result.total.operator.macs)
"""


def test_all_reduce():
    if not torch.distributed.is_available():
        pytest.skip("this PyTorch has no torch.distributed")
    run = subprocess.run([sys.executable, "-c", ALL_REDUCE], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    # Forward 3*4*2, the weight's gradient as much.
    assert run.stdout.splitlines() == ["counted 12 True []", "[] 48"]
