// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"
#include "rules/operator/reduced.hpp"

namespace flopwatch::operator_rules {
namespace {

/// `per_element` for each element and `per_row` for each row along the dimension at position 1 or later.
operator_rule_function along_dim(std::size_t tensor, std::size_t dim, std::int64_t per_element,
                                 std::int64_t per_row) {
  return [=](operator_call const& call) {
    auto const& t = dense_at(call, tensor);
    auto const along = optional_integer_at(call, dim).value_or(-1);
    auto const size = reduce_dim(t, along);
    auto const rows = size.length == 0 ? 0 : checked_mul(size.rows, per_row);
    return other_work(t.dtype, {.functions = checked_add(checked_mul(per_element, size.elements()), rows)});
  };
}

}  // namespace

void add_softmax_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  // A row of n: subtract the maximum, exponential, sum (n - 1), divide.
  table.counted("_softmax softmax special_softmax _safe_softmax", kind, along_dim(0, 1, 4, -1));
  table.counted("_masked_softmax", kind, along_dim(0, 2, 4, -1));
  // Subtract the maximum, exponential, sum (n - 1), logarithm, subtract.
  table.counted("_log_softmax log_softmax special_log_softmax", kind, along_dim(0, 1, 4, 0));
  // y (g - sum(g y)), and g - exp(y) sum(g).
  table.counted("_softmax_backward_data _log_softmax_backward_data", kind, along_dim(0, 2, 4, -1));
  table.counted("_masked_softmax_backward", kind, along_dim(0, 3, 4, -1));
}

}  // namespace flopwatch::operator_rules
