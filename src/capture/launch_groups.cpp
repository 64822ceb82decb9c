// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "capture/launch_reader.hpp"
#include "capture/records.hpp"
#include "flopwatch/diagnostics.hpp"

namespace flopwatch::capture_detail {
namespace {

__extension__ typedef __int128 wide;  // sums of 64-bit values never leave it

/// The sum of one metric over one group.
struct metric_sum {
  wide whole = 0;
  bool missing = false;
  bool too_large = false;
};

struct group_key {
  std::int64_t scope, operator_call, kernel;
  flopwatch::phase phase;
  std::int64_t plan;
  bool in_range;  ///< a launch that was counted in a scope range
  friend bool operator==(group_key const&, group_key const&) = default;
  friend bool operator<(group_key const& a, group_key const& b) {
    return std::tie(a.scope, a.operator_call, a.kernel, a.phase, a.plan, a.in_range) <
           std::tie(b.scope, b.operator_call, b.kernel, b.phase, b.plan, b.in_range);
  }
};

struct group_hash {
  std::size_t operator()(group_key const& k) const noexcept {
    row_hash h;
    for (auto v : {k.scope, k.operator_call, k.kernel, static_cast<std::int64_t>(k.phase), k.plan,
                   static_cast<std::int64_t>(k.in_range)})
      h.integer(v);
    return static_cast<std::size_t>(h.value());
  }
};

struct group_sums {
  std::int64_t launches = 0;
  std::int64_t range_launches = 0;
  std::vector<metric_sum> sums;
};

/// Counter rows of one plan, read along with the launches: both tables are in order of launch id.
struct plan_cursor {
  table_reader rows;
  std::vector<stored_metric> const* metrics;
  std::vector<bool> fractional;  ///< metrics with a value that is no whole number: rates, not counts

  void add_row(std::int64_t launch, group_sums& into) {
    std::int64_t id = 0;
    if (rows.next()) rows(id);
    if (id != launch) throw damage(fmt::format("launch {} has no row in table {}", launch, rows.table()));
    into.sums.resize(metrics->size());
    for (std::size_t i = 0; i < metrics->size(); ++i) {
      auto const v = rows.get_number();
      auto& sum = into.sums[i];
      if (v.type == table_reader::kind::whole) {
        sum.whole += v.whole;
      } else if (v.type == table_reader::kind::none) {
        sum.missing = true;
      } else if (std::isfinite(v.real) && v.real == std::trunc(v.real)) {
        sum.too_large = true;  // stored as a real because it is beyond 64 bits
      } else {
        fractional[i] = true;
      }
    }
  }
};

class grouping {
 public:
  grouping(sqlite3* db, closed_mark const& mark, plan_metrics const& plans) {
    for (auto const& [plan, metrics] : plans) {
      plans_.emplace(plan, plan_cursor{counter_reader(db, plan, metrics, "ORDER BY c.launch"), &metrics,
                                       std::vector<bool>(metrics.size())});
    }
    table_reader launches(db, "launch");
    while (launches.next()) {
      launch_record r;
      columns(launches, r);
      add(r);
    }
    mark.check("launch", launches.sum());
    for (auto& [plan, cursor] : plans_) {
      if (cursor.rows.next())
        throw damage(fmt::format("table {} has a row of no launch", cursor.rows.table()));
      mark.check(cursor.rows.table(), cursor.rows.sum());
    }
  }

  std::vector<launch_group> take(std::vector<data_loss_record>& losses) {
    std::vector<group_key> keys;
    keys.reserve(groups_.size());
    for (auto const& [key, sums] : groups_) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    std::vector<launch_group> out;
    out.reserve(keys.size());
    for (auto const& key : keys) out.push_back(finished(key, groups_.at(key)));
    if (overflows_ != 0) {
      losses.push_back(make_loss(loss::count_overflow, overflows_,
                                 fmt::format("Metrics: {}.", fmt::join(overflown_, ", "))));
    }
    return out;
  }

 private:
  void add(launch_record const& r) {
    if (r.covers < 0) throw damage(fmt::format("launch {} covers {} launches", r.id, r.covers));
    auto& group = groups_[{r.scope, r.operator_call, r.kernel, r.phase, r.plan,
                           r.kernel != 0 && r.covers == 0 && r.plan == 0}];
    ++group.launches;
    if (r.kernel == 0 && __builtin_add_overflow(group.range_launches, r.covers, &group.range_launches)) {
      throw damage("its launches cover more than can be counted");
    }
    if (r.plan == 0) return;
    auto const it = plans_.find(r.plan);
    if (it == plans_.end()) {
      throw damage(fmt::format("launch {} belongs to plan {}, which is not there", r.id, r.plan));
    }
    it->second.add_row(r.id, group);
  }

  launch_group finished(group_key const& key, group_sums const& group) {
    launch_group out{key.plan,       key.kernel, key.scope,    key.operator_call,   key.phase,
                     group.launches, {},         key.in_range, group.range_launches};
    if (key.plan == 0) return out;
    auto const& plan = plans_.at(key.plan);
    for (std::size_t i = 0; i < group.sums.size(); ++i) {
      if (plan.fractional[i]) continue;
      auto const& sum = group.sums[i];
      auto const& name = (*plan.metrics)[i].record.name;
      auto& value = out.sums[name];
      if (sum.missing) continue;
      if (sum.too_large || sum.whole > std::numeric_limits<std::int64_t>::max() ||
          sum.whole < std::numeric_limits<std::int64_t>::min()) {
        ++overflows_;
        overflown_.insert(name);
      } else {
        value = static_cast<std::int64_t>(sum.whole);
      }
    }
    return out;
  }

  std::map<std::int64_t, plan_cursor> plans_;
  std::unordered_map<group_key, group_sums, group_hash> groups_;
  std::int64_t overflows_ = 0;
  std::set<std::string> overflown_;
};

}  // namespace

std::vector<launch_group> read_launch_groups(sqlite3* db, closed_mark const& mark, plan_metrics const& plans,
                                             std::vector<data_loss_record>& losses) {
  return grouping(db, mark, plans).take(losses);
}

}  // namespace flopwatch::capture_detail
