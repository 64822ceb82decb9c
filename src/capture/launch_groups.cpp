// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
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

using wide = wide_integer;  // sums of 64-bit values never leave it

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

  /// \param into what the values are added to, some of them null
  void add_row(counted what, std::int64_t wanted, std::array<group_sums*, 2> const& into) {
    std::int64_t id = 0;
    if (rows.next()) rows(id);
    if (id != wanted) {
      throw damage(fmt::format("{} {} has no row in table {}", name_of(what), wanted, rows.table()));
    }
    for (auto* const group : into) {
      if (group != nullptr) group->sums.resize(fractional.size());
    }
    for (std::size_t i = 0; i < fractional.size(); ++i) {
      auto const v = rows.get_number();
      bool const is_real = v.type == table_reader::kind::real;
      // A whole number is stored as a real because it is beyond 64 bits.
      bool const too_large = is_real && std::isfinite(v.real) && v.real == std::trunc(v.real);
      if (is_real && !too_large) fractional[i] = true;
      for (auto* const group : into) {
        if (group == nullptr) continue;
        auto& sum = group->sums[i];
        if (v.type == table_reader::kind::whole) sum.whole += v.whole;
        if (v.type == table_reader::kind::none) sum.missing = true;
        if (too_large) sum.too_large = true;
      }
    }
  }
};

class grouping {
 public:
  grouping(read_source const& source, closed_mark const& mark, plan_metrics const& plans, merged_view& view)
      : plans_(plans), view_(view) {
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
    std::int64_t row = 0;
    for (auto const& c : data.reuse_counts) {
      auto const it = keys.find(c.key);
      if (it == keys.end()) throw damage(fmt::format("launches of key {}, which is not there", c.key));
      auto const& [key, values] = it->second;
      add_reused(groups_[{c.scope, c.operator_call, key->kernel, c.phase, key->plan, group_kind::reused}], c,
                 *key, values);
      auto const process = view_.is_part() ? merged_view::npos : view_.process_of("reuse_count", ++row);
      if (process == merged_view::npos) continue;
      add_reused(by_process_[of_process(process, key->plan, group_kind::reused)], c, *key, values);
    }
  }

  void take(capture_data& out) {
    take(
        groups_, [&](group_key const& /*key*/) -> capture_data& { return out; }, true);
    for (auto const& [key, group] : by_process_) {
      out.processes.resize(std::max(out.processes.size(), static_cast<std::size_t>(key.scope)));
    }
    take(
        by_process_,
        [&](group_key const& key) -> process_data& {
          return out.processes[static_cast<std::size_t>(key.scope) - 1];
        },
        false);
    for (auto& p : out.processes) {
      for (auto& g : p.launch_groups) {
        g.scope = 0;
        if (__builtin_add_overflow(p.launches, g.launches, &p.launches))
          throw damage("it has more launches than can be counted");
      }
      for (auto& g : p.scope_range_groups) g.scope = 0;
    }
    out.large_sum_count = large_sums_;
    if (overflows_ != 0) {
      out.losses.push_back(make_loss(loss::count_overflow, overflows_,
                                     fmt::format("Metrics: {}.", fmt::join(overflown_, ", "))));
    }
  }

 private:
  using group_map = std::unordered_map<group_key, group_sums, group_hash>;

  /// \param place_of where the group of a key goes
  template <class F>
  void take(group_map const& groups, F const& place_of, bool of_the_whole) {
    std::vector<group_key> keys;
    keys.reserve(groups.size());
    for (auto const& [key, sums] : groups) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    for (auto const& key : keys) {
      auto const& group = groups.at(key);
      auto& out = place_of(key);
      if (key.kind == group_kind::reused) {
        launch_group reused{key.plan, key.kernel, key.scope, key.operator_call, key.phase, group.members, {}};
        finish(key, group, of_the_whole, reused);
        reused.reused = true;
        reused.bound_flops =
            group.bound_unknown ? std::nullopt : std::optional(std::sqrt(group.bound_squares));
        out.launch_groups.push_back(std::move(reused));
      } else if (key.kind == group_kind::ranges) {
        scope_range_group ranges{key.plan, key.scope, key.phase, group.members, group.range_launches, {}};
        finish(key, group, of_the_whole, ranges);
        out.scope_range_groups.push_back(std::move(ranges));
      } else {
        launch_group launched{key.plan,  key.kernel,    key.scope, key.operator_call,
                              key.phase, group.members, {}};
        launched.in_scope_range = key.kind == group_kind::launches_in_ranges;
        finish(key, group, of_the_whole, launched);
        out.launch_groups.push_back(std::move(launched));
      }
    }
  }

  /// Sums of a process have its position, from 1, in the place of the scope.
  static group_key of_process(std::size_t process, std::int64_t plan, group_kind kind) {
    return {static_cast<std::int64_t>(process) + 1, 0, 0, phase::forward, plan, kind};
  }

  static void add_reused(group_sums& group, reuse_count_record const& count, reuse_key_record const& key,
                         std::vector<std::optional<double>> const& values) {
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
      } else if (std::abs(all) < 0x1p100) {
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
    for (auto* const group : add({scope, 0, 0, in_phase, plan, group_kind::ranges}, id)) {
      if (group != nullptr &&
          __builtin_add_overflow(group->range_launches, launches, &group->range_launches)) {
        throw damage("its scope ranges have more launches than can be counted");
      }
    }
  }

  /// \returns the groups that it was added to, some of them null
  std::array<group_sums*, 2> add(group_key key, std::int64_t id) {
    std::array<group_sums*, 2> into{};
    if (!view_.is_merged()) {
      into[0] = &groups_[key];
    } else if (view_.wants(name_of(what_), id)) {
      key.operator_call = view_.operator_call(key.operator_call);
      into[0] = &groups_[key];
      auto const process = view_.is_part() ? merged_view::npos : view_.process_of(name_of(what_), id);
      if (process != merged_view::npos) into[1] = &by_process_[of_process(process, key.plan, key.kind)];
    }
    for (auto* const group : into) {
      if (group != nullptr) ++group->members;
    }
    if (key.plan == 0) return into;
    auto const it = cursors_.find(key.plan);
    if (it == cursors_.end()) {
      throw damage(fmt::format("{} {} belongs to plan {}, which is not there", name_of(what_), id, key.plan));
    }
    it->second.add_row(what_, id, into);
    return into;
  }

  template <class Group>
  void finish(group_key const& key, group_sums const& group, bool of_the_whole, Group& out) {
    if (key.plan == 0) return;
    auto const& metrics = plans_.at(key.plan);
    auto const& fractional = fractional_.at(key.plan);
    for (std::size_t i = 0; i < group.sums.size(); ++i) {
      if (fractional[i]) continue;
      auto const& sum = group.sums[i];
      auto const& name = metrics[i].record.name;
      auto& value = out.sums[name];
      if (sum.missing) continue;
      bool const fits = sum.whole <= std::numeric_limits<std::int64_t>::max() &&
                        sum.whole >= std::numeric_limits<std::int64_t>::min();
      if (fits && !sum.too_large) {
        value = static_cast<std::int64_t>(sum.whole);
        continue;
      }
      if (of_the_whole) {
        ++overflows_;
        overflown_.insert(name);
        if (!sum.too_large) ++large_sums_;
      }
      if (!sum.too_large) out.large.emplace(name, sum.whole);
    }
  }

  plan_metrics const& plans_;
  merged_view& view_;
  fractional_metrics fractional_;
  counted what_ = counted::launch;
  std::map<std::int64_t, plan_cursor> cursors_;
  group_map groups_;
  group_map by_process_;
  std::int64_t overflows_ = 0;
  std::int64_t large_sums_ = 0;
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
                 merged_view& view, capture_data& out) {
  grouping groups(source, mark, plans, view);
  groups.add_reused(source, mark, out);
  groups.take(out);
  add_graph_kernels(out);
}

}  // namespace flopwatch::capture_detail
