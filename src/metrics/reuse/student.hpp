// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flopwatch::reuse {

/// Half the width of a 95 % interval of a mean, in standard errors: Student's t at 0.975.
/// \param degrees of freedom; below 1: infinite
[[nodiscard]] double student_t(std::int64_t degrees) noexcept;

/// Mean and spread of values that come one by one (Welford).
class running_mean {
 public:
  void add(double value) noexcept {
    ++n_;
    double const before = value - mean_;
    mean_ += before / static_cast<double>(n_);
    squares_ += before * (value - mean_);
  }
  [[nodiscard]] std::int64_t n() const noexcept { return n_; }
  [[nodiscard]] double mean() const noexcept { return mean_; }
  /// Sum of the squared distances from the mean.
  [[nodiscard]] double squares() const noexcept { return squares_; }

 private:
  std::int64_t n_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

}  // namespace flopwatch::reuse
