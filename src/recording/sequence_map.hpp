// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

namespace flopwatch::detail {

struct scope_node;

/// Which scope made the autograd node with a given sequence number, for the forward calls of one
/// thread. Written by that thread, read by the threads that run backward.
///
/// Forwards that are never differentiated leave their numbers here, so the map is bounded: runs of
/// numbers from one scope share an entry, and the oldest entries go first.
class sequence_map {
 public:
  static constexpr std::size_t max_ranges = std::size_t{1} << 16U;
  /// Writing into a view makes nodes of the operator, the tensor and the view; four in all are the most seen.
  static constexpr std::int64_t further_nodes = 3;

  /// Numbers come in rising order; the same number again replaces its scope (an operator that makes no
  /// node only peeks at the number that the next one takes).
  void remember(std::int64_t number, scope_node const* scope);
  /// All numbers from `first` to `last` are of `scope`: nodes whose calls tell no number (a C++ autograd
  /// function) are known by the scope that was open while they were made. Numbers come in rising order.
  void remember_span(std::int64_t first, std::int64_t last, scope_node const* scope);
  /// The numbers after a call's own, if no later call has them, are of that call too. Null when the number is
  /// not known (any more).
  [[nodiscard]] scope_node const* find(std::int64_t number) const;

 private:
  struct range {
    std::int64_t first;
    std::int64_t last;
    scope_node const* scope;
  };
  mutable std::mutex mutex_;
  std::deque<range> ranges_;
};

}  // namespace flopwatch::detail
