// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "collect/launch_rows.hpp"

namespace flopwatch::collect {

/// Decides which launches of one context are counted together: those that follow each other in one scope,
/// down to a depth. Has the ranges of one chunk; those of earlier chunks are in the spool of their rows.
///
/// Only the first run of the user's function has scopes. Later ones repeat its ranges, launch by launch.
/// Not thread-safe.
class scope_ranges {
 public:
  /// \param depth 1: the outermost scopes; deeper scopes belong to the range of the one at that depth
  /// \param rows the ranges: scope, phase, order, `covers`, and their values once they are in the spool
  /// \param first the ranges of the first run; null in the first run
  scope_ranges(int depth, launch_rows& rows, launch_spool* first);

  /// Whether the launch must not go into the range that is open.
  [[nodiscard]] bool begins(launch_row const& launch);
  /// The launch goes into the range that is open, in the first run. Thread-safe while nobody calls another
  /// one.
  [[nodiscard]] bool continues(launch_row const& launch) const noexcept;
  /// The ranges of the first run are used up: it did not count what is launched now.
  [[nodiscard]] bool used_up() const noexcept { return used_up_; }
  /// Opens the range that `launch` begins.
  /// \returns its name, which lives until `clear`
  char const* open(launch_row const& launch);
  void close() noexcept { is_open_ = false; }
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }
  [[nodiscard]] bool is_first_run() const noexcept { return first_ == nullptr; }
  /// Adds launches to the open range, or takes back the last one, which the driver refused.
  void add_launches(std::int64_t launches) noexcept;
  void take_back_launch() noexcept;

  /// From here on the same ranges are opened again, from the first one of the chunk.
  void repeat() noexcept;
  /// Ranges of the chunk.
  [[nodiscard]] std::vector<launch_row> const& rows() const noexcept { return rows_->waiting(); }
  /// Names are numbers in the chunk, from "0" on.
  [[nodiscard]] std::string const& name(std::size_t range) const { return names_.at(range); }
  /// Launches in the ranges of the chunk.
  [[nodiscard]] std::int64_t launches() const noexcept;
  /// Moves the ranges of the chunk into the spool. \param values_of as of launch_rows::spool, whose errors it
  /// throws
  template <class ValuesOf>
  void spool(ValuesOf const& values_of) {
    rows_->spool(values_of);
    clear();
  }
  /// Forgets the ranges of the chunk.
  void clear() noexcept;

 private:
  [[nodiscard]] detail::scope_node const* scope_of(launch_row const& launch) const noexcept;

  int depth_;
  launch_rows* rows_;
  launch_spool* first_;
  launch_row planned_;  ///< the next range of the first run
  std::deque<std::string> names_;
  bool is_open_ = false;
  bool used_up_ = false;
  bool repeats_ = false;
  // In a pass that repeats:
  std::size_t next_ = 0;           ///< in the chunk, the range to be opened next
  std::int64_t launches_now_ = 0;  ///< of the one that was opened last
};

}  // namespace flopwatch::collect
