// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "collect/launch_spool.hpp"

namespace flopwatch::collect {

/// The launches of one context, or its scope ranges, in order: the last ones wait in memory for their values,
/// the others are in a spool. Not thread-safe, but for `take_order`.
class launch_rows {
 public:
  /// \throws capture_error when no temporary file can be made
  explicit launch_rows(std::size_t values_per_row) : spool_(values_per_row) {}

  [[nodiscard]] std::vector<launch_row> const& waiting() const noexcept { return waiting_; }
  /// The last one that waits.
  [[nodiscard]] launch_row& last() noexcept { return waiting_.back(); }
  /// Number of the next row in its context.
  [[nodiscard]] std::int64_t next_order() const noexcept {
    return next_order_.load(std::memory_order_relaxed);
  }
  /// The same, for a row that goes to a `thread_rows` of the spool.
  [[nodiscard]] std::int64_t take_order() noexcept {
    return next_order_.fetch_add(1, std::memory_order_relaxed);
  }
  void reserve(std::size_t rows) { waiting_.reserve(rows); }
  /// Adds a row, and sets its `order`.
  void push(launch_row row);
  /// Takes the last row back. Nobody has taken an order since.
  void pop() noexcept;

  /// Moves all rows that wait into the spool. After an exception the next call goes on where this one
  /// stopped. \param values_of fills in the values of a row, which are "not collected" before:
  /// (launch_row const&, std::vector<double>&)
  /// \throws capture_error, and what `values_of` throws
  template <class ValuesOf>
  void spool(ValuesOf const& values_of) {
    for (; moved_ < waiting_.size(); ++moved_) {
      values_.assign(spool_.values_per_row(), std::numeric_limits<double>::quiet_NaN());
      values_of(waiting_[moved_], values_);
      spool_.append(waiting_[moved_], values_);
    }
    spool_.publish();
    forget_waiting();
  }
  /// The same without values. \throws capture_error
  void spool();
  /// Drops the rows that wait.
  void forget_waiting() noexcept;
  /// The rows that wait no longer.
  [[nodiscard]] launch_spool& spooled() noexcept { return spool_; }

 private:
  std::vector<launch_row> waiting_;
  std::size_t moved_ = 0;  ///< of `waiting_`, when the last move failed on the way
  std::vector<double> values_;
  launch_spool spool_;
  std::atomic<std::int64_t> next_order_{0};
};

}  // namespace flopwatch::collect
