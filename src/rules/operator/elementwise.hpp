// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "flopwatch/operator_rule.hpp"

namespace flopwatch::operator_rules {

/// An operator that does the same for every element of its broadcast operands, positions 0 to operands - 1.
struct elementwise_row {
  char const* names = "";  ///< one or more, separated by spaces
  std::uint8_t operands = 1;
  std::uint8_t adds = 0;  ///< adds and subtracts for one element
  std::uint8_t multiplies = 0;
  std::uint8_t functions = 0;  ///< divides, roots, transcendental functions
  bool real_result = false;    ///< integers become reals first, as in sqrt
};

/// \throws rule_error if the operands cannot be counted
[[nodiscard]] operator_work elementwise_work(operator_call const& call, elementwise_row const& row);

}  // namespace flopwatch::operator_rules
