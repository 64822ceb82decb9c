// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace flopwatch::operator_rules {

/// Which keys a query attends to. Query i is at the position of key i + `shift`.
struct attention_window {
  std::int64_t shift = 0;  ///< 0: top left aligned; keys - queries: bottom right aligned
  std::optional<std::int64_t> left = std::nullopt;   ///< keys before that position; nullopt: all
  std::optional<std::int64_t> right = std::nullopt;  ///< keys after it; 0 is causal
};

/// Pairs of a query and a key that it attends to. \throws overflow_error
[[nodiscard]] std::int64_t attended_pairs(std::int64_t queries, std::int64_t keys,
                                          attention_window const& window);

}  // namespace flopwatch::operator_rules
