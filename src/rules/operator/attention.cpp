// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/attention_shape.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {
namespace {

/// The arguments of a call besides query, key and value.
struct attention_options {
  attention_layout layout = attention_layout::heads_first;
  std::optional<attention_window> window = std::nullopt;  ///< nullopt: every pair is used
  bool mask_added = false;                                ///< a mask of numbers; a boolean one selects
  bool dropout = false;
};

bool adds_mask(operator_call const& call, std::size_t position) {
  auto const* mask = optional_tensor_at(call, position);
  return mask != nullptr && is_floating(mask->dtype);
}

attention_shape shape_at(operator_call const& call, attention_layout layout) {
  return shape_of_attention(dense_at(call, 0), dense_at(call, 1), dense_at(call, 2), layout);
}

operator_work attention_work(operator_call const& call, attention_options const& o) {
  auto const s = shape_at(call, o.layout);
  auto const pairs = s.pairs();
  auto const width = checked_add(s.key_width, s.value_width);
  other_parts parts;
  // Scaling the scores and the softmax (4K - 1 for each row of K keys), over the full square.
  parts.multiplies = pairs;
  parts.functions =
      pairs == 0 ? 0 : checked_sub(checked_mul(4, pairs), checked_product({s.batch, s.queries}));
  if (o.mask_added) parts.adds = pairs;
  if (o.dropout) parts.multiplies = checked_mul(pairs, 2);
  auto result = product_work(dense_at(call, 0).dtype, checked_product({pairs, width}), parts);
  if (o.window) {
    result.amount.useful_macs =
        checked_product({s.batch, attended_pairs(s.queries, s.keys, *o.window), width});
  }
  return result;
}

bool drops(operator_call const& call, std::size_t position) { return !is_number(call, position, 0); }

std::optional<attention_window> causal_at(operator_call const& call, std::size_t position) {
  return boolean_at(call, position) ? std::optional(causal_window) : std::nullopt;
}

/// For the operators with heads first. mask < 0: no mask argument.
operator_rule_function heads_first(int mask, std::size_t dropout, std::size_t causal) {
  return [=](operator_call const& call) {
    return attention_work(call, {.window = causal_at(call, causal),
                                 .mask_added = mask >= 0 && adds_mask(call, static_cast<std::size_t>(mask)),
                                 .dropout = drops(call, dropout)});
  };
}

/// The CUDA flash kernels align a causal mask bottom right. The "quantized" overloads have three scales
/// before the dropout.
operator_work flash(operator_call const& call) {
  auto const dropout = static_cast<std::size_t>(call.overload.starts_with("quantized") ? 6 : 3);
  auto const s = shape_at(call, attention_layout::heads_first);
  attention_options o{.dropout = drops(call, dropout)};
  if (boolean_at(call, dropout + 1)) o.window = {.shift = checked_sub(s.keys, s.queries), .right = 0};
  return attention_work(call, o);
}

void refuse_lengths(operator_call const& call, std::initializer_list<std::size_t> positions) {
  for (auto const i : positions) {
    if (optional_tensor_at(call, i) != nullptr) {
      throw rule_error("packed sequences: their lengths are values, which rules do not see");
    }
  }
}

/// Newer versions of the framework also take a table of the blocks that hold keys and values.
void refuse_table(operator_call const& call, std::size_t position) {
  if (position < call.args.size() && optional_tensor_at(call, position) != nullptr) {
    throw rule_error(
        "keys and values in blocks: which belong to a sequence are values, which rules do not see");
  }
}

/// A limit below 0 means no limit, like None.
std::optional<std::int64_t> limit_at(operator_call const& call, std::size_t position) {
  auto const n = optional_integer_at(call, position);
  return n && *n >= 0 ? n : std::nullopt;
}

operator_work flash_forward(operator_call const& call) {
  auto const scale = static_cast<std::size_t>(call.overload.starts_with("quantized") ? 13 : 10);
  refuse_lengths(call, {3, 4, scale + 3});
  if (scale == 10) refuse_table(call, 15);
  auto const s = shape_at(call, attention_layout::heads_third);
  attention_options o{.layout = attention_layout::heads_third,
                      .mask_added = optional_tensor_at(call, scale + 4) != nullptr,
                      .dropout = drops(call, 7)};
  attention_window window{.shift = checked_sub(s.keys, s.queries),
                          .left = limit_at(call, scale + 1),
                          .right = limit_at(call, scale + 2)};
  if (boolean_at(call, 8)) window.right = 0;
  if (window.left || window.right) o.window = window;
  return attention_work(call, o);
}

/// custom_mask_type: 0 none, 1 causal from the top left, 2 causal from the bottom right.
operator_work efficient_forward(operator_call const& call) {
  refuse_lengths(call, {4, 5, 12});
  auto const s = shape_at(call, attention_layout::heads_third);
  attention_options o{
      .layout = attention_layout::heads_third, .mask_added = adds_mask(call, 3), .dropout = drops(call, 8)};
  auto const type = integer_at(call, 9);
  auto const width = limit_at(call, 13);
  if (type < 0 || type > 2) throw rule_error("the kind of the attention mask is unknown");
  if (type == 0 && width.value_or(0) > 0) throw rule_error("an attention window without a causal mask");
  if (type != 0) o.window = {.shift = type == 2 ? checked_sub(s.keys, s.queries) : 0, .right = 0};
  if (o.window && width.value_or(0) > 0) o.window->left = *width - 1;
  return attention_work(call, o);
}

/// The result comes first, then what the other form has.
operator_work flash_forward_into(operator_call const& call) {
  if (call.args.empty()) throw rule_error("the call has too few arguments");
  return flash_forward({call.name, call.overload, call.args.subspan(1)});
}

operator_work cudnn_forward(operator_call const& call) {
  refuse_lengths(call, {4, 5});
  if (call.args.size() > 13) refuse_lengths(call, {13});
  refuse_table(call, 14);
  return heads_first(3, 9, 10)(call);
}

}  // namespace

void add_attention_rules(operator_table& table) {
  constexpr auto kind = arithmetic::multiply_add;
  // Composite, but counted here: some of the kernels below it get padded widths.
  table.counted(
      "scaled_dot_product_attention _scaled_dot_product_attention_math "
      "_scaled_dot_product_attention_math_for_mps _scaled_dot_product_fused_attention_overrideable",
      kind, heads_first(3, 4, 5));
  table.counted("_scaled_dot_product_efficient_attention _scaled_dot_product_cudnn_attention", kind,
                heads_first(3, 5, 6));
  table.counted("_scaled_dot_product_flash_attention_for_cpu", kind, heads_first(5, 3, 4));
  table.counted("_scaled_dot_product_flash_attention", kind, flash);
  table.counted("_flash_attention_forward", kind, flash_forward);
  table.counted("_flash_attention_forward_no_dropout_inplace", kind, flash_forward_into);
  // It always takes the lengths of packed sequences.
  table.unsupported("_cudnn_attention_forward_no_dropout_inplace",
                    "packed sequences: their lengths are values, which rules do not see");
  table.counted("_efficient_attention_forward", kind, efficient_forward);
  table.counted("_cudnn_attention_forward", kind, cudnn_forward);
}

}  // namespace flopwatch::operator_rules
