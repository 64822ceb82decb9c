// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/operator_table.hpp"
#include "rules/operator/quantized.hpp"

/// \file
/// Embedding tables whose rows have a scale and a bias each: an element is a multiply and an add.

namespace flopwatch::operator_rules {
namespace {

constexpr std::int64_t element_flops = 2;

/// Elements of a row. A table of bytes ends each row with scale and bias: 8 bytes with 8 bits for an element,
/// else 4; `per_byte` elements are in a byte.
std::int64_t width_at(operator_call const& call, std::int64_t per_byte) {
  auto const& a = argument_at(call, 0);
  if (auto const* packed = std::get_if<packed_arg>(&a); packed != nullptr) {
    if (packed->tensors.empty() || packed->tensors.front().rank() != 2)
      throw rule_error("the table is unknown");
    return packed->tensors.front().sizes[1];
  }
  auto const& table = dense_at(call, 0);
  auto const bytes = checked_sub(size_of(table, -1), per_byte == 1 ? 8 : 4);
  if (bytes < 0) throw rule_error("the rows of the table are too short");
  return checked_mul(bytes, per_byte);
}

operator_work embedding(operator_call const& call) {
  auto const picked = checked_mul(dense_at(call, 1).elements(), width_at(call, 1));
  return real_work(checked_mul(picked, element_flops));
}

/// Each picked element is added, and multiplied before where the argument 6 has weights.
operator_rule_function bag(std::int64_t per_byte) {
  return [per_byte](operator_call const& call) {
    auto const picked = checked_mul(dense_at(call, 1).elements(), width_at(call, per_byte));
    return real_work(checked_mul(picked, element_flops + 1 + given(call, 6)));
  };
}

operator_work pack(operator_call const& call) {
  return real_work(checked_mul(dense_at(call, 0).elements(), element_flops));
}

operator_rule_function unpack(std::int64_t per_byte) {
  return [per_byte](operator_call const& call) {
    auto const& table = dense_at(call, 0);
    auto const bytes = size_of(table, -1);
    auto const rows = bytes == 0 ? 0 : table.elements() / bytes;
    return real_work(checked_product({rows, width_at(call, per_byte), element_flops}));
  };
}

}  // namespace

void add_quantized_embedding_rules(operator_table& table) {
  constexpr auto kind = arithmetic::other;
  table.counted("quantized::embedding_byte quantized::embedding_4bit", kind, embedding);
  table.counted("quantized::embedding_bag_byte quantized::embedding_bag_byte_rowwise_offsets", kind, bag(1));
  table.counted("quantized::embedding_bag_4bit quantized::embedding_bag_4bit_rowwise_offsets", kind, bag(2));
  table.counted("quantized::embedding_bag_2bit_rowwise_offsets", kind, bag(4));
  table.counted(
      "quantized::embedding_bag_byte_prepack quantized::embedding_bag_byte_prepack_with_rowwise_min_max "
      "quantized::embedding_bag_4bit_prepack quantized::embedding_bag_4bit_prepack_with_rowwise_min_max "
      "quantized::embedding_bag_2bit_prepack quantized::embedding_bag_2bit_prepack_with_rowwise_min_max",
      kind, pack);
  table.counted("quantized::embedding_bag_byte_unpack", kind, unpack(1));
  table.counted("quantized::embedding_bag_4bit_unpack", kind, unpack(2));
  table.counted("quantized::embedding_bag_2bit_unpack", kind, unpack(4));
  table.no_arithmetic("quantized::embedding_bag_prepack quantized::embedding_bag_unpack");
}

}  // namespace flopwatch::operator_rules
