// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/attention_shape.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

// flex_attention is no operator of the dispatcher but of the compiler's graphs. Its calls are recorded with
// query, key, value, and the pairs of one head of one sample that its block mask keeps, summed over the
// samples and heads (None where the mask's blocks were not read). The user's functions of the scores are not
// in these rules.

namespace flopwatch::operator_rules {
namespace {

operator_work attention(operator_call const& call, std::int64_t key_widths, std::int64_t value_widths) {
  auto const s = shape_of_attention(dense_at(call, 0), dense_at(call, 1), dense_at(call, 2),
                                    attention_layout::heads_first);
  auto const width =
      checked_add(checked_mul(key_widths, s.key_width), checked_mul(value_widths, s.value_width));
  auto const pairs = s.pairs();
  other_parts parts;
  // As for the other kinds of attention: scale and softmax, or their gradients, over the full square.
  auto const rows = checked_product({s.batch, s.queries});
  if (key_widths == 1) {
    parts.multiplies = pairs;
    parts.functions = pairs == 0 ? 0 : checked_sub(checked_mul(4, pairs), rows);
  } else {
    parts.functions = checked_mul(6, pairs);
    if (s.value_width != 0)
      parts.adds = checked_product({rows, checked_sub(checked_mul(2, s.value_width), 1)});
  }
  auto result = product_work(dense_at(call, 0).dtype, checked_product({pairs, width}), parts);
  if (auto const kept = optional_integer_at(call, 3); kept) {
    if (*kept < 0 || *kept > pairs) throw rule_error("the block mask keeps more than there is");
    result.amount.useful_macs = checked_mul(*kept, width);
  }
  return result;
}

}  // namespace

void add_flex_attention_rules(operator_table& table) {
  constexpr auto kind = arithmetic::multiply_add;
  table.counted("higher_order::flex_attention", kind,
                [](operator_call const& call) { return attention(call, 1, 1); });
  // Five products, as in the backward pass of the other kinds.
  table.counted("higher_order::flex_attention_backward", kind,
                [](operator_call const& call) { return attention(call, 3, 2); });
}

}  // namespace flopwatch::operator_rules
