// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "flopwatch/capture_records.hpp"

namespace flopwatch {
namespace {

using stretch = std::pair<std::int64_t, std::int64_t>;  // orders: from, up to but without

stretch orders_of(raw_chunk_record const& c) {
  auto const most = std::numeric_limits<std::int64_t>::max();
  return {c.first_order, c.launches > most - c.first_order ? most : c.first_order + c.launches};
}

/// Sorted, with what overlaps or touches joined.
std::vector<stretch> joined(std::vector<stretch> all) {
  std::sort(all.begin(), all.end());
  std::vector<stretch> out;
  for (auto const& s : all) {
    if (!out.empty() && s.first <= out.back().second) {
      out.back().second = std::max(out.back().second, s.second);
    } else {
      out.push_back(s);
    }
  }
  return out;
}

std::vector<stretch> common(std::vector<stretch> const& a, std::vector<stretch> const& b) {
  std::vector<stretch> out;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    auto const from = std::max(a[i].first, b[j].first);
    auto const to = std::min(a[i].second, b[j].second);
    if (from < to) out.emplace_back(from, to);
    ++(a[i].second < b[j].second ? i : j);
  }
  return out;
}

/// A check has no place in an order of launches, and other launches stand behind it.
recheckable_share recheckable_checks(capture_data const& capture) {
  recheckable_share share{.of_checks = true};
  for (auto const& c : capture.raw_chunks) {
    if (c.ranges <= 0) continue;
    share.measured += std::min(c.ranges, std::numeric_limits<std::int64_t>::max() - share.measured);
  }
  share.launches = std::min(capture.reuse_checks, share.measured);
  return share;
}

}  // namespace

recheckable_share recheckable(capture_data const& capture) {
  if (!capture.reuse_keys.empty() || capture.reuse_checks > 0) return recheckable_checks(capture);
  recheckable_share share;
  for (auto const& g : capture.launch_groups) share.measured += g.plan != 0 ? g.launches : 0;
  for (auto const& g : capture.scope_range_groups) share.measured += g.ranges;

  std::map<std::int64_t, std::set<std::int64_t>> groups;  // of each plan
  for (auto const& m : capture.metrics) groups[m.plan].insert(m.metric_group);
  // Plan and context, then metric group.
  std::map<std::pair<std::int64_t, std::int64_t>, std::map<std::int64_t, std::vector<stretch>>> kept;
  for (auto const& c : capture.raw_chunks) {
    if (c.kept && !c.lossy && c.launches > 0 && c.first_order >= 0)
      kept[{c.plan, c.context}][c.metric_group].push_back(orders_of(c));
  }
  for (auto& [where, by_group] : kept) {
    std::optional<std::vector<stretch>> all;
    for (auto const group : groups[where.first]) {
      auto of_group = joined(std::move(by_group[group]));
      all = all ? common(*all, of_group) : std::move(of_group);
    }
    for (auto const& [from, to] : all.value_or(std::vector<stretch>())) {
      // More than there are launches only in a capture whose writer was killed.
      share.launches += std::min(to - from, share.measured - share.launches);
    }
  }
  return share;
}

}  // namespace flopwatch
