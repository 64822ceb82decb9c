// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

/// \file
/// Fused optimizer steps. Work that is done once for a whole tensor (the bias corrections of Adam) is not
/// counted.

namespace flopwatch::operator_rules {
namespace {

operator_work per_element(operator_call const& call, std::int64_t flops) {
  operator_work sum;
  bool first = true;
  for (auto const& t : tensors_at(call, 0)) {
    if (!t.defined) throw rule_error("a parameter is undefined");
    sum.amount.other_flops =
        checked_add(sum.amount.other_flops, other_flops(t.dtype, {.adds = checked_mul(t.elements(), flops)}));
    auto const p = precision_of(t.dtype);
    sum.precision = first || sum.precision == p ? p : precision::unknown;
    first = false;
  }
  return sum;
}

std::int64_t if_given(operator_call const& call, std::size_t tensor) {
  return optional_tensor_at(call, tensor) != nullptr ? 1 : 0;
}

std::int64_t unless_zero(operator_call const& call, std::size_t position, std::int64_t flops) {
  auto const n = number_at(call, position);
  if (!n) throw rule_error("argument " + std::to_string(position) + " is not a number");
  return *n == 0 ? 0 : flops;
}

/// m += (1 - b1)(g - m): 3; v = b2 v + (1 - b2) g g: 4; sqrt(v) / c + eps: 3; p -= s m / d: 3.
operator_work adam(operator_call const& call, std::int64_t decay_flops) {
  return per_element(call, 13 + unless_zero(call, 9, decay_flops) + if_given(call, 13));
}

/// b = momentum b + (1 - dampening) g, a copy at the first step; nesterov g += momentum b; p -= lr g.
operator_work sgd(operator_call const& call) {
  auto flops = 2 + unless_zero(call, 3, 2) + if_given(call, 10);
  if (!is_number(call, 4, 0)) {
    if (!boolean_at(call, 9)) flops += 2 + unless_zero(call, 6, 1);
    if (boolean_at(call, 7)) flops += 2;
  }
  return per_element(call, flops);
}

/// s += g g: 2; sqrt(s) + eps: 2; p -= lr g / d: 3.
operator_work adagrad(operator_call const& call) {
  return per_element(call, 7 + unless_zero(call, 6, 2) + if_given(call, 9));
}

}  // namespace

void add_optimizer_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.counted("_fused_adam", kind,
                [](operator_call const& call) { return adam(call, 2); });  // g += decay p
  table.counted("_fused_adamw", kind,
                [](operator_call const& call) { return adam(call, 1); });  // p *= 1 - lr decay
  table.counted("_fused_sgd", kind, sgd);
  table.counted("_fused_adagrad", kind, adagrad);
}

}  // namespace flopwatch::operator_rules
