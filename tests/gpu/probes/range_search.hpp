// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

namespace gpu_probes {

/// What a search for the largest accepted number of ranges came to.
struct range_limit {
  std::size_t accepted = 0;  ///< the largest; 0: none was
  std::size_t refused = 0;   ///< the smallest; 0: none was
  bool complete = false;     ///< nothing between them is left to try, or the last number was accepted
};

struct range_search {
  std::size_t first = 0, last = 0;  ///< numbers to begin with, and never to go beyond
  double limit_s = 0;
  std::function<double()> now_s;                 ///< since the limit began to run; never goes back
  std::function<bool(std::size_t)> is_accepted;  ///< tries a number
};

/// Doubles the number until one is refused, and halves the rest. Nothing is tried that would not end within
/// the limit if it took as long for each range as the slowest so far.
[[nodiscard]] range_limit largest_accepted(range_search const& s);

}  // namespace gpu_probes
