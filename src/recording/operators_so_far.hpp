// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "flopwatch/live.hpp"
#include "recording/recording.hpp"

namespace flopwatch::detail {

/// Reads the operator calls of a recording that still runs, from reading to reading. Its threads are held up
/// for microseconds at a time. Belongs to one thread; the recording outlives it.
class operators_so_far {
 public:
  explicit operators_so_far(recording const& running) : running_(running) {}

  /// Calls since the last reading. A thread whose owner does not come out of a rule of the user's in time is
  /// left out until the next one.
  [[nodiscard]] operators_reading read();

 private:
  struct row_calls {
    std::int64_t counted = 0;  ///< or without arithmetic
    std::int64_t unsupported = 0;
    std::int64_t partly = 0;
    friend bool operator==(row_calls const&, row_calls const&) = default;
  };
  struct known_thread {
    std::shared_ptr<thread_record> record;
    std::vector<row_calls> rows;  ///< in the order of the rows
  };
  /// A row that has more calls than at the last reading. What else is read of it does not change once a rule
  /// has answered for it.
  struct changed {
    operator_row const* row = nullptr;
    row_calls more;
  };
  using place = std::tuple<std::string, phase, operator_status, precision>;

  [[nodiscard]] bool look(known_thread& thread, std::size_t from);
  void add(changed const& one);
  void add(operator_row const& row, operator_status status, std::int64_t calls);

  recording const& running_;
  std::vector<known_thread> threads_;
  std::vector<changed> portion_;
  std::map<place, read_operator> found_;
  std::vector<noted_loss> losses_;
  bool overflow_ = false;
};

}  // namespace flopwatch::detail
