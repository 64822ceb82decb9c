// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/audits.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "metrics/reuse/student.hpp"

namespace flopwatch::reuse {

void audits::add(audited_step step) {
  bool const same = step.measured_flops == step.expected_flops;
  equal_ += same ? 1 : 0;
  // Where nothing was expected, what was measured is a whole difference.
  double const difference = same                      ? 0
                            : step.expected_flops > 0 ? step.measured_flops / step.expected_flops - 1
                                                      : 1;
  largest_ = std::max(largest_, std::abs(difference));
  if (count_++ % every_ != 0) return;
  if (kept_.size() == most_kept) {
    for (std::size_t i = 1; i < most_kept / 2; ++i) kept_[i] = std::move(kept_[2 * i]);
    kept_.resize(most_kept / 2);
    every_ *= 2;
    if ((count_ - 1) % every_ != 0) return;
  }
  kept_.push_back(std::move(step));
}

double audits::bound(std::function<double(audited_key const&)> const& flops_of) const {
  auto const n = static_cast<std::int64_t>(kept_.size());
  if (n == 0) return std::numeric_limits<double>::infinity();
  running_mean difference;
  running_mean expected;
  bool equal = equal_ == count_;
  for (auto const& step : kept_) {
    double sum = step.constant_flops;
    for (auto const& k : step.variable) sum += static_cast<double>(k.launches) * flops_of(k);
    equal = equal && step.variable.empty();
    expected.add(sum);
    difference.add(step.measured_flops - sum);
  }
  if (equal) return 0;
  // All that was measured was not expected: nothing bounds it relative to the sum.
  if (n < 2 || expected.mean() <= 0) return std::numeric_limits<double>::infinity();
  double const deviation = std::sqrt(difference.squares() / static_cast<double>(n - 1));
  return (std::abs(difference.mean()) + student_t(n - 1) * deviation / std::sqrt(static_cast<double>(n))) /
         expected.mean();
}

}  // namespace flopwatch::reuse
