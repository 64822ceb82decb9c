// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/region_calls.hpp"

namespace flopwatch::detail {

region_rows::rows const* region_rows::find(std::uint64_t region, scope_node const* scope,
                                           phase in_phase) const {
  auto const found = known_.find({region, scope, in_phase});
  return found == known_.end() ? nullptr : &found->second;
}

region_rows::rows& region_rows::add(std::uint64_t region, scope_node const* scope, phase in_phase) {
  return known_[{region, scope, in_phase}];
}

}  // namespace flopwatch::detail
