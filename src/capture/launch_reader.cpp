// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/launch_reader.hpp"

#include <fmt/format.h>

#include "capture/records.hpp"
#include "capture/schema.hpp"

namespace flopwatch::capture_detail {

plan_metrics read_plans(sqlite3* db, closed_mark const& mark) {
  plan_metrics out;
  table_reader plans(db, "plan");
  while (plans.next()) {
    std::int64_t plan = 0;
    plans(plan);
    out[plan];
  }
  mark.check("plan", plans.sum());
  table_reader metrics(db, "metric");
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

table_reader counter_reader(sqlite3* db, std::int64_t plan, std::vector<stored_metric> const& metrics,
                            char const* clause) {
  auto const table = counter_table(plan);
  std::string sql = "SELECT c.launch";
  for (auto const& m : metrics) sql += ", c." + sql_name(m.column);
  return {db, table, sql + " FROM " + sql_name(table) + " c " + clause};
}

void visit_launches(sqlite3* db, closed_mark const& mark, plan_metrics const& plans,
                    std::function<bool(launch_record const&)> const& visit) {
  std::map<std::int64_t, table_reader> counters;
  for (auto const& [plan, metrics] : plans) {
    counters.emplace(plan, counter_reader(db, plan, metrics, "WHERE c.launch = ?"));
  }
  table_reader launches(db, "launch", "SELECT * FROM launch ORDER BY context, order_in_context, id");
  while (launches.next()) {
    launch_record r;
    columns(launches, r);
    if (r.plan != 0) {
      auto const it = counters.find(r.plan);
      if (it == counters.end()) {
        throw damage(fmt::format("launch {} belongs to plan {}, which is not there", r.id, r.plan));
      }
      auto& row = it->second;
      row.seek(r.id);
      if (!row.next()) throw damage(fmt::format("launch {} has no row in table {}", r.id, row.table()));
      std::int64_t id = 0;
      row(id);
      for (std::size_t i = 0; i < plans.at(r.plan).size(); ++i) {
        auto const v = row.get_number();
        r.counters.push_back(v.type == table_reader::kind::none ? std::nullopt : std::optional(v.real));
      }
    }
    if (!visit(r)) return;
  }
  mark.check("launch", launches.sum());
  for (auto& [plan, row] : counters) mark.check(row.table(), row.sum());
}

}  // namespace flopwatch::capture_detail
