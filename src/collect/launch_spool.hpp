// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "collect/anonymous_file.hpp"
#include "recording/thread_record.hpp"

namespace flopwatch::collect {

/// One launch while the recording runs: what the launching thread knew. Pointers are into the recording.
struct launch_row {
  detail::scope_node const* scope = nullptr;            ///< null: no recording saw the launching thread
  detail::operator_row const* operator_call = nullptr;  ///< null: outside the dispatcher
  std::int64_t kernel = 0;                              ///< kernel_table's number
  std::int64_t order = 0;                               ///< in its context
  std::int64_t stream = 0, thread = 0;
  std::array<std::uint32_t, 3> grid{1, 1, 1}, block{1, 1, 1};
  std::int64_t covers = 1;  ///< 0: counted in a scope range; of a scope range (kernel 0): its launches
  phase in_phase = phase::forward;
  bool measurable = true;  ///< false: CUPTI gives such a launch no range
  bool waits = false;      ///< one of the `waiting_kernels`
};

/// Rows with a fixed number of values each, in a file: a million launches must not stay in memory, and their
/// ids in the capture are known only at the end. Not thread-safe.
class launch_spool {
 public:
  /// \throws capture_error when no temporary file can be made
  explicit launch_spool(std::size_t values_per_row);

  [[nodiscard]] std::size_t values_per_row() const noexcept { return values_per_row_; }
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }

  /// `values`: as many as the spool was made for; NaN where a value was not collected.
  /// \throws capture_error when the disk is full
  void append(launch_row const& row, std::span<double const> values);

  /// Starts reading at the first row. \throws capture_error
  void rewind();
  /// The next row. \returns false after the last one. \throws capture_error
  bool read(launch_row& row, std::vector<double>& values);

 private:
  anonymous_file file_;
  std::size_t values_per_row_;
  std::int64_t size_ = 0;
  std::int64_t position_ = 0;
};

}  // namespace flopwatch::collect
