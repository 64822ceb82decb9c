// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operands.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

/// reduction: 0 none, 1 mean (n - 1 adds and a divide), 2 sum.
std::int64_t reduction_flops(operator_call const& call, std::size_t position, std::int64_t n) {
  auto const reduction = integer_at(call, position);
  if (reduction < 0 || reduction > 2) throw rule_error("the reduction of the loss is unknown");
  if (reduction == 0 || n == 0) return 0;
  return reduction == 1 ? n : n - 1;
}

operator_work loss(operator_call const& call, std::int64_t per_element, std::size_t reduction) {
  auto const of = operands_at(call, {0, 1});
  return other_work(of.dtype, {.functions = checked_add(checked_mul(of.elements, per_element),
                                                        reduction_flops(call, reduction, of.elements))});
}

operator_rule_function pointwise(std::int64_t per_element) {
  return [per_element](operator_call const& call) { return loss(call, per_element, 2); };
}

/// t log(x) + (1 - t) log(1 - x): two logarithms (log1p takes 1 - x), a difference, two products, a sum.
operator_work cross_entropy(operator_call const& call) { return loss(call, 6 + given(call, 2), 3); }

/// (1 - t) x - logsigmoid(x): difference, product, 3, difference; a positive weight adds
/// ((w - 1) t + 1) times the logsigmoid.
operator_work cross_entropy_with_logits(operator_call const& call) {
  return loss(call, 6 + given(call, 2) + 4 * given(call, 3), 4);
}

/// The negated sum of the picked elements; with weights also their products and the sum of the weights.
/// Ignored targets count like others: rules do not see values.
operator_work negative_log_likelihood(operator_call const& call) {
  auto const& input = dense_at(call, 0);
  auto const rows = dense_at(call, 1).elements();
  auto const reduced = reduction_flops(call, 3, rows);
  std::int64_t weighted = 0;
  if (given(call, 2) != 0) weighted = checked_add(rows, reduced == 0 ? 0 : rows - 1);
  return other_work(input.dtype, {.functions = checked_add(reduced, weighted)});
}

operator_work negative_log_likelihood_backward(operator_call const& call) {
  auto const rows = dense_at(call, 2).elements();
  std::int64_t const divide = integer_at(call, 4) == 1 ? 1 : 0;
  return other_work(dense_at(call, 1).dtype,
                    {.functions = checked_add(divide, given(call, 3) != 0 ? rows : 0)});
}

/// 2 / n (x - t) g
operator_work squared_error_backward(operator_call const& call) {
  auto const of = operands_at(call, {1, 2});
  return other_work(of.dtype, {.functions = checked_mul(of.elements, 3)});
}

}  // namespace

void add_loss_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.counted("mse_loss", kind, pointwise(2));          // d d
  table.counted("smooth_l1_loss", kind, pointwise(4));    // d d / 2 / beta, the longer branch
  table.counted("huber_loss", kind, pointwise(3));        // d d / 2; delta (|d| - delta / 2) is as long
  table.counted("soft_margin_loss", kind, pointwise(3));  // log1p(exp(-t x))
  table.counted("binary_cross_entropy", kind, cross_entropy);
  table.counted("binary_cross_entropy_with_logits", kind, cross_entropy_with_logits);
  table.counted("nll_loss_forward nll_loss2d_forward", kind, negative_log_likelihood);
  table.counted("nll_loss_backward nll_loss2d_backward", kind, negative_log_likelihood_backward);
  table.counted("mse_loss_backward", kind, squared_error_backward);
}

}  // namespace flopwatch::operator_rules
