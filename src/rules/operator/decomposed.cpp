// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/decomposed.hpp"

#include <algorithm>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"

namespace flopwatch::operator_rules {

operator_work decomposed_product(operator_call const& call) {
  auto const& a = dense_at(call, 0);
  auto const& b = dense_at(call, 1);
  std::int64_t elements = 1;
  for (std::size_t i = 1; i <= std::max(a.sizes.size(), b.sizes.size()); ++i) {
    auto const of_a = i <= a.sizes.size() ? a.sizes[a.sizes.size() - i] : 1;
    auto const of_b = i <= b.sizes.size() ? b.sizes[b.sizes.size() - i] : 1;
    if (of_a != of_b && of_a != 1 && of_b != 1) throw rule_error("the factors of the product do not fit");
    elements = checked_mul(elements, of_a == 1 ? of_b : of_a);
  }
  return product_work(a.dtype, elements);
}

}  // namespace flopwatch::operator_rules
