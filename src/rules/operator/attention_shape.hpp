// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "flopwatch/operator_rule.hpp"
#include "rules/operator/attention_pairs.hpp"

namespace flopwatch::operator_rules {

/// Sizes of one attention call. Keys and values can have fewer heads than queries (grouped query attention):
/// the query heads count.
struct attention_shape {
  std::int64_t batch = 0;  ///< with the query heads
  std::int64_t queries = 0, keys = 0;
  std::int64_t key_width = 0, value_width = 0;

  [[nodiscard]] std::int64_t pairs() const;  ///< of the full square, over the batch
};

enum class attention_layout : std::uint8_t {
  heads_first,  ///< [batch..., heads, length, width]
  heads_third,  ///< [batch, length, heads, width]
};

/// \throws rule_error if the shapes do not fit each other
[[nodiscard]] attention_shape shape_of_attention(tensor_arg const& query, tensor_arg const& key,
                                                 tensor_arg const& value, attention_layout layout);

/// Top left aligned, as the framework documents `is_causal`.
inline constexpr attention_window causal_window{.right = 0};

}  // namespace flopwatch::operator_rules
