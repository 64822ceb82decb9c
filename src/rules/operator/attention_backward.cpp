// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/attention_shape.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

/// Positions in the schema; query, key and value follow the gradient.
struct backward_positions {
  attention_layout layout = attention_layout::heads_first;
  std::size_t dropout = 0;
  std::size_t causal = 0;
  int lengths = -1;           ///< cumulative lengths of packed sequences
  bool bottom_right = false;  ///< how a causal mask is aligned
};

/// Five products for each pair: the scores once more and the gradients of query and key in the width
/// of the keys, the gradients of the weights and of the values in the width of the values.
operator_work backward(operator_call const& call, backward_positions const& at) {
  auto const s = shape_of_attention(dense_at(call, 1), dense_at(call, 2), dense_at(call, 3), at.layout);
  if (at.lengths >= 0 && optional_tensor_at(call, static_cast<std::size_t>(at.lengths)) != nullptr) {
    throw rule_error("packed sequences: their lengths are values, which rules do not see");
  }
  auto const pairs = s.pairs();
  auto const width = checked_add(checked_mul(3, s.key_width), checked_mul(2, s.value_width));
  auto const rows = checked_product({s.batch, s.queries});
  other_parts parts;
  // A pair: scale, subtract, exponential; subtract, multiply; scale. A row: the dot of gradient and output.
  parts.functions = checked_mul(is_number(call, at.dropout, 0) ? 6 : 7, pairs);
  if (s.value_width != 0) parts.adds = checked_product({rows, checked_sub(checked_mul(2, s.value_width), 1)});
  auto result = product_work(dense_at(call, 1).dtype, checked_product({pairs, width}), parts);
  auto const& flag = argument_at(call, at.causal);
  // Only _efficient_attention_backward has a number here, in which 2 means bottom right.
  auto const* type = std::get_if<std::int64_t>(&flag);
  if (type != nullptr && (*type < 0 || *type > 2))
    throw rule_error("the kind of the attention mask is unknown");
  bool const causal = type != nullptr ? *type != 0 : boolean_at(call, at.causal);
  if (causal) {
    bool const bottom_right = at.bottom_right || (type != nullptr && *type == 2);
    attention_window const window{.shift = bottom_right ? checked_sub(s.keys, s.queries) : 0, .right = 0};
    result.amount.useful_macs = checked_product({s.batch, attended_pairs(s.queries, s.keys, window), width});
  }
  return result;
}

/// Attention windows are refused.
operator_work flash_backward(operator_call const& call) {
  for (std::size_t const limit : {15U, 16U}) {
    if (optional_integer_at(call, limit).value_or(-1) >= 0)
      throw rule_error("the backward pass has an attention window, which the rule cannot count");
  }
  return backward(call, {.layout = attention_layout::heads_third,
                         .dropout = 10,
                         .causal = 11,
                         .lengths = 6,
                         .bottom_right = true});
}

operator_rule_function at(backward_positions const& positions) {
  return [positions](operator_call const& call) { return backward(call, positions); };
}

}  // namespace

void add_attention_backward_rules(operator_table& table) {
  constexpr auto kind = arithmetic::multiply_add;
  table.counted("_scaled_dot_product_flash_attention_backward", kind,
                at({.dropout = 10, .causal = 11, .bottom_right = true}));
  table.counted("_scaled_dot_product_flash_attention_for_cpu_backward", kind,
                at({.dropout = 6, .causal = 7}));
  table.counted("_scaled_dot_product_efficient_attention_backward", kind, at({.dropout = 9, .causal = 11}));
  table.counted("_scaled_dot_product_cudnn_attention_backward", kind, at({.dropout = 13, .causal = 14}));
  table.counted("_cudnn_attention_backward", kind, at({.dropout = 13, .causal = 14, .lengths = 9}));
  table.counted("_scaled_dot_product_fused_attention_overrideable_backward", kind,
                at({.dropout = 12, .causal = 13}));
  table.counted("_flash_attention_backward", kind, flash_backward);
  table.counted("_efficient_attention_backward", kind,
                at({.layout = attention_layout::heads_third, .dropout = 11, .causal = 14, .lengths = 6}));
}

}  // namespace flopwatch::operator_rules
