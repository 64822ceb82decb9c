// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What a reuse_collector knows while the run goes on.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "collect/reuse/reuse_collector.hpp"
#include "flopwatch/checked.hpp"
#include "flopwatch/metrics.hpp"
#include "recording/operator_rows.hpp"

namespace flopwatch::collect {
namespace {

enum class launch_class : std::uint8_t { multiply_add, other, outside };
constexpr std::size_t launch_classes = 3;
static_assert(all_phases.size() * launch_classes == reuse_mark::places);

using launches_by_place = std::array<std::int64_t, reuse_mark::places>;

launch_class class_of(launch_count const& c) noexcept {
  if (c.operator_call == nullptr) return launch_class::outside;
  return c.operator_call->product ? launch_class::multiply_add : launch_class::other;
}

std::size_t place_of(phase p, launch_class of) noexcept {
  return static_cast<std::size_t>(p) * launch_classes + static_cast<std::size_t>(of);
}

std::int64_t sum_of(launches_by_place const& of) noexcept {
  std::int64_t out = 0;
  for (auto const n : of) out += n;
  return out;
}

/// Sums of FLOPs by place and number format.
class part_sums {
 public:
  /// \param flops of one launch, in that format
  void add(launches_by_place const& launches, precision format, double flops) {
    for (std::size_t place = 0; place < launches.size(); ++place) {
      if (launches[place] == 0 || flops == 0) continue;
      sums_[{place / launch_classes, format}][place % launch_classes] +=
          static_cast<long double>(launches[place]) * static_cast<long double>(flops);
    }
  }
  void write(reused_work& into) const {
    for (auto const& [where, by_class] : sums_) {
      reused_part part{all_phases.at(where.first), where.second};
      part.multiply_add_flops = whole(by_class[0], into.overflow);
      part.other_flops = whole(by_class[1], into.overflow);
      part.outside_flops = whole(by_class[2], into.overflow);
      if (part != reused_part{part.phase, part.precision}) into.parts.push_back(part);
    }
  }

 private:
  /// Of a long double all 64-bit numbers are exact.
  static_assert(std::numeric_limits<long double>::digits >= 64);
  static std::int64_t whole(long double value, bool& overflow) noexcept {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    if (std::abs(value) < static_cast<long double>(most)) {
      return static_cast<std::int64_t>(std::llround(value));
    }
    overflow = true;
    return value < 0 ? -most : most;
  }

  std::map<std::pair<std::size_t, precision>, std::array<long double, launch_classes>> sums_;
};

}  // namespace

std::vector<std::vector<reuse_collector::metric_weight>> reuse_collector::weights() const {
  std::map<std::string, std::optional<std::int64_t>> units;
  for (auto const& group : plan_.groups) {
    for (auto const& metric : group.metrics) units[metric] = 0;
  }
  std::set<std::string> weighed;  // a metric of two groups counts once
  std::vector<std::vector<metric_weight>> out;
  for (auto const& group : plan_.groups) {
    auto& of_group = out.emplace_back();
    for (auto const& metric : group.metrics) {
      auto& weight = of_group.emplace_back();
      if (!weighed.insert(metric).second) continue;
      units[metric] = 1;
      if (auto const flops = flops_of(units); flops && !flops->by_precision.empty()) {
        weight = {flops->by_precision.begin()->first, flops->by_precision.begin()->second};
      }
      units[metric] = 0;
    }
  }
  return out;
}

reused_work reuse_collector::since(reuse_mark& mark) {
  reused_work out;
  out.refusal = refusal_;
  for (auto const& group : plan_.groups) {
    for (auto const& metric : group.metrics) {
      auto const weight = weight_of(metric);
      out.tensor_metrics = out.tensor_metrics || (weight && weight->tensor_core);
    }
  }
  if (weights_.empty()) weights_ = weights();
  auto const measuring_ns = spent_ns_.load(std::memory_order_relaxed);
  out.measuring_ns = measuring_ns - std::exchange(mark.measuring_ns, measuring_ns);
  auto const elsewhere = elsewhere_.load(std::memory_order_relaxed);
  out.elsewhere_launches = elsewhere - std::exchange(mark.elsewhere, elsewhere);

  std::vector<launches_by_place> now;
  std::vector<launch_key const*> keys;
  for_each_count([&](launch_count const& c) {
    auto const number = c.key->number;
    if (now.size() <= number) {
      now.resize(number + 1);
      keys.resize(number + 1);
    }
    keys[number] = c.key;
    now[number][place_of(c.in_phase, class_of(c))] += c.launches.load(std::memory_order_relaxed);
  });
  if (now.size() < mark.launches.size()) now.resize(mark.launches.size());
  mark.launches.resize(now.size());

  part_sums sums;
  double squares = 0;
  for (std::size_t number = 0; number < keys.size(); ++number) {
    auto& before = mark.launches[number];
    auto more = now[number];
    for (std::size_t place = 0; place < more.size(); ++place) more[place] -= before[place];
    auto const launches = sum_of(more);
    auto const earlier = sum_of(before);
    before = now[number];
    if (keys[number] == nullptr || more == launches_by_place{}) continue;
    out.launches += launches;
    if (!keys[number]->measurable) {
      out.never_measured_launches += launches;
      continue;
    }
    std::lock_guard const table(table_mutex_);
    bool learned = !weights_.empty() && refusal_.empty();
    for (std::size_t g = 0; g < weights_.size() && learned; ++g) {
      learned = table_.checks(number, g).count() > 0;
    }
    if (!learned) {
      out.not_learned_launches += launches;
      continue;
    }
    if (table_.class_of(number) == reuse::key_class::variable) out.variable_launches += launches;
    for (std::size_t g = 0; g < weights_.size(); ++g) {
      auto const estimate = table_.checks(number, g).of_part(earlier, launches);
      squares += estimate.bound_flops * estimate.bound_flops;
      for (std::size_t m = 0; m < weights_[g].size(); ++m) {
        auto const& weight = weights_[g][m];
        if (weight.flops != 0) {
          sums.add(more, weight.precision, static_cast<double>(weight.flops) * estimate.per_launch[m]);
        }
      }
    }
  }
  sums.write(out);
  out.bound_flops = std::sqrt(squares);
  return out;
}

}  // namespace flopwatch::collect
