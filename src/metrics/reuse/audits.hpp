// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "metrics/reuse/student.hpp"

namespace flopwatch::reuse {

/// Whole steps that were measured at once in one group of metrics, each compared with the sum of the keys of
/// its launches.
class audits {
 public:
  /// \param measured_flops of the step \param expected_flops by its keys
  void add(double measured_flops, double expected_flops) noexcept;

  [[nodiscard]] std::int64_t count() const noexcept { return difference_.n(); }
  /// Those that agreed to the last FLOP.
  [[nodiscard]] std::int64_t equal() const noexcept { return equal_; }
  /// Of measured from expected, relative to expected.
  [[nodiscard]] double largest_difference() const noexcept { return largest_; }
  /// How far the sum of all steps can be off, relative to it, as far as audits tell (95 %): the distance of
  /// the mean difference from 0, and half its interval. Infinite for one audit that differed or none.
  [[nodiscard]] double bound() const noexcept;

 private:
  running_mean difference_;
  std::int64_t equal_ = 0;
  double largest_ = 0;
};

}  // namespace flopwatch::reuse
