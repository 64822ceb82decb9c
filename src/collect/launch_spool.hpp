// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "collect/anonymous_file.hpp"
#include "collect/launch_row.hpp"
#include "collect/thread_rows.hpp"

namespace flopwatch::collect {

/// Rows with a fixed number of values each, in a file: a million launches must not stay in memory, and their
/// ids in the capture are known only at the end. Rows of threads are read between them, by their order. Not
/// thread-safe.
class launch_spool {
 public:
  /// \throws capture_error when no temporary file can be made
  explicit launch_spool(std::size_t values_per_row);

  [[nodiscard]] std::size_t values_per_row() const noexcept { return values_per_row_; }
  [[nodiscard]] std::int64_t size() const noexcept;

  /// `values`: as many as the spool was made for; NaN where a value was not collected.
  /// \throws capture_error when the disk is full
  void append(launch_row const& row, std::span<double const> values);

  /// Rows without values, which one thread adds; those that there are, or new ones. They live as long as the
  /// spool. \throws std::bad_alloc
  [[nodiscard]] thread_rows& of_thread(void const* thread);
  /// Those of all threads.
  [[nodiscard]] std::deque<thread_rows>& threads() noexcept { return threads_; }

  /// Starts reading at the first row. \throws capture_error
  void rewind();
  /// The next row, in the order of their numbers. \returns false after the last one. \throws capture_error
  bool read(launch_row& row, std::vector<double>& values);

 private:
  /// The row that a source gives next.
  struct head {
    thread_rows* source = nullptr;  ///< null: the file
    launch_row row;
  };
  bool read_own(launch_row& row, std::vector<double>& values);

  anonymous_file file_;
  std::size_t values_per_row_;
  std::int64_t size_ = 0;  ///< rows of the file
  std::int64_t position_ = 0;
  std::deque<thread_rows> threads_;
  std::vector<head> heads_;  ///< of the sources that have more
  std::vector<double> own_values_;
};

}  // namespace flopwatch::collect
