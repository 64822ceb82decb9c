// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/norm_groups.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

/// The requested gradients, and the number of weights.
struct norm_gradients {
  bool input = false, weight = false, bias = false;
  bool weighted = false;
  std::int64_t weights = 0;
};

/// With xh = (x - mean) rstd (2n) and gw = g w (n if weighted):
/// input: sums of gw and of gw xh (3n - 2), their means (2), (gw - s1 - xh s2) rstd (4n);
/// weight: g xh (n) and its sums; bias: sums of g.
operator_work centred(tensor_arg const& input, norm_groups const& g, norm_gradients const& of) {
  std::int64_t each = 0;
  if (of.input || of.weight) each += 2;
  if (of.input) each += 7 + (of.weighted ? 1 : 0);
  if (of.weight) each += 2;
  if (of.bias) each += 1;
  auto total = checked_mul(each, g.elements);
  if (g.elements != 0) total -= ((of.weight ? 1 : 0) + (of.bias ? 1 : 0)) * of.weights;
  return other_work(input.dtype, {.functions = total});
}

/// Without a mean: xh = x rstd (n); input: the sum of gw xh (2n - 1), its mean (1), (gw - xh s) rstd (3n).
operator_work uncentred(tensor_arg const& input, norm_groups const& g, norm_gradients const& of) {
  std::int64_t each = 0;
  if (of.input || of.weight) each += 1;
  if (of.input) each += 5 + (of.weighted ? 1 : 0);
  if (of.weight) each += 2;
  auto total = checked_mul(each, g.elements);
  if (g.elements != 0 && of.weight) total -= of.weights;
  return other_work(input.dtype, {.functions = total});
}

operator_work layer_norm_backward(operator_call const& call) {
  auto const& input = dense_at(call, 1);
  auto const shape = integers_at(call, 2);
  auto const mask = integers_at(call, 7, 3);
  return centred(input, trailing_groups(input, shape),
                 {mask[0] != 0, mask[1] != 0, mask[2] != 0, optional_tensor_at(call, 5) != nullptr,
                  checked_product(shape)});
}

operator_work group_norm_backward(operator_call const& call) {
  auto const& input = dense_at(call, 1);
  auto const mask = integers_at(call, 9, 3);
  norm_groups const g{input.elements(),
                      input.elements() == 0 ? 0 : checked_mul(integer_at(call, 5), integer_at(call, 8))};
  return centred(input, g,
                 {mask[0] != 0, mask[1] != 0, mask[2] != 0, optional_tensor_at(call, 4) != nullptr,
                  integer_at(call, 6)});
}

operator_work rms_norm_backward(operator_call const& call) {
  auto const& input = dense_at(call, 1);
  auto const shape = integers_at(call, 2);
  auto const mask = integers_at(call, 5, 2);
  return uncentred(
      input, trailing_groups(input, shape),
      {mask[0] != 0, mask[1] != 0, false, optional_tensor_at(call, 4) != nullptr, checked_product(shape)});
}

/// In training the weight multiplies once for each channel (its product with rstd) and both sums of a
/// channel are the gradients of weight and bias. Outside training the input's gradient is g w rstd.
operator_work batch_norm(tensor_arg const& input, bool weighted, bool training, bool input_gradient,
                         bool weight_gradient, bool bias_gradient) {
  auto const g = channel_groups(input);
  std::int64_t each = 0;
  std::int64_t channel = 0;
  bool const both_sums = training && input_gradient;
  if (both_sums || weight_gradient) {
    each += 4;  // xh (2), g xh and its sum (2)
    channel -= 1;
  }
  if (both_sums || bias_gradient) {
    each += 1;
    channel -= 1;
  }
  if (input_gradient) {
    each += training ? 4 : 1;
    channel += (training ? 2 : 0) + (weighted ? 1 : 0);
  }
  return other_work(
      input.dtype, {.functions = checked_add(checked_mul(each, g.elements), checked_mul(channel, g.groups))});
}

operator_work native_batch_norm(operator_call const& call) {
  auto const mask = integers_at(call, 9, 3);
  return batch_norm(dense_at(call, 1), optional_tensor_at(call, 2) != nullptr, boolean_at(call, 7),
                    mask[0] != 0, mask[1] != 0, mask[2] != 0);
}

/// (input, grad_output, weight, ...): always in training, always all three gradients.
operator_work library_batch_norm(operator_call const& call) {
  return batch_norm(dense_at(call, 0), optional_tensor_at(call, 2) != nullptr, true, true, true, true);
}

}  // namespace

void add_norm_backward_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.counted("native_layer_norm_backward", kind, layer_norm_backward);
  table.counted("native_group_norm_backward", kind, group_norm_backward);
  table.counted("_fused_rms_norm_backward", kind, rms_norm_backward);
  table.counted("native_batch_norm_backward batch_norm_backward", kind, native_batch_norm);
  table.counted("cudnn_batch_norm_backward miopen_batch_norm_backward", kind, library_batch_norm);
}

}  // namespace flopwatch::operator_rules
