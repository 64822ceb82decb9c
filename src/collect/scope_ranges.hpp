// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "collect/launch_spool.hpp"

namespace flopwatch::collect {

/// Which launches of one context are counted together: those that follow each other in one scope, down to a
/// depth. Holds the ranges of one chunk, and those of earlier chunks with their values in a spool.
///
/// Only the first run of the user's function knows scopes. Later ones repeat its ranges, launch by launch.
/// Not thread-safe.
class scope_ranges {
 public:
  /// \param depth 1: the outermost scopes; deeper scopes belong to the range of the one at that depth
  /// \param values_per_range metrics of the run
  /// \param first the ranges of the first run; null in the first run
  scope_ranges(int depth, std::size_t values_per_range, launch_spool* first);

  /// Whether the launch must not go into the range that is open.
  [[nodiscard]] bool begins(launch_row const& launch);
  /// The ranges of the first run are used up: what is launched now was not counted there either.
  [[nodiscard]] bool used_up() const noexcept { return used_up_; }
  /// Opens the range that `launch` begins.
  /// \returns its name, which lives until `clear`
  char const* open(launch_row const& launch);
  void close() noexcept { is_open_ = false; }
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }
  /// The open range gets one more launch, or loses the last one, which the driver refused.
  void add_launch() noexcept;
  void take_back_launch() noexcept;

  /// From here on the same ranges are opened again, from the first one of the chunk.
  void repeat() noexcept;
  /// Ranges of the chunk.
  [[nodiscard]] std::vector<launch_row> const& rows() const noexcept { return rows_; }
  /// Names are numbers in the chunk, from "0" on.
  [[nodiscard]] std::string const& name(std::size_t range) const { return names_.at(range); }
  /// Launches in the ranges of the chunk.
  [[nodiscard]] std::int64_t launches() const noexcept;
  /// Moves the next one into the spool, with its values. \throws capture_error
  void spool_next(std::span<double const> values);
  /// Ranges of the chunk that are in the spool already.
  [[nodiscard]] std::size_t spooled_rows() const noexcept { return spooled_rows_; }
  /// Forgets the ranges of the chunk.
  void clear() noexcept;

  /// Ranges of all chunks: scope, phase, order, `covers` and values.
  [[nodiscard]] launch_spool& spooled() noexcept { return spool_; }

 private:
  [[nodiscard]] detail::scope_node const* scope_of(launch_row const& launch) const noexcept;

  int depth_;
  launch_spool spool_;
  launch_spool* first_;
  launch_row planned_;  ///< the next range of the first run
  std::vector<launch_row> rows_;
  std::deque<std::string> names_;
  std::int64_t order_ = 0;
  std::size_t spooled_rows_ = 0;
  bool is_open_ = false;
  bool used_up_ = false;
  bool repeats_ = false;
  // In a pass that repeats:
  std::size_t next_ = 0;           ///< in `rows_`, the range to be opened next
  std::int64_t launches_now_ = 0;  ///< of the one that was opened last
};

}  // namespace flopwatch::collect
