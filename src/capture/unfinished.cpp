// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/unfinished.hpp"

#include "capture/records.hpp"
#include "capture/schema.hpp"

namespace flopwatch::capture_detail {
namespace {

/// The plan of launches that have counters.
constexpr std::int64_t only_plan = 1;

template <class R>
table_writer replacing(sqlite3* db) {
  return {db, table_of<R>, "REPLACE"};
}

template <class R>
void put_all(table_writer& to, std::vector<R> const& rows) {
  for (auto const& r : rows) {
    columns(to, r);
    to.finish();
  }
}

std::int64_t number_of(std::unordered_map<std::string, std::int64_t>& ids, std::string const& name) {
  return ids.try_emplace(name, static_cast<std::int64_t>(ids.size()) + 1).first->second;
}

}  // namespace

unfinished_tables::unfinished_tables(sqlite3* db)
    : db_(db),
      modules_(replacing<module_record>(db)),
      module_paths_(replacing<module_path_record>(db)),
      scopes_(replacing<scope_record>(db)),
      operators_(db, "operator", "REPLACE"),
      operator_calls_(replacing<operator_call_record>(db)),
      formula_calls_(replacing<formula_call_record>(db)),
      losses_(replacing<data_loss_record>(db)),
      kernels_(replacing<kernel_record>(db)),
      launches_(replacing<launch_record>(db)) {}

void unfinished_tables::put(unfinished_rows const& rows) {
  put_info(rows.info);
  put_all(modules_, rows.modules);
  put_all(module_paths_, rows.module_paths);
  put_all(scopes_, rows.scopes);
  for (auto const& r : rows.operator_calls) {
    auto const known = operator_ids_.size();
    auto const id = number_of(operator_ids_, r.name);
    if (operator_ids_.size() != known) {
      operators_(id, r.name);
      operators_.finish();
    }
    columns(operator_calls_, r, id);
    operator_calls_.finish();
  }
  for (auto const& r : rows.formula_calls) {
    formula_calls_.put(r.scope);
    columns(formula_calls_, r);
    formula_calls_.finish();
  }
  for (auto const& r : rows.losses) {
    losses_.put(number_of(loss_ids_, r.kind));
    columns(losses_, r);
    losses_.finish();
  }
  if (!rows.metrics.empty()) add_plan(rows.metrics);
  put_all(kernels_, rows.kernels);
  for (auto const& r : rows.launches) put_launch(r);
}

void unfinished_tables::put_info(std::map<std::string, std::string> const& info) {
  if (info.empty()) return;
  table_writer known(db_, "info", "REPLACE");
  for (auto const& [key, value] : info) {
    known(key, value);
    known.finish();
  }
  execute(db_, "DELETE FROM info WHERE value = ''");
}

void unfinished_tables::add_plan(std::vector<metric_record> const& metrics) {
  auto const names = metric_columns(metrics);
  execute(db_, plan_sql(only_plan, names, false));
  table_writer plans(db_, "plan");
  plans(only_plan);
  plans.finish();
  table_writer known(db_, table_of<metric_record>);
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    columns(known, metrics[i], names[i]);
    known.finish();
  }
  counters_.emplace(db_, counter_table(counted::launch, only_plan), "REPLACE");
}

void unfinished_tables::put_launch(launch_record const& r) {
  has_launches_ = true;
  columns(launches_, r);
  launches_.finish();
  if (r.plan != only_plan || !counters_) return;
  counters_->put(r.id);
  for (auto const& v : r.counters) counters_->put(v);
  counters_->finish();
}

void unfinished_tables::drop_all(sqlite3* db) {
  if (query_integer(db, "SELECT count(*) FROM plan") != 0) {
    execute(db, drop_plan_sql(only_plan, false));
  }
  execute(
      db,
      "DELETE FROM info; DELETE FROM module; DELETE FROM module_path; DELETE FROM scope; DELETE FROM operator; "
      "DELETE FROM operator_call; DELETE FROM formula_call; DELETE FROM data_loss; DELETE FROM plan; "
      "DELETE FROM metric; DELETE FROM kernel; DELETE FROM launch;");
}

}  // namespace flopwatch::capture_detail
