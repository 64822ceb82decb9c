// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/probes/range_search.hpp"

#include <algorithm>

namespace gpu_probes {
namespace {

/// Tries numbers as long as there is time.
class trial {
 public:
  explicit trial(range_search const& s) : search_(&s) {}

  [[nodiscard]] bool has_time_for(std::size_t ranges) const {
    auto const grown =
        slowest_ == 0 ? 1 : std::max(1.0, static_cast<double>(ranges) / static_cast<double>(slowest_));
    return search_->now_s() + grown * slowest_s_ < search_->limit_s;
  }
  void make(std::size_t ranges, range_limit& found) {
    auto const start = search_->now_s();
    (search_->is_accepted(ranges) ? found.accepted : found.refused) = ranges;
    auto const took_s = search_->now_s() - start;
    if (took_s < slowest_s_) return;
    slowest_s_ = took_s;
    slowest_ = ranges;
  }

 private:
  range_search const* search_;
  double slowest_s_ = 0;
  std::size_t slowest_ = 0;
};

/// 0: nothing is left.
std::size_t next_to_try(range_search const& s, range_limit const& found) {
  if (found.accepted == 0 && found.refused == 0) return s.first;
  if (found.refused == 0) return found.accepted < s.last ? std::min(2 * found.accepted, s.last) : 0;
  return found.refused > found.accepted + 1 ? found.accepted + (found.refused - found.accepted) / 2 : 0;
}

}  // namespace

range_limit largest_accepted(range_search const& s) {
  range_limit found;
  trial attempts(s);
  for (auto ranges = next_to_try(s, found); ranges != 0; ranges = next_to_try(s, found)) {
    if (!attempts.has_time_for(ranges)) return found;
    attempts.make(ranges, found);
  }
  found.complete = true;
  return found;
}

}  // namespace gpu_probes
