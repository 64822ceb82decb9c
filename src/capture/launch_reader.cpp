// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/launch_reader.hpp"

#include <fmt/format.h>

#include "capture/old_versions.hpp"
#include "capture/records.hpp"
#include "capture/schema.hpp"

namespace flopwatch::capture_detail {
namespace {

/// The counters of launches, or of scope ranges, looked up by id.
class counter_lookup {
 public:
  counter_lookup(read_source const& source, plan_metrics const& plans, counted what) : what_(what) {
    auto const clause = fmt::format("WHERE c.{} = ?", name_of(what));
    for (auto const& [plan, metrics] : plans) {
      rows_.emplace(plan, plan_rows{counter_reader(source, what, plan, metrics, clause), metrics.size()});
    }
  }

  template <class R>
  void fill(R& r) {
    if (r.plan == 0) return;
    auto const it = rows_.find(r.plan);
    if (it == rows_.end()) {
      throw damage(fmt::format("{} {} belongs to plan {}, which is not there", name_of(what_), r.id, r.plan));
    }
    auto& [row, metrics] = it->second;
    row.seek(r.id);
    if (!row.next()) {
      throw damage(fmt::format("{} {} has no row in table {}", name_of(what_), r.id, row.table()));
    }
    std::int64_t id = 0;
    row(id);
    r.counters.reserve(metrics);
    for (std::size_t i = 0; i < metrics; ++i) {
      auto const v = row.get_number();
      r.counters.push_back(v.type == table_reader::kind::none ? std::nullopt : std::optional(v.real));
    }
  }

  void check(closed_mark const& mark) {
    for (auto& [plan, rows] : rows_) mark.check(rows.row.table(), rows.row.sum());
  }

 private:
  struct plan_rows {
    table_reader row;
    std::size_t metrics;
  };
  counted what_;
  std::map<std::int64_t, plan_rows> rows_;
};

constexpr char const* by_place = "SELECT * FROM {} ORDER BY context, order_in_context, id";

/// Rows of table `launch`; `visit` also gets whether the row is a scope range, and of how many launches.
void visit_launch_rows(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                       std::function<bool(launch_record const&, bool, std::int64_t)> const& visit) {
  bool const old = ranges_are_launches(source);
  counter_lookup counters(source, plans, counted::launch);
  table_reader launches(source, "launch", fmt::format(by_place, "launch"));
  while (launches.next()) {
    launch_record r;
    std::int64_t covers = 0;
    bool const is_range = read_launch_row(launches, old, r, covers);
    counters.fill(r);
    if (!visit(r, is_range, covers)) return;
  }
  mark.check("launch", launches.sum());
  counters.check(mark);
}

}  // namespace

plan_metrics read_plans(read_source const& source, closed_mark const& mark) {
  plan_metrics out;
  table_reader plans(source, "plan");
  while (plans.next()) {
    std::int64_t plan = 0;
    plans(plan);
    out[plan];
  }
  mark.check("plan", plans.sum());
  table_reader metrics(source, "metric");
  while (metrics.next()) {
    stored_metric m;
    columns(metrics, m.record, m.column);
    auto const it = out.find(m.record.plan);
    if (it == out.end()) {
      throw damage(
          fmt::format("metric {} belongs to plan {}, which is not there", m.record.id, m.record.plan));
    }
    it->second.push_back(std::move(m));
  }
  mark.check("metric", metrics.sum());
  return out;
}

table_reader counter_reader(read_source const& source, counted what, std::int64_t plan,
                            std::vector<stored_metric> const& metrics, std::string const& clause) {
  auto const table = counter_table(what, plan);
  auto sql = fmt::format("SELECT c.{}", name_of(what));
  for (auto const& m : metrics) sql += ", c." + sql_name(m.column);
  return {source, table, sql + " FROM " + sql_name(table) + " c " + clause};
}

void visit_launches(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                    std::function<bool(launch_record const&)> const& visit) {
  visit_launch_rows(source, mark, plans, [&](launch_record const& r, bool is_range, std::int64_t /*covers*/) {
    return is_range || visit(r);
  });
}

void visit_scope_ranges(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                        std::function<bool(scope_range_record const&)> const& visit) {
  if (ranges_are_launches(source)) {
    return visit_launch_rows(
        source, mark, plans, [&](launch_record const& r, bool is_range, std::int64_t covers) {
          return !is_range || visit({r.id, r.plan, r.scope, r.phase, r.order, r.context, covers, r.counters});
        });
  }
  counter_lookup counters(source, plans, counted::scope_range);
  table_reader ranges(source, "scope_range", fmt::format(by_place, "scope_range"));
  while (ranges.next()) {
    scope_range_record r;
    columns(ranges, r);
    counters.fill(r);
    if (!visit(r)) return;
  }
  mark.check("scope_range", ranges.sum());
  counters.check(mark);
}

}  // namespace flopwatch::capture_detail
