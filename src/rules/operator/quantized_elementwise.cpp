// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operands.hpp"
#include "rules/operator/operator_table.hpp"
#include "rules/operator/quantized.hpp"

/// \file
/// Conversions to and from quantized numbers, and operators on them: real numbers are made of the operands,
/// the operator is applied, and its result is quantized. Kernels may take shorter ways.

namespace flopwatch::operator_rules {
namespace {

constexpr std::int64_t both_ways_flops = dequantize_flops + quantize_flops;  ///< an operator of one operand

/// `flops` for each element of a tensor, or of the tensors of a list.
operator_rule_function each(std::int64_t flops, std::size_t position = 0) {
  return [flops, position](operator_call const& call) {
    std::int64_t elements = 0;
    if (std::holds_alternative<std::vector<tensor_arg>>(argument_at(call, position))) {
      for (auto const& t : tensors_at(call, position)) elements = checked_add(elements, t.elements());
    } else {
      elements = dense_at(call, position).elements();
    }
    return real_work(checked_mul(elements, flops));
  };
}

/// In the format of the tensor: quantize_flops, then dequantize_flops.
operator_work fake_quantize(operator_call const& call) {
  auto const& t = dense_at(call, 0);
  return other_work(t.dtype, {.functions = checked_mul(t.elements(), both_ways_flops)});
}

/// Fake-quantized again (3), then for the scale (x' - x) / s times the gradient and its factor (4), and both
/// sums: those of the zero point and of the scale.
operator_work learnable_backward(operator_call const& call) {
  auto const& t = dense_at(call, 1);
  auto const groups = dense_at(call, 2).elements();
  auto const sums = checked_mul(2, checked_sub(t.elements(), t.elements() < groups ? t.elements() : groups));
  return other_work(t.dtype,
                    {.functions = checked_add(checked_mul(t.elements(), both_ways_flops + 4), sums)});
}

/// Two operands, one operation.
operator_work binary(operator_call const& call) {
  auto const of = broadcast(dense_at(call, 0).sizes, dense_at(call, 1).sizes);
  return real_work(checked_mul(checked_product(of), both_ways_flops + dequantize_flops + 1));
}

/// (self, scale, zero point, other, ...)
operator_work library_binary(operator_call const& call) {
  auto const of = broadcast(dense_at(call, 0).sizes, dense_at(call, 3).sizes);
  return real_work(checked_mul(checked_product(of), both_ways_flops + dequantize_flops + 1));
}

/// Normalization of each element: 5, and 1 for each of weight and bias.
operator_rule_function normalization(std::size_t weight) {
  return [weight](operator_call const& call) {
    auto const each_element = 5 + given(call, weight) + given(call, weight + 1) + both_ways_flops;
    return real_work(checked_mul(dense_at(call, 0).elements(), each_element));
  };
}

/// 4 n - 1 for a row of n.
operator_work softmax(operator_call const& call) {
  auto const& t = dense_at(call, 0);
  auto const length = size_of(t, integer_at(call, 1));
  auto const rows = length == 0 ? 0 : t.elements() / length;
  return real_work(checked_sub(checked_mul(t.elements(), both_ways_flops + 4), rows));
}

/// Batches of [M,K] x [K,N]; each sum is scaled to the steps of the result.
operator_work matmul(operator_call const& call) {
  auto const& a = dense_at(call, 0);
  auto const& b = dense_at(call, 1);
  if (a.rank() < 2 || b.rank() < 2 || size_of(a, -1) != size_of(b, -2)) {
    throw rule_error("the inner sizes of the product differ");
  }
  auto const batch = checked_product(
      broadcast(std::span(a.sizes).first(a.sizes.size() - 2), std::span(b.sizes).first(b.sizes.size() - 2)));
  auto const outputs = checked_product({batch, size_of(a, -2), size_of(b, -1)});
  return int8_work(checked_mul(outputs, size_of(a, -1)), outputs);
}

}  // namespace

void add_quantized_elementwise_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.counted(
      "quantize_per_tensor quantize_per_channel quantize_per_tensor_dynamic fbgemm_linear_quantize_weight",
      kind, each(quantize_flops));
  table.counted("dequantize static_runtime::dequantize_copy", kind, each(dequantize_flops));
  table.counted(
      "fake_quantize_per_tensor_affine_cachemask fake_quantize_per_channel_affine_cachemask "
      "_fake_quantize_per_tensor_affine_cachemask_tensor_qparams _fake_quantize_learnable_per_tensor_affine "
      "_fake_quantize_learnable_per_channel_affine _fused_moving_avg_obs_fq_helper "
      "_fused_moving_avg_obs_fq_helper_functional",
      kind, fake_quantize);
  table.counted(
      "_fake_quantize_learnable_per_tensor_affine_backward _fake_quantize_learnable_per_channel_affine_backward",
      kind, learnable_backward);
  table.counted(
      "quantized::add quantized::add_out quantized::add_relu quantized::add_relu_out quantized::mul "
      "quantized::mul_out quantized::mul_relu quantized::mul_relu_out _quantized::add",
      kind, binary);
  table.counted("onednn::qadd onednn::qadd_relu onednn::qmul", kind, library_binary);
  table.counted("quantized::cat quantized::cat_relu quantized::cat_out quantized::cat_relu_out", kind,
                each(both_ways_flops));
  // A factor and an addend for each channel stand for mean, variance, weight and bias.
  table.counted(
      "quantized::batch_norm quantized::batch_norm_relu quantized::batch_norm1d quantized::batch_norm1d_relu "
      "quantized::batch_norm2d quantized::batch_norm2d_relu quantized::batch_norm3d "
      "quantized::batch_norm3d_relu quantized_batch_norm onednn::qbatch_norm2d",
      kind, each(both_ways_flops + 2));
  table.counted("quantized::layer_norm quantized::group_norm", kind, normalization(2));
  table.counted("quantized::instance_norm", kind, normalization(1));
  table.counted("quantized::leaky_relu quantized::prelu quantized::sigmoid", kind, each(both_ways_flops + 1));
  table.counted("quantized::celu quantized::elu", kind, each(both_ways_flops + 2));
  table.counted("quantized::hardswish", kind, each(both_ways_flops + 3));
  table.counted("quantized::softmax", kind, softmax);
  table.counted("quantized::matmul", arithmetic::multiply_add, matmul);
  // A number changes the scale and the zero point alone.
  table.no_arithmetic(R"(
    quantized::add.Scalar quantized::add.Scalar2 quantized::add_relu.Scalar quantized::add_relu.Scalar2
    quantized::mul.Scalar quantized::mul.Scalar2 quantized::mul_relu.Scalar quantized::mul_relu.Scalar2
    quantized::add_scalar quantized::add_scalar_out quantized::add_scalar_relu quantized::add_scalar_relu_out
    quantized::mul_scalar quantized::mul_scalar_out quantized::mul_scalar_relu quantized::mul_scalar_relu_out
    quantized::clamp quantized::relu6 quantized::threshold quantized::max_pool1d quantized::max_pool2d
    quantized::dropout
  )");
}

}  // namespace flopwatch::operator_rules
