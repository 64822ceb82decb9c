// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/plan_metrics.hpp"

#include <utility>

#include <fmt/format.h>

#include "capture/records.hpp"

namespace flopwatch::capture_detail {

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

}  // namespace flopwatch::capture_detail
