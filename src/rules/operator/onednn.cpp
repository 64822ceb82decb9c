// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <span>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/convolution_shape.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"
#include "rules/operator/quantized.hpp"

/// \file
/// oneDNN's quantized layers, which take scales and zero points as arguments. Each sum is scaled, an optional
/// bias is added, and a second tensor ("binary") is made real and added. Fused activations are strings, which
/// rules do not get.

namespace flopwatch::operator_rules {
namespace {

/// The two overloads of "binary" have the second tensor at 6, before the bias.
bool is_binary(operator_call const& call) { return call.overload.starts_with("binary"); }

operator_work library_work(operator_call const& call, std::int64_t macs, std::int64_t outputs) {
  bool const binary = is_binary(call);
  std::int64_t each = 1 + given(call, binary ? 7 : 6);
  if (binary && given(call, 6) != 0) each += dequantize_flops + 1;
  return int8_work(macs, checked_mul(outputs, each));
}

/// qx [...,K]; the weight is packed as [K,N].
operator_work onednn_linear(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const& weight = dense_at(call, 3);
  if (input.rank() < 1 || weight.rank() != 2 || size_of(input, -1) != size_of(weight, 0)) {
    throw rule_error("the inner sizes of the product differ");
  }
  auto const rows = checked_product(std::span(input.sizes).first(input.sizes.size() - 1));
  return library_work(call, checked_mul(rows, weight.elements()), checked_mul(rows, size_of(weight, 1)));
}

operator_work onednn_convolution(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const& weight = dense_at(call, 3);
  if (weight.rank() < 3) throw rule_error("the weight of the convolution has the wrong rank");
  auto const n = weight.sizes.size() - 2;
  std::size_t const at = is_binary(call) ? 8 : 7;
  convolution_parameters const p{integers_at(call, at, n), integers_at(call, at + 1, n),
                                 integers_at(call, at + 2, n), std::vector<std::int64_t>(n, 0), false};
  auto const size = size_of_convolution(input, weight, p, integer_at(call, at + 3));
  return library_work(call, size.macs, size.output_elements);
}

}  // namespace

void add_onednn_rules(operator_table& table) {
  constexpr auto kind = arithmetic::multiply_add;
  table.counted("onednn::qlinear_pointwise", kind, onednn_linear);
  table.counted(
      "onednn::qconv_pointwise onednn::qconv1d_pointwise onednn::qconv2d_pointwise onednn::qconv3d_pointwise",
      kind, onednn_convolution);
}

}  // namespace flopwatch::operator_rules
