// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flopwatch::reuse {

/// How much of a program's time measuring may take: a token bucket, filled by the clock. Learning, which
/// happens once, has a credit of its own, which half of what fills the bucket pays back; when the credit is
/// used up it takes from the bucket too.
///
/// A measurement begins only when the bucket holds what it is expected to cost. It can cost more: then the
/// bucket owes that, and fills up first. Not thread-safe.
class budget {
 public:
  /// \param share of the time, 0 to 1 \param learning_ns credit for learning
  /// \param now_ns of any clock
  budget(double share, std::int64_t learning_ns, std::int64_t now_ns) noexcept;

  /// Takes note of the time. A clock that jumps back or far ahead fills nothing.
  void tick(std::int64_t now_ns) noexcept;
  /// Whether something of that cost may begin.
  [[nodiscard]] bool allows(std::int64_t cost_ns, bool learning) const noexcept;
  void spend(std::int64_t cost_ns, bool learning) noexcept;

  /// Time that has passed, as far as `tick` has taken note of it.
  [[nodiscard]] std::int64_t passed_ns() const noexcept { return passed_ns_; }
  [[nodiscard]] std::int64_t spent_ns() const noexcept { return spent_ns_; }
  /// Of it, on the credit for learning.
  [[nodiscard]] std::int64_t learned_ns() const noexcept { return learned_ns_; }

  /// What the bucket holds at most.
  static constexpr std::int64_t most_ns = 2'000'000'000;
  /// A step of the clock that counts: more is no time in which the program ran.
  static constexpr std::int64_t longest_tick_ns = 60'000'000'000;

 private:
  double share_;
  std::int64_t learning_ns_;
  std::int64_t last_ns_;
  double balance_ns_ = 0;
  double owed_ns_ = 0;  ///< of the credit
  std::int64_t passed_ns_ = 0;
  std::int64_t spent_ns_ = 0;
  std::int64_t learned_ns_ = 0;
};

}  // namespace flopwatch::reuse
