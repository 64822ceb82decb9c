// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/norm_groups.hpp"

#include <algorithm>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"

namespace flopwatch::operator_rules {

norm_groups trailing_groups(tensor_arg const& input, std::span<std::int64_t const> normalized) {
  auto const n = normalized.size();
  if (n == 0 || n > input.sizes.size() ||
      !std::equal(normalized.begin(), normalized.end(), input.sizes.end() - static_cast<std::ptrdiff_t>(n))) {
    throw rule_error("the normalized shape is not the end of the input's shape");
  }
  auto const elements = input.elements();
  return {elements,
          elements == 0 ? 0 : checked_product(std::span(input.sizes).first(input.sizes.size() - n))};
}

norm_groups channel_groups(tensor_arg const& input) {
  if (input.rank() < 2) throw rule_error("the input of the norm has no channels");
  auto const elements = input.elements();
  return {elements, elements == 0 ? 0 : input.sizes[1]};
}

}  // namespace flopwatch::operator_rules
