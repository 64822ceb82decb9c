// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/sequence_map.hpp"

#include <algorithm>

namespace flopwatch::detail {

void sequence_map::remember(std::int64_t number, scope_node const* scope) {
  remember_span(number, number, scope);
}

void sequence_map::remember_span(std::int64_t first, std::int64_t last, scope_node const* scope) {
  std::lock_guard const lock(mutex_);
  // Any entry at or above this number is of an earlier peek.
  while (!ranges_.empty() && ranges_.back().first >= first) ranges_.pop_back();
  if (!ranges_.empty() && ranges_.back().last >= first) ranges_.back().last = first - 1;
  if (!ranges_.empty() && ranges_.back().scope == scope && ranges_.back().last == first - 1) {
    ranges_.back().last = last;
    return;
  }
  ranges_.push_back({first, last, scope});
  if (ranges_.size() > max_ranges) ranges_.pop_front();
}

scope_node const* sequence_map::find(std::int64_t number) const {
  std::lock_guard const lock(mutex_);
  auto const after = std::upper_bound(ranges_.begin(), ranges_.end(), number,
                                      [](std::int64_t n, range const& r) { return n < r.first; });
  if (after == ranges_.begin()) return nullptr;
  auto const& r = *std::prev(after);
  return number <= r.last + further_nodes ? r.scope : nullptr;
}

}  // namespace flopwatch::detail
