// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "flopwatch/operator_rule.hpp"

namespace flopwatch::operator_rules {

/// The input of a norm: elements that share one mean are a group.
struct norm_groups {
  std::int64_t elements = 0;
  std::int64_t groups = 0;  ///< 0 for an empty input
};

/// The last dimensions, of the given sizes, are one group. \throws rule_error if they are not the last ones
[[nodiscard]] norm_groups trailing_groups(tensor_arg const& input, std::span<std::int64_t const> normalized);
/// Dimension 1 numbers the groups.
[[nodiscard]] norm_groups channel_groups(tensor_arg const& input);

}  // namespace flopwatch::operator_rules
