// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace flopwatch::collect {

/// The groups of a plan, by their numbers from 0, in the order in which runs collect them. Pure; not
/// thread-safe.
class group_sequence {
 public:
  explicit group_sequence(std::size_t groups) : left_out_(groups, false) {}

  /// None is left to collect.
  [[nodiscard]] bool done() const noexcept { return current_ >= left_out_.size(); }
  /// The one that is collected now, or next; their number when `done`.
  [[nodiscard]] std::size_t current() const noexcept { return current_; }
  [[nodiscard]] bool first() const noexcept { return current_ == 0; }
  /// The current one has all its passes.
  void complete() {
    completed_.push_back(current_);
    next();
  }
  /// That one is not collected: one that comes later, or the current one.
  void leave_out(std::size_t group) noexcept {
    left_out_[group] = true;
    if (group == current_) next();
  }
  [[nodiscard]] std::vector<std::size_t> const& completed() const noexcept { return completed_; }
  /// Groups that are neither complete nor left out.
  [[nodiscard]] std::size_t missing() const noexcept {
    std::size_t out = 0;
    for (auto g = current_; g < left_out_.size(); ++g) out += left_out_[g] ? 0 : 1;
    return out;
  }

 private:
  void next() noexcept {
    do ++current_;
    while (current_ < left_out_.size() && left_out_[current_]);
  }

  std::size_t current_ = 0;
  std::vector<bool> left_out_;
  std::vector<std::size_t> completed_;
};

}  // namespace flopwatch::collect
