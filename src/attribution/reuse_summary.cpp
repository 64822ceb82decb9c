// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/reuse_summary.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
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
  auto const bound_flops = reuse::sum_bound_flops(keys, groups);
  if (!std::isfinite(bound_flops)) return std::nullopt;
  return bound_flops / sum;
}

std::optional<double> share_of(std::int64_t as_expected) {
  auto const share = reuse::share_that_can_differ(as_expected);
  return share < 1 ? std::optional(share) : std::nullopt;
}

/// Of the steps, where every audit agreed.
std::optional<double> steps_share_of(capture_data const& capture, std::int64_t fewest_audits) {
  // Of several processes it is not known how their audits are spread.
  if (!capture.processes.empty()) return std::nullopt;
  bool const agree = std::all_of(capture.reuse_audits.begin(), capture.reuse_audits.end(),
                                 [](reuse_audit_record const& a) { return a.bound == 0.0; });
  return agree ? share_of(fewest_audits) : std::nullopt;
}

/// What the writer found: the capture has the checks of a key in all groups together, not by group. 0 where
/// processes that differ were merged.
std::int64_t fewest_random_checks(capture_data const& capture) {
  auto const found = capture.info.find(reuse::random_checks_entry);
  if (found == capture.info.end()) return 0;
  auto const& text = found->second;
  auto const* const end = text.data() + text.size();
  std::int64_t out = 0;
  auto const read = std::from_chars(text.data(), end, out);
  return read.ptr == end ? out : 0;
}

}  // namespace

std::optional<reuse_summary> summary_of_reuse(capture_data const& capture) {
  if (capture.reuse_keys.empty()) return std::nullopt;
  reuse_summary out;
  for (auto const& k : capture.reuse_keys) {
    out.launches = saturating_add(out.launches, k.launches);
    out.checks = saturating_add(out.checks, k.checks);
    ++out.keys;
    if (k.kind == reuse_class::variable) ++out.variable_keys;
  }
  out.key_share = share_of(fewest_random_checks(capture));
  out.audits = capture.reuse_audits.empty() ? 0 : std::numeric_limits<std::int64_t>::max();
  for (auto const& a : capture.reuse_audits) {
    out.audits = std::min(out.audits, a.audits);
    out.equal_audits = saturating_add(out.equal_audits, a.equal);
    out.all_audits = saturating_add(out.all_audits, a.audits);
    out.largest_difference = std::max(out.largest_difference, a.largest_difference);
  }
  out.bound = bound_of(capture);
  if (!out.bound) out.steps_share = steps_share_of(capture, out.audits);
  return out;
}

}  // namespace flopwatch::attribution_detail
