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

void audits::begin_at(std::vector<audited_key> keys) {
  if (begin_.empty()) begin_ = std::move(keys);
}

double audits::bound(std::function<double(audited_key const&)> const& flops_of) const {
  auto const n = static_cast<std::int64_t>(kept_.size());
  if (n == 0) return std::numeric_limits<double>::infinity();
  std::vector<double> differences;
  running_mean expected;
  bool equal = equal_ == count_;
  for (auto const& step : kept_) {
    double sum = step.constant_flops;
    for (auto const& k : step.variable) sum += static_cast<double>(k.launches) * flops_of(k);
    equal = equal && step.variable.empty();
    expected.add(sum);
    differences.push_back(step.measured_flops - sum);
  }
  if (equal) return 0;
  // All that was measured was not expected: nothing bounds it relative to the sum.
  if (n < 2 || expected.mean() <= 0) return std::numeric_limits<double>::infinity();
  double mean = 0;
  double variance = 0;
  std::int64_t degrees = 0;
  for (auto const& p : parts()) {
    running_mean difference;
    for (auto i = p.begin; i < p.end; ++i) difference.add(differences[i]);
    mean += p.share * difference.mean();
    auto const others = difference.n() - 1;
    degrees += others;
    variance += p.share * p.share * difference.squares() / static_cast<double>(others) /
                static_cast<double>(difference.n());
  }
  return (std::abs(mean) + student_t(degrees) * std::sqrt(variance)) / expected.mean();
}

std::vector<audits::part> audits::parts() const {
  auto const n = kept_.size();
  auto const count = std::clamp<std::size_t>(n / least_in_part, 1, most_parts);
  auto const first = static_cast<double>(kept_.front().run_launches);
  auto const whole = static_cast<double>(kept_.back().run_launches) - first;
  std::vector<part> out;
  double from = first;
  for (std::size_t p = 0; p < count; ++p) {
    part one{p * n / count, (p + 1) * n / count, 1.0 / static_cast<double>(count)};
    if (whole > 0) {
      auto const& last = kept_[one.end - 1];
      auto const& next = kept_[std::min(one.end, n - 1)];
      auto const to = (static_cast<double>(last.run_launches) + static_cast<double>(next.run_launches)) / 2;
      one.share = (to - from) / whole;
      from = to;
    }
    out.push_back(one);
  }
  return out;
}

}  // namespace flopwatch::reuse
