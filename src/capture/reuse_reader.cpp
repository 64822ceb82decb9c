// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/reuse_reader.hpp"

#include <utility>

#include <fmt/format.h>

#include "capture/counter_lookup.hpp"
#include "capture/raw_image.hpp"
#include "capture/records.hpp"

namespace flopwatch::capture_detail {
namespace {

constexpr char const* reuse_tables[] = {"reuse_key", "reuse_count", "reuse_check", "reuse_audit"};

/// What a check can refer to.
struct check_targets {
  check_targets(read_source const& source, closed_mark const& mark) {
    table_reader rows(source, table_of<reuse_key_record>);
    while (rows.next()) {
      reuse_key_record r;
      columns(rows, r);
      keys.emplace(r.id, r.plan);
    }
    if (!has_raw_tables(source, mark)) return;
    table_reader all(source, table_of<raw_chunk_record>);
    while (all.next()) {
      raw_chunk_record r;
      columns(all, r);
      chunks.emplace(r.id, r);
    }
  }

  std::map<std::int64_t, std::int64_t> keys;  ///< with their plans
  std::map<std::int64_t, raw_chunk_record> chunks;
};

void refuse(reuse_check_record const& r, std::string const& why) {
  throw damage(fmt::format("check {} is of range {} of chunk {}, {}", r.id, r.range, r.chunk, why));
}

void verify(reuse_check_record const& r, check_targets const& there) {
  if (r.key != 0) {
    auto const key = there.keys.find(r.key);
    if (key == there.keys.end())
      throw damage(fmt::format("check {} is of key {}, which is not there", r.id, r.key));
    if (key->second != 0 && key->second != r.plan)
      throw damage(fmt::format("check {} is of another plan than key {}", r.id, r.key));
  }
  auto const it = there.chunks.find(r.chunk);
  if (it == there.chunks.end()) refuse(r, "and that chunk is not there");
  auto const& chunk = it->second;
  if (r.range >= chunk.ranges || r.range < 0) refuse(r, fmt::format("which has {}", chunk.ranges));
  if (!chunk.kept) refuse(r, "whose image was not kept");
  if (chunk.lossy) refuse(r, "whose values are lost");
  if (chunk.plan != r.plan || r.plan == 0) refuse(r, fmt::format("which plan {} did not count", r.plan));
}

void verify_values(reuse_check_record const& r, std::vector<stored_metric> const& metrics,
                   std::int64_t group) {
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    auto const& metric = metrics[m].record;
    if (r.counters[m] && metric.metric_group != group)
      refuse(r, fmt::format("and has a value of {}, which that chunk did not count", metric.name));
  }
}

}  // namespace

bool has_reuse_tables(read_source const& source, closed_mark const& mark) {
  bool all = true;
  for (auto const* table : reuse_tables) all = mark.has(source, table) && all;
  return all;
}

void visit_reuse_keys(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                      std::function<bool(reuse_key_record const&)> const& visit) {
  counter_lookup counters(source, mark, plans, counted::reuse_key);
  table_reader keys(source, table_of<reuse_key_record>);
  while (keys.next()) {
    reuse_key_record r;
    columns(keys, r);
    counters.fill(r);
    if (!visit(r)) return;
  }
  mark.check(keys.table(), keys.sum());
  counters.check(mark);
}

void visit_reuse_checks(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                        std::function<bool(reuse_check_record const&)> const& visit) {
  check_targets const there(source, mark);
  counter_lookup counters(source, mark, plans, counted::reuse_check);
  table_reader checks(source, table_of<reuse_check_record>,
                      R"(SELECT * FROM reuse_check ORDER BY chunk, "range", id)");
  std::pair<std::int64_t, std::int64_t> last{0, -1};
  while (checks.next()) {
    reuse_check_record r;
    columns(checks, r);
    verify(r, there);
    std::pair const place(r.chunk, r.range);
    if (place == last) refuse(r, "and so is another one");
    last = place;
    counters.fill(r);
    verify_values(r, plans.at(r.plan), there.chunks.at(r.chunk).metric_group);
    if (!visit(r)) return;
  }
  mark.check(checks.table(), checks.sum());
  counters.check(mark);
}

}  // namespace flopwatch::capture_detail
