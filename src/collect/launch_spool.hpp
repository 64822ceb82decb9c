// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <span>
#include <vector>

#include "collect/anonymous_file.hpp"
#include "collect/launch_row.hpp"
#include "collect/thread_rows.hpp"

namespace flopwatch::collect {

/// Rows with a fixed number of values each, in a file: a million launches must not stay in memory, and their
/// ids in the capture are known only at the end. Rows of threads are read between them, by their order. Not
/// thread-safe, but for `published` and `read_published`.
class launch_spool {
 public:
  /// \throws capture_error when no temporary file can be made
  explicit launch_spool(std::size_t values_per_row);

  [[nodiscard]] std::size_t values_per_row() const noexcept { return values_per_row_; }
  [[nodiscard]] std::int64_t size() const noexcept;

  /// `values`: as many as the spool was made for; NaN where a value was not collected.
  /// \throws capture_error when the disk is full; then the row is not in the spool, and the others are whole
  void append(launch_row const& row, std::span<double const> values);

  /// What was appended may be read by others. Where the disk is full they wait. Never throws.
  void publish() noexcept;
  /// Rows for `read_published`, those of threads apart.
  [[nodiscard]] std::int64_t published() const noexcept { return published_.load(std::memory_order_acquire); }
  /// Calls `take(launch_row const&, std::span<double const>)` for rows from number `from` on, `most` at most,
  /// until it returns false. \returns the number of rows taken \throws capture_error
  template <class Take>
  std::int64_t read_published(std::int64_t from, std::int64_t most, Take const& take) const {
    auto const bytes_each = sizeof(launch_row) + values_per_row_ * sizeof(double);
    auto const count = std::min(most, published() - from);
    if (count <= 0) return 0;
    std::vector<unsigned char> all(bytes_each * static_cast<std::size_t>(count));
    file_.read_at(from * static_cast<std::int64_t>(bytes_each), all.data(), all.size());
    launch_row row;
    std::vector<double> values(values_per_row_);
    for (std::int64_t i = 0; i < count; ++i) {
      auto const* const at = all.data() + bytes_each * static_cast<std::size_t>(i);
      std::memcpy(&row, at, sizeof row);
      if (!values.empty()) std::memcpy(values.data(), at + sizeof row, values.size() * sizeof(double));
      if (!take(row, std::span<double const>(values))) return i;
    }
    return count;
  }

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
  std::atomic<std::int64_t> published_{0};
  std::int64_t position_ = 0;
  std::deque<thread_rows> threads_;
  std::vector<head> heads_;  ///< of the sources that have more
  std::vector<double> own_values_;
  std::vector<unsigned char> record_;  ///< a row and its values
};

}  // namespace flopwatch::collect
