# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Quantized layers in real calls: the same products as the layers that they stand for."""

import warnings

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import flopwatch
from operator_calls import FunctionModule, count_calls, counted

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
Q = torch.ops.quantized


def dense_macs(model, *inputs):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(*inputs)
    return counter.get_total_flops() // 2


def quantize(x, dtype=torch.quint8):
    return torch.quantize_per_tensor(x, 0.1, 0, dtype)


def weight(*shape):
    return quantize(torch.randn(*shape), torch.qint8)


@pytest.fixture(
    params=[e for e in torch.backends.quantized.supported_engines if e in ("x86", "fbgemm", "onednn", "qnnpack")]
)
def engine(request):
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = request.param
    yield request.param
    torch.backends.quantized.engine = before


def test_linear(engine):
    packed, x = Q.linear_prepack(weight(6, 5), torch.randn(6)), quantize(torch.randn(7, 5))
    # 7 * 6 results of 5 products; each is scaled.
    assert counted(lambda: Q.linear(x, packed, 0.1, 0), "quantized::linear") == (210, 42)
    assert counted(lambda: Q.linear_relu(x, packed, 0.1, 0), "quantized::linear_relu") == (210, 42)


def test_dynamic_linear(engine):
    packed, x = Q.linear_prepack(weight(6, 5), torch.randn(6)), torch.randn(7, 5)
    # 35 inputs of 2; 42 results of a scale and a bias.
    assert counted(lambda: Q.linear_dynamic(x, packed), "quantized::linear_dynamic") == (210, 70 + 84)


def test_linear_in_half_precision():
    packed, x = Q.linear_prepack_fp16(torch.randn(6, 5), torch.randn(6)), torch.randn(7, 5)
    assert counted(lambda: Q.linear_dynamic_fp16(x, packed), "quantized::linear_dynamic_fp16") == (210, 42)


def test_convolutions(engine):
    x = torch.randn(2, 4, 9, 8)
    packed = Q.conv2d_prepack(weight(6, 2, 3, 3), torch.randn(6), [2, 1], [1, 0], [1, 2], 2)
    macs = dense_macs(nn.Conv2d(4, 6, 3, (2, 1), (1, 0), (1, 2), 2), x)
    outputs = 2 * 6 * 5 * 4
    assert counted(lambda: Q.conv2d(quantize(x), packed, 0.1, 0), "quantized::conv2d") == (macs, outputs)
    assert counted(lambda: Q.conv2d_relu(quantize(x), packed, 0.1, 0), "quantized::conv2d_relu") == (macs, outputs)


def test_convolution_of_one_dimension(engine):
    packed, x = Q.conv1d_prepack(weight(6, 2, 3), None, [2], [1], [1], 2), torch.randn(2, 4, 9)
    macs = dense_macs(nn.Conv1d(4, 6, 3, 2, 1, groups=2), x)
    assert counted(lambda: Q.conv1d(quantize(x), packed, 0.1, 0), "quantized::conv1d")[0] == macs


def test_transposed_convolution(engine):
    if engine == "onednn":
        pytest.skip("oneDNN packs the transposed weight in a form that it does not unpack")
    x = torch.randn(2, 4, 5, 6)
    packed = Q.conv_transpose2d_prepack(weight(4, 6, 3, 3), None, [2, 1], [1, 0], [0, 0], [1, 1], 1)
    macs = dense_macs(nn.ConvTranspose2d(4, 6, 3, (2, 1), (1, 0)), x)
    assert counted(lambda: Q.conv_transpose2d(quantize(x), packed, 0.1, 0), "quantized::conv_transpose2d")[0] == macs


def test_block_sparse_linear(monkeypatch):
    if "fbgemm" not in torch.backends.quantized.supported_engines:
        pytest.skip("this PyTorch has no FBGEMM")
    monkeypatch.setattr(torch.backends.quantized, "engine", "fbgemm")
    x, w = quantize(torch.randn(3, 8)), torch.zeros(6, 8)
    w[0, :4] = w[2, 4:] = 1  # two blocks of 1x4
    packed = torch.ops.sparse.qlinear_prepack(quantize(w, torch.qint8), torch.randn(6), 1, 4)
    assert counted(lambda: torch.ops.sparse.qlinear(x, packed, 0.1, 0), "sparse::qlinear")[0] == 3 * 8


def test_recurrent_layers():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = torch.ao.quantization.quantize_dynamic(
            nn.Sequential(nn.LSTM(3, 4, num_layers=2, bidirectional=True)), {nn.LSTM}, dtype=torch.qint8
        )
    result = flopwatch.count(model, (torch.randn(5, 2, 3),), formula=None, warmup=0)
    # 10 rows; first layer 2 * 16 * (3 + 4), second 2 * 16 * (8 + 4).
    assert result.unsupported == []
    assert result.total.operator.macs == 10 * 2 * 16 * (7 + 12)
    cell = torch.ao.nn.quantized.dynamic.GRUCell(3, 4)
    assert count_calls(lambda: cell(torch.randn(2, 3))).total.operator.macs == 2 * 12 * 7


def test_a_model_counts_like_the_one_it_was_made_of():
    model = nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 3)).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dynamic = torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
    x = torch.randn(5, 12)
    result = flopwatch.count(dynamic, (x,), formula=None, warmup=0)
    assert result.total.operator.macs == dense_macs(model, x) and result.unsupported == []
    assert result.exact and set(result.total.operator.by_precision) >= {"int8"}


def test_unpacking_disturbs_nobody():
    packed, x = Q.linear_prepack(weight(6, 5), None), quantize(torch.randn(7, 5))
    expected = Q.linear(x, packed, 0.1, 0)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as seen:
        result = FunctionModule.count(lambda: Q.linear(x, packed, 0.1, 0))
    names = [event.name for event in seen.events()]
    assert names.count("quantized::linear") == 1 and not any("unpack" in name for name in names)
    assert result.total.operator.macs == 210
    assert torch.equal(expected.int_repr(), Q.linear(x, packed, 0.1, 0).int_repr())


def test_packed_weights_die_with_their_owner():
    def one(rows):
        packed = Q.linear_prepack(weight(rows, 5), None)
        return Q.linear(quantize(torch.randn(7, 5)), packed, 0.1, 0)

    # New objects may lie where earlier ones lay.
    result = count_calls(lambda: [one(rows) for rows in range(1, 30)])
    assert result.total.operator.macs == 7 * 5 * sum(range(1, 30))


def test_numbers():
    x = torch.randn(4, 5)
    assert counted(lambda: quantize(x), "aten::quantize_per_tensor") == (0, 40)
    assert counted(lambda: quantize(x).dequantize(), "aten::dequantize") == (0, 20)
    name = "aten::fake_quantize_per_tensor_affine_cachemask"
    assert counted(lambda: torch.fake_quantize_per_tensor_affine(x, 0.1, 0, 0, 255), name) == (0, 60)
    a, b = quantize(x), quantize(x)
    assert counted(lambda: Q.add(a, b, 0.1, 0), "quantized::add") == (0, 100)
    assert counted(lambda: Q.mul(a, b, 0.1, 0), "quantized::mul") == (0, 100)


def test_learned_fake_quantization_backward():
    x, scale, zero = (torch.randn(4, 5, requires_grad=True), *(torch.ones(1, requires_grad=True) for _ in range(2)))

    def step():
        torch._fake_quantize_learnable_per_tensor_affine(x, scale, zero, 0, 255, 1.0).sum().backward()

    name = "aten::_fake_quantize_learnable_per_tensor_affine_backward"
    assert counted(step, name) == (0, 7 * 20 + 2 * 19)


def test_weights_of_four_and_eight_bits():
    x, w = torch.randn(3, 64, dtype=torch.bfloat16), torch.randint(0, 16, (32, 64), dtype=torch.int32)
    packed = torch.ops.aten._convert_weight_to_int4pack_for_cpu(w, 1)
    scales = torch.rand(2, 32, 2, dtype=torch.bfloat16)
    call = lambda: torch.ops.aten._weight_int4pack_mm_for_cpu(x, packed, 32, scales)  # noqa: E731
    assert counted(call, "aten::_weight_int4pack_mm_for_cpu") == (3 * 64 * 32, 2 * 64 * 32)
    eight = torch.randint(-128, 127, (32, 64), dtype=torch.int8)
    call = lambda: torch.ops.aten._weight_int8pack_mm(x, eight, torch.rand(32, dtype=torch.bfloat16))  # noqa: E731
    assert counted(call, "aten::_weight_int8pack_mm") == (3 * 64 * 32, 3 * 32)


def test_embedding_tables():
    table, picked = Q.embedding_bag_byte_prepack(torch.randn(10, 8)), torch.tensor([1, 2, 3])
    call = lambda: Q.embedding_bag_byte_rowwise_offsets(table, picked, torch.tensor([0, 2]))  # noqa: E731
    assert counted(call, "quantized::embedding_bag_byte_rowwise_offsets") == (0, 3 * 8 * 3)


def test_onednn_layers():
    if "onednn" not in torch.backends.quantized.supported_engines:
        pytest.skip("this PyTorch has no oneDNN")
    x, w = torch.randint(0, 255, (7, 5), dtype=torch.uint8), torch.randint(-128, 127, (6, 5), dtype=torch.int8)
    one, zero = torch.ones(6), torch.zeros(6, dtype=torch.int64)
    packed = torch.ops.onednn.qlinear_prepack(w, [7, 5])
    linear = lambda: torch.ops.onednn.qlinear_pointwise(  # noqa: E731
        x, 1.0, 0, packed, one, zero, torch.randn(6), 1.0, 0, torch.float32, "none", [], ""
    )
    assert counted(linear, "onednn::qlinear_pointwise") == (210, 84)
    x, w = (
        torch.randint(0, 255, (2, 4, 9, 8), dtype=torch.uint8),
        torch.randint(-128, 127, (6, 2, 3, 3), dtype=torch.int8),
    )
    packed = torch.ops.onednn.qconv_prepack(w, one, 1.0, 0, [2, 1], [1, 0], [1, 1], 2, [2, 4, 9, 8])
    conv = lambda: torch.ops.onednn.qconv_pointwise(  # noqa: E731
        x, 1.0, 0, packed, one, zero, None, [2, 1], [1, 0], [1, 1], 2, 1.0, 0, torch.float32, "none", [], ""
    )
    macs = dense_macs(nn.Conv2d(4, 6, 3, (2, 1), (1, 0), groups=2), x.float())
    assert counted(conv, "onednn::qconv_pointwise")[0] == macs
