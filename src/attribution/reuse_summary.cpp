// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/reuse_summary.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <string>

#include "attribution/saturating.hpp"
#include "flopwatch/metrics.hpp"
#include "metrics/reuse/sum_bound.hpp"

namespace flopwatch::attribution_detail {
namespace {

/// FLOPs of the reused launches in each group of metrics.
std::map<std::int64_t, double> flops_by_group(capture_data const& capture) {
  std::map<std::string, std::int64_t> group_of;
  for (auto const& m : capture.metrics) group_of.emplace(m.name, m.metric_group);
  std::map<std::int64_t, double> out;
  for (auto const& g : capture.launch_groups) {
    if (!g.reused || g.plan == 0) continue;
    std::map<std::int64_t, metric_sums> parts;
    for (auto const& [name, sum] : g.sums) {
      if (sum) parts[group_of[name]].emplace(name, sum);
    }
    for (auto const& [group, sums] : parts) {
      if (auto const flops = flops_of(sums)) out[group] += static_cast<double>(flops->flops);
    }
  }
  return out;
}

std::optional<double> bound_of(capture_data const& capture) {
  std::vector<reuse::summed_key> keys;
  for (auto const& k : capture.reuse_keys) {
    if (k.plan == 0) continue;
    if (!k.bound_flops) return std::nullopt;
    keys.push_back({0, *k.bound_flops});
  }
  auto const flops = flops_by_group(capture);
  double sum = 0;
  for (auto const& [group, amount] : flops) sum += amount;
  if (sum <= 0) return std::nullopt;
  std::vector<reuse::summed_group> groups;
  for (auto const& a : capture.reuse_audits) {
    auto const amount = flops.find(a.metric_group);
    groups.push_back({amount == flops.end() ? 0 : amount->second,
                      a.bound.value_or(std::numeric_limits<double>::infinity()), a.audits});
  }
  return reuse::sum_bound_flops(keys, groups) / sum;
}

}  // namespace

std::optional<reuse_summary> summary_of_reuse(capture_data const& capture) {
  if (capture.reuse_keys.empty()) return std::nullopt;
  reuse_summary out;
  std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
  for (auto const& k : capture.reuse_keys) {
    out.launches = saturating_add(out.launches, k.launches);
    out.checks = saturating_add(out.checks, k.checks);
    ++out.keys;
    if (k.kind == reuse_class::variable) ++out.variable_keys;
    // A key that was measured whole has no launch that could differ.
    if (k.kind == reuse_class::constant && k.launches > k.checks) fewest = std::min(fewest, k.checks);
  }
  if (fewest != std::numeric_limits<std::int64_t>::max() && fewest > 0) {
    out.key_share = std::min(1.0, 3.0 / static_cast<double>(fewest));
  }
  out.audits = capture.reuse_audits.empty() ? 0 : std::numeric_limits<std::int64_t>::max();
  for (auto const& a : capture.reuse_audits) {
    out.audits = std::min(out.audits, a.audits);
    out.equal_audits = saturating_add(out.equal_audits, a.equal);
    out.all_audits = saturating_add(out.all_audits, a.audits);
    out.largest_difference = std::max(out.largest_difference, a.largest_difference);
  }
  out.bound = bound_of(capture);
  return out;
}

}  // namespace flopwatch::attribution_detail
