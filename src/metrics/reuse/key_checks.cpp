// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/key_checks.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace flopwatch::reuse {
namespace {

/// Fewer checks say little of their stratum: it is taken together with the next one.
constexpr std::int64_t enough = 4;

std::size_t stratum_of(std::int64_t number) noexcept {
  return static_cast<std::size_t>(
             std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(1, number)))) -
         1;
}

/// Launches among the first `launches` whose number is in strata below `end`.
std::int64_t launches_below(std::size_t end, std::int64_t launches) noexcept {
  return std::min(launches, (std::int64_t{1} << end) - 1);
}

}  // namespace

struct key_checks::layer {
  std::int64_t launches = 0;
  std::int64_t checks = 0;
  double flops = 0;    ///< of the checks
  double squares = 0;  ///< of their distances from the mean of their stratum
  std::vector<double> sums;
  std::size_t last = 0;  ///< of its strata
};

void key_checks::take_in(layer& into, layer const& more) {
  // The distance between both means is part of the spread.
  if (into.checks > 0 && more.checks > 0) {
    auto const a = static_cast<double>(into.checks);
    auto const b = static_cast<double>(more.checks);
    double const apart = into.flops / a - more.flops / b;
    into.squares += apart * apart * a * b / (a + b);
  }
  into.launches += more.launches;
  into.checks += more.checks;
  into.flops += more.flops;
  into.squares += more.squares;
  into.last = more.last;
  for (std::size_t m = 0; m < more.sums.size(); ++m) into.sums[m] += more.sums[m];
}

void key_checks::add(std::int64_t number, std::span<double const> values, double flops) {
  if (count_++ == 0) {
    first_.assign(values.begin(), values.end());
  } else {
    equal_ = equal_ && std::equal(values.begin(), values.end(), first_.begin(), first_.end());
  }
  all_.add(flops);
  auto const at = std::min(stratum_of(number), strata - 1);
  if (strata_.size() <= at) strata_.resize(at + 1);
  auto& s = strata_[at];
  s.flops.add(flops);
  s.sums.resize(values.size());
  for (std::size_t m = 0; m < values.size(); ++m) s.sums[m] += values[m];
}

double key_checks::deviation_flops() const noexcept {
  return all_.n() < 2 ? 0 : std::sqrt(all_.squares() / static_cast<double>(all_.n() - 1));
}

std::vector<key_checks::layer> key_checks::layers(std::int64_t launches) const {
  std::vector<layer> out;
  layer open;
  open.sums.resize(first_.size());
  auto const empty = open;
  for (std::size_t s = 0; s < strata_.size(); ++s) {
    auto const& from = strata_[s];
    bool const last = s + 1 == strata_.size();
    auto const end = last ? launches : launches_below(s + 1, launches);
    auto const& sums = from.sums.empty() ? empty.sums : from.sums;
    take_in(open, {end - launches_below(s, launches), from.flops.n(),
                   from.flops.mean() * static_cast<double>(from.flops.n()), from.flops.squares(), sums, s});
    if (open.checks < enough) continue;
    out.push_back(std::move(open));
    open = empty;
  }
  if (out.empty()) {
    out.push_back(std::move(open));
  } else if (open.last > out.back().last) {
    take_in(out.back(), open);
  }
  return out;
}

key_checks::layer key_checks::layer_of(std::int64_t number) const {
  auto all = layers(number);
  for (auto& l : all) {
    if (stratum_of(number) <= l.last) return std::move(l);
  }
  return std::move(all.back());
}

std::vector<double> key_checks::at(std::int64_t number) const {
  if (equal_) return first_;
  auto const l = layer_of(number);
  auto out = l.sums;
  for (auto& v : out) v /= static_cast<double>(l.checks);
  return out;
}

double key_checks::flops_at(std::int64_t number) const {
  if (equal_) return all_.mean();
  auto const l = layer_of(number);
  return l.flops / static_cast<double>(l.checks);
}

estimate key_checks::of_part(std::int64_t before, std::int64_t launches) const {
  if (equal_ || before <= 0) return of(launches);
  estimate out;
  auto const l = layer_of(before + launches);
  auto const checks = static_cast<double>(l.checks);
  auto const n = static_cast<double>(launches);
  out.per_launch = l.sums;
  for (auto& v : out.per_launch) v /= checks;
  out.flops = n * l.flops / checks;
  // What these launches themselves differ by, and what their mean, from so few checks, can be off.
  out.bound_flops = l.checks < 2
                        ? std::numeric_limits<double>::infinity()
                        : student_t(l.checks - 1) *
                              std::sqrt(l.squares / (checks - 1) * std::abs(n) * (1 + std::abs(n) / checks));
  return out;
}

double key_checks::bound_of_first(std::int64_t first, std::int64_t launches) const {
  if (equal_ || first <= 0) return 0;
  double squares = 0;
  double weights = 0;
  std::int64_t degrees = 0;
  auto left = std::min(first, launches);
  for (auto const& l : layers(launches)) {
    squares += l.squares;
    degrees += l.checks - 1;
    // These launches themselves differ, and their mean is of few checks.
    auto const n = static_cast<double>(std::clamp<std::int64_t>(left, 0, l.launches));
    weights += n * (1 + n / static_cast<double>(l.checks));
    left -= l.launches;
  }
  if (degrees < 1) return std::numeric_limits<double>::infinity();
  return student_t(degrees) * std::sqrt(squares / static_cast<double>(degrees) * weights);
}

estimate key_checks::of(std::int64_t launches) const {
  estimate out;
  if (equal_) {
    out.per_launch = first_;
    out.flops = all_.mean() * static_cast<double>(launches);
    return out;
  }
  out.per_launch.assign(first_.size(), 0);
  double squares = 0;
  std::int64_t degrees = 0;
  double weights = 0;
  for (auto const& l : layers(launches)) {
    auto const share =
        static_cast<double>(l.launches) / static_cast<double>(std::max<std::int64_t>(1, launches));
    auto const n = static_cast<double>(l.checks);
    for (std::size_t m = 0; m < first_.size(); ++m) out.per_launch[m] += share * l.sums[m] / n;
    out.flops += static_cast<double>(l.launches) * l.flops / n;
    squares += l.squares;
    degrees += l.checks - 1;
    // Of so many launches these were read: what is left to guess is the others.
    auto const unread = static_cast<double>(std::max<std::int64_t>(0, l.launches - l.checks));
    weights += static_cast<double>(l.launches) * unread / n;
  }
  if (degrees < 1) {
    out.bound_flops = std::numeric_limits<double>::infinity();
  } else {
    out.bound_flops = student_t(degrees) * std::sqrt(squares / static_cast<double>(degrees) * weights);
  }
  return out;
}

}  // namespace flopwatch::reuse
