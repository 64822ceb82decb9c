// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace flopwatch::operator_rules {

/// Which keys a query may look at. Query i stands at key i + `shift`.
struct attention_window {
  std::int64_t shift = 0;  ///< 0: top left aligned; keys - queries: bottom right aligned
  std::optional<std::int64_t> left = std::nullopt;   ///< how many keys before its place; nullopt: all of them
  std::optional<std::int64_t> right = std::nullopt;  ///< how many keys behind it; 0 is causal
};

/// Pairs of a query and a key that it looks at. \throws overflow_error
[[nodiscard]] std::int64_t attended_pairs(std::int64_t queries, std::int64_t keys,
                                          attention_window const& window);

}  // namespace flopwatch::operator_rules
