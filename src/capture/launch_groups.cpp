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
#include "capture/old_versions.hpp"
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

enum class group_kind : std::uint8_t { launches, launches_in_ranges, ranges, reused };

struct group_key {
  std::int64_t scope, operator_call, kernel;
  flopwatch::phase phase;
  std::int64_t plan;
  group_kind kind;
  friend bool operator==(group_key const&, group_key const&) = default;
  friend bool operator<(group_key const& a, group_key const& b) {
    return std::tie(a.scope, a.operator_call, a.kernel, a.phase, a.plan, a.kind) <
           std::tie(b.scope, b.operator_call, b.kernel, b.phase, b.plan, b.kind);
  }
};

struct group_hash {
  std::size_t operator()(group_key const& k) const noexcept {
    row_hash h;
    for (auto v : {k.scope, k.operator_call, k.kernel, static_cast<std::int64_t>(k.phase), k.plan,
                   static_cast<std::int64_t>(k.kind)})
      h.integer(v);
    return static_cast<std::size_t>(h.value());
  }
};

struct group_sums {
  std::int64_t members = 0;
  std::int64_t range_launches = 0;
  std::vector<metric_sum> sums;
  double bound_squares = 0;  ///< of `reused`
  bool bound_unknown = false;
};

/// Metrics of a plan with a value that is no whole number: rates, not counts.
using fractional_metrics = std::map<std::int64_t, std::vector<bool>>;

/// The counter table of one plan, read along with the table of what was counted: both are in order of ids.
struct plan_cursor {
  table_reader rows;
  std::vector<bool>& fractional;

  void add_row(counted what, std::int64_t wanted, group_sums& into) {
    std::int64_t id = 0;
    if (rows.next()) rows(id);
    if (id != wanted) {
      throw damage(fmt::format("{} {} has no row in table {}", name_of(what), wanted, rows.table()));
    }
    into.sums.resize(fractional.size());
    for (std::size_t i = 0; i < fractional.size(); ++i) {
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
  grouping(read_source const& source, closed_mark const& mark, plan_metrics const& plans) : plans_(plans) {
    for (auto const& [plan, metrics] : plans) fractional_[plan].resize(metrics.size());
    bool const old = ranges_are_launches(source);
    read(source, mark, counted::launch, [&](table_reader& rows) {
      launch_record r;
      std::int64_t covers = 0;
      bool const is_range = read_launch_row(rows, old, r, covers);
      if (is_range) return add_range(r.id, r.plan, r.scope, r.phase, covers);
      add({r.scope, r.operator_call, r.kernel, r.phase, r.plan,
           r.in_scope_range ? group_kind::launches_in_ranges : group_kind::launches},
          r.id);
    });
    if (old) return;
    read(source, mark, counted::scope_range, [&](table_reader& rows) {
      scope_range_record r;
      columns(rows, r);
      add_range(r.id, r.plan, r.scope, r.phase, r.launches);
    });
  }

  /// Launches of keys: each has the counts of one of them, on average.
  void add_reused(read_source const& source, closed_mark const& mark, capture_data const& data) {
    std::map<std::int64_t, std::pair<reuse_key_record const*, std::vector<std::optional<double>>>> keys;
    std::map<std::int64_t, table_reader> counters;
    for (auto const& [plan, metrics] : plans_) {
      if (!mark.has(source, counter_table(counted::reuse_key, plan))) continue;
      counters.emplace(plan, counter_reader(source, counted::reuse_key, plan, metrics, "ORDER BY 1"));
    }
    for (auto const& r : data.reuse_keys) {
      auto& values = keys[r.id];
      values.first = &r;
      if (r.plan == 0) continue;
      auto const it = counters.find(r.plan);
      if (it == counters.end())
        throw damage(fmt::format("key {} belongs to plan {}, which has none", r.id, r.plan));
      auto& rows = it->second;
      std::int64_t id = 0;
      if (rows.next()) rows(id);
      if (id != r.id) throw damage(fmt::format("key {} has no row in table {}", r.id, rows.table()));
      values.second.resize(plans_.at(r.plan).size());
      for (auto& v : values.second) rows(v);
    }
    for (auto& [plan, rows] : counters) {
      if (rows.next()) throw damage(fmt::format("table {} has a row of no key", rows.table()));
      mark.check(rows.table(), rows.sum());
    }
    for (auto const& c : data.reuse_counts) {
      auto const it = keys.find(c.key);
      if (it == keys.end()) throw damage(fmt::format("launches of key {}, which is not there", c.key));
      add_reused(c, *it->second.first, it->second.second);
    }
  }

  void take(capture_data& out) {
    std::vector<group_key> keys;
    keys.reserve(groups_.size());
    for (auto const& [key, sums] : groups_) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    out.launch_groups.reserve(keys.size());
    for (auto const& key : keys) {
      auto const& group = groups_.at(key);
      if (key.kind == group_kind::reused) {
        launch_group reused{key.plan,  key.kernel,    key.scope,           key.operator_call,
                            key.phase, group.members, finished(key, group)};
        reused.reused = true;
        reused.bound_flops =
            group.bound_unknown ? std::nullopt : std::optional(std::sqrt(group.bound_squares));
        out.launch_groups.push_back(std::move(reused));
      } else if (key.kind == group_kind::ranges) {
        out.scope_range_groups.push_back(
            {key.plan, key.scope, key.phase, group.members, group.range_launches, finished(key, group)});
      } else {
        out.launch_groups.push_back({key.plan, key.kernel, key.scope, key.operator_call, key.phase,
                                     group.members, finished(key, group),
                                     key.kind == group_kind::launches_in_ranges});
      }
    }
    if (overflows_ != 0) {
      out.losses.push_back(make_loss(loss::count_overflow, overflows_,
                                     fmt::format("Metrics: {}.", fmt::join(overflown_, ", "))));
    }
  }

 private:
  void add_reused(reuse_count_record const& count, reuse_key_record const& key,
                  std::vector<std::optional<double>> const& values) {
    auto& group =
        groups_[{count.scope, count.operator_call, key.kernel, count.phase, key.plan, group_kind::reused}];
    if (count.launches < 0 || __builtin_add_overflow(group.members, count.launches, &group.members)) {
      throw damage("its keys have more launches than can be counted");
    }
    group.sums.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      auto& sum = group.sums[i];
      if (!values[i]) {
        sum.missing = true;
        continue;
      }
      // Of a variable key the average is no whole number; that of all its launches nearly is.
      auto const all = std::round(*values[i] * static_cast<double>(count.launches));
      if (std::abs(all) < 0x1p53) {
        sum.whole += static_cast<std::int64_t>(all);
      } else if (*values[i] == std::trunc(*values[i]) && std::abs(*values[i]) < 0x1p63) {
        sum.whole += static_cast<wide>(*values[i]) * count.launches;
      } else if (std::abs(all) < 0x1p63) {
        sum.whole += static_cast<wide>(all);
      } else {
        sum.too_large = true;
      }
    }
    if (key.launches <= 0 || !key.bound_flops) {
      group.bound_unknown = group.bound_unknown || (count.launches > 0 && key.plan != 0);
      return;
    }
    auto const bound =
        *key.bound_flops * static_cast<double>(count.launches) / static_cast<double>(key.launches);
    group.bound_squares += bound * bound;
  }

  /// Reads the table of what was counted with its counter tables; `read_row` reads and adds one row.
  template <class F>
  void read(read_source const& source, closed_mark const& mark, counted what, F&& read_row) {
    what_ = what;
    cursors_.clear();
    for (auto const& [plan, metrics] : plans_) {
      cursors_.emplace(
          plan, plan_cursor{counter_reader(source, what, plan, metrics, "ORDER BY 1"), fractional_.at(plan)});
    }
    table_reader rows(source, name_of(what));
    while (rows.next()) read_row(rows);
    mark.check(name_of(what), rows.sum());
    for (auto& [plan, cursor] : cursors_) {
      if (cursor.rows.next()) {
        throw damage(fmt::format("table {} has a row of no {}", cursor.rows.table(), name_of(what)));
      }
      mark.check(cursor.rows.table(), cursor.rows.sum());
    }
  }

  void add_range(std::int64_t id, std::int64_t plan, std::int64_t scope, phase in_phase,
                 std::int64_t launches) {
    if (launches < 0) throw damage(fmt::format("scope range {} has {} launches", id, launches));
    auto& group = add({scope, 0, 0, in_phase, plan, group_kind::ranges}, id);
    if (__builtin_add_overflow(group.range_launches, launches, &group.range_launches)) {
      throw damage("its scope ranges have more launches than can be counted");
    }
  }

  group_sums& add(group_key const& key, std::int64_t id) {
    auto& group = groups_[key];
    ++group.members;
    if (key.plan == 0) return group;
    auto const it = cursors_.find(key.plan);
    if (it == cursors_.end()) {
      throw damage(fmt::format("{} {} belongs to plan {}, which is not there", name_of(what_), id, key.plan));
    }
    it->second.add_row(what_, id, group);
    return group;
  }

  metric_sums finished(group_key const& key, group_sums const& group) {
    metric_sums out;
    if (key.plan == 0) return out;
    auto const& metrics = plans_.at(key.plan);
    auto const& fractional = fractional_.at(key.plan);
    for (std::size_t i = 0; i < group.sums.size(); ++i) {
      if (fractional[i]) continue;
      auto const& sum = group.sums[i];
      auto const& name = metrics[i].record.name;
      auto& value = out[name];
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

  plan_metrics const& plans_;
  fractional_metrics fractional_;
  counted what_ = counted::launch;
  std::map<std::int64_t, plan_cursor> cursors_;
  std::unordered_map<group_key, group_sums, group_hash> groups_;
  std::int64_t overflows_ = 0;
  std::set<std::string> overflown_;
};

/// Adds what ran inside the launches of graphs.
void add_graph_kernels(capture_data& out) {
  std::multimap<std::int64_t, graph_kernel_record const*> kernels;
  for (auto const& r : out.graph_kernels) {
    if (r.nodes < 0) throw damage(fmt::format("graph {} has a negative number of nodes", r.graph));
    kernels.emplace(r.graph, &r);
  }
  if (kernels.empty()) return;
  for (std::size_t i = 0, launched = out.launch_groups.size(); i < launched; ++i) {
    auto const of_graph = out.launch_groups[i];
    auto const [first, last] = kernels.equal_range(of_graph.kernel);
    for (auto it = first; it != last; ++it) {
      auto const& r = *it->second;
      launch_group group;
      group.kernel = r.kernel;
      group.scope = r.scope;
      group.operator_call = r.operator_call;
      group.phase = r.phase;
      group.in_scope_range = of_graph.in_scope_range;
      group.graph = r.graph;
      if (__builtin_mul_overflow(of_graph.launches, r.nodes, &group.launches)) {
        throw damage("its graphs have more kernels than can be counted");
      }
      out.launch_groups.push_back(std::move(group));
    }
  }
}

}  // namespace

void read_groups(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                 capture_data& out) {
  grouping groups(source, mark, plans);
  groups.add_reused(source, mark, out);
  groups.take(out);
  add_graph_kernels(out);
}

}  // namespace flopwatch::capture_detail
