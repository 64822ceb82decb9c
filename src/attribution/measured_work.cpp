// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/saturating.hpp"
#include "flopwatch/attribution.hpp"

namespace flopwatch {
namespace {

void add(std::optional<std::int64_t>& sum, std::optional<std::int64_t> const& amount) {
  if (sum && amount) {
    sum = saturating_add(*sum, *amount);
  } else {
    sum.reset();
  }
}

}  // namespace

std::int64_t measured_parts::total_flops() const {
  return saturating_add(saturating_add(multiply_add_flops, other_flops),
                        saturating_add(outside_flops, range_flops));
}

measured_work& measured_work::operator+=(measured_work const& o) {
  launches = saturating_add(launches, o.launches);
  unmeasured_launches = saturating_add(unmeasured_launches, o.unmeasured_launches);
  launches_in_ranges = saturating_add(launches_in_ranges, o.launches_in_ranges);
  range_launches = saturating_add(range_launches, o.range_launches);
  add(range_flops, o.range_flops);
  add(multiply_add_flops, o.multiply_add_flops);
  add(other_flops, o.other_flops);
  add(outside_flops, o.outside_flops);
  launches_without_tensor_metrics =
      saturating_add(launches_without_tensor_metrics, o.launches_without_tensor_metrics);
  outside_without_tensor_metrics =
      saturating_add(outside_without_tensor_metrics, o.outside_without_tensor_metrics);
  reused_launches = saturating_add(reused_launches, o.reused_launches);
  if (reuse_bound_flops && o.reuse_bound_flops) {
    *reuse_bound_flops += *o.reuse_bound_flops;  // the same keys can be in both: their errors are one
  } else {
    reuse_bound_flops.reset();
  }
  for (auto const& [format, parts] : o.by_precision) {
    auto& mine = by_precision[format];
    mine.multiply_add_flops = saturating_add(mine.multiply_add_flops, parts.multiply_add_flops);
    mine.other_flops = saturating_add(mine.other_flops, parts.other_flops);
    mine.outside_flops = saturating_add(mine.outside_flops, parts.outside_flops);
    mine.range_flops = saturating_add(mine.range_flops, parts.range_flops);
  }
  return *this;
}

std::optional<std::int64_t> measured_work::total_flops() const {
  // A scope inside the range of another one: its work is in the number of that one.
  if (launches_in_ranges != range_launches) return std::nullopt;
  auto sum = multiply_add_flops;
  add(sum, other_flops);
  add(sum, outside_flops);
  add(sum, range_flops);
  return sum;
}

}  // namespace flopwatch
