// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/audits.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace flopwatch::reuse {

void audits::add(double measured_flops, double expected_flops) noexcept {
  bool const same = measured_flops == expected_flops;
  equal_ += same ? 1 : 0;
  // Where nothing was expected, what was measured is a whole difference.
  double const difference = same ? 0 : expected_flops > 0 ? measured_flops / expected_flops - 1 : 1;
  difference_.add(difference);
  largest_ = std::max(largest_, std::abs(difference));
}

double audits::bound() const noexcept {
  auto const n = count();
  if (n > 0 && equal_ == n) return 0;
  if (n < 2) return std::numeric_limits<double>::infinity();
  double const deviation = std::sqrt(difference_.squares() / static_cast<double>(n - 1));
  return std::abs(difference_.mean()) + student_t(n - 1) * deviation / std::sqrt(static_cast<double>(n));
}

}  // namespace flopwatch::reuse
