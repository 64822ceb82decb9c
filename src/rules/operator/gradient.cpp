// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operands.hpp"
#include "rules/operator/operator_table.hpp"

/// \file
/// Gradients of losses and activations that have a kernel of their own.

namespace flopwatch::operator_rules {
namespace {

/// (grad, self, target, ...): `each` for an element, one divide more for a mean by `reduction`, and one
/// multiply for an optional weight.
operator_rule_function of_loss(std::int64_t each, std::size_t reduction, int weight = -1) {
  return [=](operator_call const& call) {
    auto const of = operands_at(call, {1, 2});
    auto flops = each + (integer_at(call, reduction) == 1 ? 1 : 0);
    if (weight >= 0) flops += given(call, static_cast<std::size_t>(weight));
    return other_work(of.dtype, {.functions = checked_mul(of.elements, flops)});
  };
}

/// (grad, alpha, scale, input scale, is_result, self): g a s exp(i x), the branch of negative elements.
operator_work elu_backward(operator_call const& call) {
  auto const of = operands_at(call, {0, 5});
  return other_work(of.dtype, {.functions = checked_mul(of.elements, 4)});
}

/// (self, target, p, margin, weight): max(0, m - x_t + x)^p for each class, their sum and mean.
operator_work multi_margin(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const rows = dense_at(call, 1).elements();
  auto const each = 3 + (is_number(call, 2, 1) ? 0 : 1) + given(call, 4);
  auto const reduced = integer_at(call, 5) == 0 ? rows : checked_mul(rows, 2);
  return other_work(input.dtype, {.functions = checked_add(checked_mul(input.elements(), each), reduced)});
}

/// (grad, self, target, p, margin, weight): the margin again (2), its factors, and the sum for the target's
/// class.
operator_work multi_margin_backward(operator_call const& call) {
  auto const& input = dense_at(call, 1);
  auto const each = 4 + (is_number(call, 3, 1) ? 0 : 2) + given(call, 5);
  return other_work(input.dtype, {.functions = checked_mul(input.elements(), each)});
}

}  // namespace

void add_gradient_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.counted("binary_cross_entropy_backward", kind, of_loss(5, 4, 3));  // g (x - t) / ((1 - x) x)
  table.counted("smooth_l1_loss_backward", kind, of_loss(3, 3));           // g (x - t) / beta
  table.counted("huber_loss_backward", kind, of_loss(2, 3));               // g (x - t)
  table.counted("soft_margin_loss_backward", kind, of_loss(6, 3));         // -g t z / (1 + z), z = exp(-t x)
  table.counted("elu_backward", kind, elu_backward);
  table.counted("multi_margin_loss", kind, multi_margin);
  table.counted("multi_margin_loss_backward", kind, multi_margin_backward);
  table.opened("glu_jvp glu_backward_jvp mvlgamma");
  table.unsupported("multilabel_margin_loss_forward multilabel_margin_loss_backward",
                    "it depends on how many targets each row has, which are values");
}

}  // namespace flopwatch::operator_rules
