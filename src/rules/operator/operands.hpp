// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>

#include "flopwatch/operator_rule.hpp"

namespace flopwatch::operator_rules {

/// Number and format of the result elements of an elementwise operator.
struct operands {
  std::int64_t elements = 0;  ///< of the broadcast result; stored elements of a sparse operand
  scalar_type dtype = scalar_type::f32;
};

/// Tensors and numbers at `positions`, broadcast and promoted: tensors with dimensions decide the
/// format first, then those without, then numbers, and only a higher kind of number overrules.
/// \throws rule_error if there is no tensor, if shapes do not broadcast, for two sparse operands or
/// a sparse and a dense one, and for an argument that is neither tensor nor number
[[nodiscard]] operands operands_at(operator_call const& call, std::initializer_list<std::size_t> positions);
/// Positions 0 to count - 1.
[[nodiscard]] operands first_operands(operator_call const& call, std::size_t count);

[[nodiscard]] std::vector<std::int64_t> broadcast(std::span<std::int64_t const> a,
                                                  std::span<std::int64_t const> b);

}  // namespace flopwatch::operator_rules
