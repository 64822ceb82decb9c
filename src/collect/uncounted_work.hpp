// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "collect/launch_row.hpp"

namespace flopwatch::collect {

/// What one context has launched without counters, and that can still run when counting begins again.
/// Thread-safe; takes no lock.
class uncounted_work {
 public:
  void launched(launch_row const& row) noexcept {
    auto const mine = place_of(row);
    std::int64_t first = none;
    if (!place_.compare_exchange_strong(first, mine, std::memory_order_relaxed) && first != mine &&
        first != several) {
      place_.store(several, std::memory_order_relaxed);
    }
    if (row.may_wait && waits_.load(std::memory_order_relaxed) == 0) {
      waits_.store(row.kernel, std::memory_order_relaxed);
    }
  }
  [[nodiscard]] bool any() const noexcept { return place_.load(std::memory_order_relaxed) != none; }
  /// A kernel among it that can wait for what this process launches later, or for another process: who waits
  /// for it can wait for ever. 0: there is none.
  [[nodiscard]] std::int64_t waiting_kernel() const noexcept {
    return waits_.load(std::memory_order_relaxed);
  }
  /// It ends before that launch begins, since all is in one stream.
  [[nodiscard]] bool ends_before(launch_row const& row) const noexcept {
    return place_.load(std::memory_order_relaxed) == place_of(row);
  }
  /// It has ended, or what it may do was said.
  void forget() noexcept {
    place_.store(none, std::memory_order_relaxed);
    waits_.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr std::int64_t none = 0, several = -1;
  /// A stream; of the default ones, which are of one thread, that of a thread.
  static std::int64_t place_of(launch_row const& row) noexcept {
    bool const is_default = row.stream >= 0 && row.stream <= 2;
    return is_default ? (std::int64_t{1} << 62) + row.thread * 4 + row.stream : row.stream;
  }

  std::atomic<std::int64_t> place_{none};
  std::atomic<std::int64_t> waits_{0};  ///< kernel_table's number
};

}  // namespace flopwatch::collect
