// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/reduced.hpp"

#include <vector>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"

namespace flopwatch::operator_rules {

std::int64_t reduced::elements() const { return checked_product({rows, length}); }

std::int64_t reduced::sum_adds() const { return length == 0 ? 0 : checked_product({rows, length - 1}); }

reduced reduce(tensor_arg const& t, std::span<std::int64_t const> dims) {
  if (dims.empty()) return reduce_all(t);
  std::vector<std::int64_t> kept = t.sizes;
  std::vector<std::int64_t> gone;
  std::vector<bool> seen(t.sizes.size() + 1, false);
  for (auto const dim : dims) {
    auto const d = wrap_dim(dim, t.sizes.size());
    if (seen[d]) throw rule_error("a dimension is given twice");
    seen[d] = true;
    if (t.sizes.empty()) continue;
    gone.push_back(kept[d]);
    kept[d] = 1;
  }
  return {checked_product(kept), checked_product(gone)};
}

reduced reduce_all(tensor_arg const& t) { return {1, t.elements()}; }

reduced reduce_dim(tensor_arg const& t, std::int64_t dim) { return reduce(t, std::span(&dim, 1)); }

}  // namespace flopwatch::operator_rules
