// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/accumulation.hpp"

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"

namespace flopwatch::operator_rules {

other_parts accumulation(operator_call const& call, std::size_t beta, std::size_t alpha,
                         std::int64_t elements) {
  if (argument_at(call, beta).index() == 0 || argument_at(call, alpha).index() == 0) {
    throw rule_error("alpha or beta is None");
  }
  other_parts parts;
  if (!is_number(call, beta, 0)) parts.adds = elements;
  if (!is_number(call, beta, 0) && !is_number(call, beta, 1)) parts.multiplies = elements;
  if (!is_number(call, alpha, 1)) parts.multiplies = checked_add(parts.multiplies, elements);
  return parts;
}

}  // namespace flopwatch::operator_rules
