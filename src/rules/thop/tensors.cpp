// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/thop/tensors.hpp"

#include <string>

namespace flopwatch::thop {

shape const& first_input(module_call const& call) {
  if (call.inputs.empty()) throw rule_error("the call has no tensor among its arguments");
  return call.inputs.front();
}

shape const& first_output(module_call const& call) {
  if (call.outputs.empty()) throw rule_error("the call returned no tensor");
  return call.outputs.front();
}

std::int64_t size_of(shape const& s, std::int64_t dim) {
  auto const rank = static_cast<std::int64_t>(s.size());
  if (dim < -rank || dim >= rank) {
    throw rule_error("the rule reads dimension " + std::to_string(dim) + " of a tensor that has " +
                     std::to_string(rank));
  }
  auto const size = s[static_cast<std::size_t>(dim < 0 ? dim + rank : dim)];
  if (size == module_call::ragged) {
    throw rule_error("the rule reads dimension " + std::to_string(dim) +
                     " of a nested tensor, which has no one size there");
  }
  return size;
}

}  // namespace flopwatch::thop
