// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/schema.hpp"

#include <array>
#include <set>

#include <fmt/format.h>

#include "capture/sqlite.hpp"

namespace flopwatch::capture_detail {
namespace {

// Launches are many, and a CHECK costs as much as the insertion: the writer looks at them itself.
// Of more than two values IN makes SQLite build an index for every row, five times the insertion: OR does
// not.
constexpr char const* tables = R"sql(
CREATE TABLE info(key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE module(
  id INTEGER PRIMARY KEY CHECK(id > 0),
  type TEXT NOT NULL,
  library_type INTEGER NOT NULL CHECK(library_type IN (0, 1)),
  transparent INTEGER NOT NULL CHECK(transparent IN (0, 1)),
  opens_scope INTEGER NOT NULL CHECK(opens_scope IN (0, 1)),
  rule TEXT NOT NULL CHECK(rule = 'none' OR rule = 'thop' OR rule = 'custom'),
  rule_name TEXT NOT NULL,
  parameters INTEGER NOT NULL);
CREATE TABLE module_path(
  id INTEGER PRIMARY KEY CHECK(id > 0),
  parent INTEGER NOT NULL,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  module INTEGER NOT NULL);
CREATE TABLE scope(
  id INTEGER PRIMARY KEY CHECK(id > 0),
  parent INTEGER NOT NULL,
  path TEXT NOT NULL,
  type TEXT NOT NULL,
  module INTEGER NOT NULL,
  call INTEGER NOT NULL,
  phase TEXT NOT NULL CHECK(phase = 'forward' OR phase = 'backward' OR phase = 'recompute' OR phase = 'optimizer'),
  entries INTEGER NOT NULL CHECK(entries >= 0));
CREATE TABLE operator(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE operator_call(
  id INTEGER PRIMARY KEY CHECK(id > 0),
  scope INTEGER NOT NULL,
  operator INTEGER NOT NULL,
  shapes TEXT NOT NULL,
  phase TEXT NOT NULL CHECK(phase = 'forward' OR phase = 'backward' OR phase = 'recompute' OR phase = 'optimizer'),
  status TEXT NOT NULL CHECK(status = 'counted' OR status = 'no_arithmetic' OR status = 'unsupported' OR
                             status = 'partly_counted'),
  arithmetic TEXT NOT NULL CHECK(arithmetic = 'none' OR arithmetic = 'multiply_add' OR arithmetic = 'other'),
  precision TEXT NOT NULL,
  calls INTEGER NOT NULL CHECK(calls >= 0),
  macs INTEGER NOT NULL,
  useful_macs INTEGER NOT NULL,
  other_flops INTEGER NOT NULL,
  note TEXT NOT NULL);
CREATE TABLE formula_call(
  id INTEGER PRIMARY KEY,
  scope INTEGER NOT NULL,
  module INTEGER NOT NULL,
  unit TEXT NOT NULL CHECK(unit IN ('macs', 'operations')),
  calls INTEGER NOT NULL CHECK(calls >= 0),
  amount INTEGER NOT NULL,
  shapes TEXT NOT NULL);
CREATE TABLE plan(id INTEGER PRIMARY KEY CHECK(id > 0));
CREATE TABLE metric(
  id INTEGER PRIMARY KEY CHECK(id > 0),
  plan INTEGER NOT NULL,
  "column" TEXT NOT NULL,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  metric_group INTEGER NOT NULL,
  UNIQUE(plan, name));
CREATE TABLE kernel(id INTEGER PRIMARY KEY CHECK(id > 0), name TEXT NOT NULL, demangled TEXT NOT NULL);
CREATE TABLE graph_kernel(
  id INTEGER PRIMARY KEY,
  graph INTEGER NOT NULL,
  kernel INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  operator_call INTEGER NOT NULL,
  phase TEXT NOT NULL CHECK(phase = 'forward' OR phase = 'backward' OR phase = 'recompute' OR phase = 'optimizer'),
  nodes INTEGER NOT NULL CHECK(nodes >= 0));
CREATE TABLE launch(
  id INTEGER PRIMARY KEY,
  plan INTEGER NOT NULL,
  kernel INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  operator_call INTEGER NOT NULL,
  phase TEXT NOT NULL,
  order_in_context INTEGER NOT NULL,
  context INTEGER NOT NULL,
  stream INTEGER NOT NULL,
  thread INTEGER NOT NULL,
  grid_x INTEGER NOT NULL, grid_y INTEGER NOT NULL, grid_z INTEGER NOT NULL,
  block_x INTEGER NOT NULL, block_y INTEGER NOT NULL, block_z INTEGER NOT NULL,
  in_scope_range INTEGER NOT NULL);
CREATE TABLE scope_range(
  id INTEGER PRIMARY KEY CHECK(id > 0),
  plan INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  phase TEXT NOT NULL CHECK(phase = 'forward' OR phase = 'backward' OR phase = 'recompute' OR phase = 'optimizer'),
  order_in_context INTEGER NOT NULL,
  context INTEGER NOT NULL,
  launches INTEGER NOT NULL CHECK(launches >= 0));
CREATE TABLE reuse_key(
  id INTEGER PRIMARY KEY CHECK(id > 0),
  plan INTEGER NOT NULL,
  kernel INTEGER NOT NULL,
  class TEXT NOT NULL CHECK(class = 'learning' OR class = 'constant' OR class = 'variable'),
  by_parameter INTEGER NOT NULL CHECK(by_parameter IN (0, 1)),
  grid_x INTEGER NOT NULL, grid_y INTEGER NOT NULL, grid_z INTEGER NOT NULL,
  block_x INTEGER NOT NULL, block_y INTEGER NOT NULL, block_z INTEGER NOT NULL,
  shared_bytes INTEGER NOT NULL,
  launches INTEGER NOT NULL CHECK(launches >= 0),
  checks INTEGER NOT NULL CHECK(checks >= 0),
  bound_flops INTEGER);
CREATE TABLE reuse_count(
  id INTEGER PRIMARY KEY,
  key INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  operator_call INTEGER NOT NULL,
  phase TEXT NOT NULL CHECK(phase = 'forward' OR phase = 'backward' OR phase = 'recompute' OR phase = 'optimizer'),
  launches INTEGER NOT NULL CHECK(launches >= 0));
CREATE TABLE reuse_check(
  id INTEGER PRIMARY KEY CHECK(id > 0),
  plan INTEGER NOT NULL,
  key INTEGER NOT NULL,
  chunk INTEGER NOT NULL,
  range INTEGER NOT NULL CHECK(range >= 0),
  number INTEGER NOT NULL CHECK(number >= 0));
CREATE TABLE reuse_audit(
  id INTEGER PRIMARY KEY,
  plan INTEGER NOT NULL,
  metric_group INTEGER NOT NULL,
  audits INTEGER NOT NULL CHECK(audits >= 0),
  equal INTEGER NOT NULL CHECK(equal >= 0),
  largest_difference INTEGER NOT NULL,
  bound INTEGER);
CREATE TABLE counter_group(
  id INTEGER PRIMARY KEY,
  plan INTEGER NOT NULL,
  metric_group INTEGER NOT NULL,
  chip TEXT NOT NULL,
  cupti_version INTEGER NOT NULL,
  config_image BLOB NOT NULL,
  UNIQUE(plan, metric_group));
CREATE TABLE raw_chunk(
  id INTEGER PRIMARY KEY CHECK(id > 0),
  plan INTEGER NOT NULL,
  metric_group INTEGER NOT NULL,
  context INTEGER NOT NULL,
  first_order INTEGER NOT NULL CHECK(first_order >= 0),
  launches INTEGER NOT NULL CHECK(launches >= 0),
  ranges INTEGER NOT NULL CHECK(ranges >= 0),
  lossy INTEGER NOT NULL CHECK(lossy IN (0, 1)),
  kept INTEGER NOT NULL CHECK(kept IN (0, 1)),
  image_bytes INTEGER NOT NULL CHECK(image_bytes >= 0));
CREATE TABLE raw_image(
  chunk INTEGER PRIMARY KEY,
  encoding TEXT NOT NULL CHECK(encoding IN ('zstd', 'plain')),
  bytes BLOB NOT NULL);
CREATE TABLE data_loss(
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  severity TEXT NOT NULL CHECK(severity = 'note' OR severity = 'warning' OR severity = 'error'),
  count INTEGER NOT NULL,
  text TEXT NOT NULL);
CREATE TABLE process(
  id INTEGER PRIMARY KEY CHECK(id > 0),
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  local_rank INTEGER NOT NULL,
  world_size INTEGER NOT NULL,
  started_utc TEXT NOT NULL,
  file TEXT NOT NULL);
CREATE TABLE process_rows(
  id INTEGER PRIMARY KEY,
  process INTEGER NOT NULL,
  table_name TEXT NOT NULL,
  first INTEGER NOT NULL CHECK(first > 0),
  rows INTEGER NOT NULL CHECK(rows > 0));
CREATE TABLE process_scope(
  id INTEGER PRIMARY KEY,
  process INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  entries INTEGER NOT NULL CHECK(entries >= 0));
CREATE TABLE process_info(
  id INTEGER PRIMARY KEY,
  process INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL);
CREATE TABLE process_loss(
  id INTEGER PRIMARY KEY,
  process INTEGER NOT NULL,
  kind TEXT NOT NULL,
  severity TEXT NOT NULL CHECK(severity = 'note' OR severity = 'warning' OR severity = 'error'),
  count INTEGER NOT NULL,
  text TEXT NOT NULL);
CREATE TABLE closed(table_name TEXT NOT NULL PRIMARY KEY, rows INTEGER NOT NULL, checksum INTEGER);
)sql";

// "id" first in every view, and names for ids wherever there are some.
constexpr char const* views = R"sql(
CREATE VIEW modules AS
  SELECT p.id, p.path, m.type, m.parameters, m.rule, m.rule_name, m.transparent, m.opens_scope,
         m.library_type
  FROM module_path p LEFT JOIN module m ON m.id = p.module;
CREATE VIEW operator_calls AS
  SELECT c.id, s.path AS scope, s.type AS scope_type, o.name AS operator, c.shapes, c.phase, c.status,
         c.arithmetic, c.precision, c.calls, c.macs, c.useful_macs, c.other_flops, c.note
  FROM operator_call c LEFT JOIN scope s ON s.id = c.scope LEFT JOIN operator o ON o.id = c.operator;
CREATE VIEW formula_calls AS
  SELECT f.id, s.path AS scope, s.call, m.type AS module_type, m.rule, m.rule_name, f.unit, f.calls,
         f.amount, f.shapes
  FROM formula_call f LEFT JOIN scope s ON s.id = f.scope LEFT JOIN module m ON m.id = f.module;
CREATE VIEW graph_kernels AS
  SELECT g.id, w.name AS graph, k.demangled AS kernel, s.path AS scope, s.type AS scope_type, o.name AS operator,
         g.phase, g.nodes
  FROM graph_kernel g LEFT JOIN kernel w ON w.id = g.graph LEFT JOIN kernel k ON k.id = g.kernel
       LEFT JOIN scope s ON s.id = g.scope
       LEFT JOIN operator_call c ON c.id = g.operator_call LEFT JOIN operator o ON o.id = c.operator;
CREATE VIEW launches AS
  SELECT l.id, k.demangled AS kernel, s.path AS scope, s.type AS scope_type, o.name AS operator, l.phase,
         l.plan, l.context, l.order_in_context, l.stream, l.thread,
         l.grid_x || 'x' || l.grid_y || 'x' || l.grid_z AS grid,
         l.block_x || 'x' || l.block_y || 'x' || l.block_z AS block,
         l.in_scope_range
  FROM launch l LEFT JOIN kernel k ON k.id = l.kernel LEFT JOIN scope s ON s.id = l.scope
       LEFT JOIN operator_call c ON c.id = l.operator_call LEFT JOIN operator o ON o.id = c.operator;
CREATE VIEW scope_ranges AS
  SELECT r.id, s.path AS scope, s.type AS scope_type, r.phase, r.plan, r.context, r.order_in_context,
         r.launches
  FROM scope_range r LEFT JOIN scope s ON s.id = r.scope;
CREATE VIEW reuse_keys AS
  SELECT r.id, k.demangled AS kernel, r.class, r.by_parameter, r.plan,
         r.grid_x || 'x' || r.grid_y || 'x' || r.grid_z AS grid,
         r.block_x || 'x' || r.block_y || 'x' || r.block_z AS block,
         r.shared_bytes, r.launches, r.checks, r.bound_flops
  FROM reuse_key r LEFT JOIN kernel k ON k.id = r.kernel;
CREATE VIEW reuse_counts AS
  SELECT c.id, c.key, k.demangled AS kernel, s.path AS scope, s.type AS scope_type, o.name AS operator, c.phase,
         c.launches
  FROM reuse_count c LEFT JOIN reuse_key r ON r.id = c.key LEFT JOIN kernel k ON k.id = r.kernel
       LEFT JOIN scope s ON s.id = c.scope
       LEFT JOIN operator_call p ON p.id = c.operator_call LEFT JOIN operator o ON o.id = p.operator;
CREATE VIEW reuse_checks AS
  SELECT c.id, c.key, k.demangled AS kernel, c.plan, c.chunk, c.range, c.number
  FROM reuse_check c LEFT JOIN reuse_key r ON r.id = c.key LEFT JOIN kernel k ON k.id = r.kernel;
CREATE VIEW process_operator_calls AS
  SELECT c.id, p.id AS process, p.rank, p.host, p.pid, s.path AS scope, s.type AS scope_type, o.name AS operator,
         c.shapes, c.phase, c.status, c.arithmetic, c.precision, c.calls, c.macs, c.useful_macs, c.other_flops
  FROM process p JOIN process_rows r ON r.process = p.id AND r.table_name = 'operator_call'
       JOIN operator_call c ON c.id BETWEEN r.first AND r.first + r.rows - 1
       LEFT JOIN scope s ON s.id = c.scope LEFT JOIN operator o ON o.id = c.operator;
)sql";

// Columns of the views of a plan and of its counter tables that are no counters.
constexpr char const* taken_columns[] = {
    "id",           "kernel",       "scope",          "scope_type",       "operator",    "phase",
    "plan",         "block",        "context",        "order_in_context", "stream",      "thread",
    "grid",         "launch",       "in_scope_range", "launches",         "scope_range", "class",
    "by_parameter", "shared_bytes", "checks",         "bound_flops",      "key",         "chunk",
    "range",        "number",       "reuse_key",      "reuse_check",
};

constexpr std::size_t longest_column = 100;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

std::string plain_column(std::string const& name) {
  std::string out;
  for (char c : name.substr(0, longest_column)) out += is_letter(c) || (c >= '0' && c <= '9') ? c : '_';
  if (out.empty() || !is_letter(out.front())) out.insert(0, "m_");
  return out;
}

std::string folded(std::string text) {
  for (char& c : text) c = lower(c);
  return text;
}

}  // namespace

std::string schema_sql() {
  return fmt::format("BEGIN;PRAGMA application_id = {};PRAGMA user_version = {};{}{}COMMIT;",
                     capture_application_id, capture_version, tables, views);
}

std::span<counted const> counted_in(bool reused) noexcept {
  static constexpr std::array all{counted::launch, counted::scope_range, counted::reuse_key,
                                  counted::reuse_check};
  return std::span(all).first(reused ? 4 : 2);
}

char const* name_of(counted what) noexcept {
  switch (what) {
    case counted::scope_range:
      return "scope_range";
    case counted::reuse_key:
      return "reuse_key";
    case counted::reuse_check:
      return "reuse_check";
    case counted::launch:
      break;
  }
  return "launch";
}

std::string counter_table(counted what, std::int64_t plan) {
  auto const of = what == counted::launch ? std::string() : std::string(name_of(what)) + "_";
  return of + "counters_" + std::to_string(plan);
}

namespace {

std::string counter_view(counted what, std::int64_t plan) {
  auto const of = what == counted::launch ? std::string("launches") : std::string(name_of(what)) + "s";
  return of + "_" + std::to_string(plan);
}

}  // namespace

std::string plan_sql(std::int64_t plan, std::vector<std::string> const& columns, bool reused) {
  std::string declared;
  std::string shown;
  for (auto const& c : columns) {
    // INTEGER affinity keeps a REAL that is no whole number as it is.
    declared += ", " + sql_name(c) + " INTEGER";
    shown += ", c." + sql_name(c);
  }
  std::string out;
  for (auto const what : counted_in(reused)) {
    auto const of = what == counted::launch ? std::string("launches") : std::string(name_of(what)) + "s";
    out += fmt::format(
        "CREATE TABLE {0}({1} INTEGER PRIMARY KEY{2});"
        "CREATE VIEW {4} AS SELECT v.*{5} FROM {0} c JOIN {3} v ON v.id = c.{1};",
        sql_name(counter_table(what, plan)), name_of(what), declared, of, counter_view(what, plan), shown);
  }
  return out;
}

std::string drop_plan_sql(std::int64_t plan, bool reused) {
  std::string out;
  for (auto const what : counted_in(reused)) {
    out += fmt::format("DROP VIEW {};DROP TABLE {};", counter_view(what, plan),
                       sql_name(counter_table(what, plan)));
  }
  return out;
}

std::vector<std::string> metric_columns(std::vector<metric_record> const& metrics) {
  std::set<std::string> taken(std::begin(taken_columns), std::end(taken_columns));
  std::vector<std::string> out;
  for (auto const& m : metrics) {
    auto const base = plain_column(m.name);
    auto column = base;
    for (int n = 2; !taken.insert(folded(column)).second; ++n) column = base + "_" + std::to_string(n);
    out.push_back(column);
  }
  return out;
}

}  // namespace flopwatch::capture_detail
