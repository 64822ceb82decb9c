// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "collect/anonymous_file.hpp"
#include "collect/launch_row.hpp"
#include "flopwatch/diagnostics.hpp"

namespace flopwatch::collect {

/// Launches of one thread in one context that have no counters of their own, in the order of their numbers.
/// Only its thread adds to it, without a lock; others read it after the run, and `read_so_far` meanwhile. The
/// last rows are in memory, a file takes them when they are many.
class thread_rows {
 public:
  /// \param thread whose; only compared \throws std::bad_alloc
  explicit thread_rows(void const* thread);
  [[nodiscard]] void const* thread() const noexcept { return thread_; }

  /// \throws capture_error when the file cannot be written: the row is kept, those before it in memory are
  /// lost
  void add(launch_row const& row);
  /// Rows that `add` has lost since the last call.
  [[nodiscard]] std::int64_t take_lost() noexcept { return std::exchange(lost_, 0); }

  /// Why launches got no counters.
  struct cause {
    loss_kind const* why = nullptr;
    std::int64_t launches = 0;
    std::int64_t kernel = 0;  ///< of the first one: kernel_table's number
  };
  void left_out(loss_kind const& why, std::int64_t kernel) noexcept;
  /// The causes so far, which it forgets.
  [[nodiscard]] std::array<cause, 3> take_causes() noexcept;

  [[nodiscard]] std::int64_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  /// How far another thread has read.
  struct position {
    std::int64_t row = 0;
    std::uint32_t loss = 0;
  };
  /// The row at `at`, while its thread adds others; moves `at`. \returns false after the last one that there
  /// is \throws capture_error
  bool read_so_far(position& at, launch_row& row) const;
  /// Starts reading at the first row. \throws capture_error
  void rewind();
  /// The next row. \returns false after the last one. \throws capture_error
  bool read(launch_row& row);

 private:
  static_assert(sizeof(launch_row) % sizeof(std::uint64_t) == 0);
  /// Words, so that another thread may read a row that is being replaced: it sees that, and drops it.
  using slot = std::array<std::atomic<std::uint64_t>, sizeof(launch_row) / sizeof(std::uint64_t)>;
  [[nodiscard]] launch_row in_memory(std::int64_t number) const noexcept;
  void put(launch_row const& row) noexcept;
  [[nodiscard]] std::int64_t waiting() const noexcept {
    return size_.load(std::memory_order_relaxed) - in_file_.load(std::memory_order_relaxed);
  }

  void const* thread_;
  std::vector<slot> slots_;  ///< of the rows behind those of the file, from the first slot on
  std::optional<anonymous_file> file_;
  std::atomic<std::int64_t> in_file_{0};  ///< rows
  std::atomic<std::int64_t> size_{0};     ///< rows of file and memory
  std::atomic<std::uint32_t> losses_{0};  ///< times that rows were lost: numbers are given again
  std::int64_t position_ = 0;
  std::int64_t lost_ = 0;
  std::array<cause, 3> causes_;
};

}  // namespace flopwatch::collect
