// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/merge/merged_plans.hpp"

#include <utility>

#include <fmt/format.h>

#include "capture/failure.hpp"
#include "capture/raw_image.hpp"
#include "capture/records.hpp"
#include "capture/table_reader.hpp"

namespace flopwatch::capture_detail {
namespace {

using groups_by_plan = std::map<std::int64_t, std::vector<counter_group_record>>;

groups_by_plan read_groups(merge_input const& input) {
  groups_by_plan out;
  if (!has_raw_tables(input.source(), input.mark())) return out;
  table_reader rows(input.source(), table_of<counter_group_record>);
  while (rows.next()) {
    std::int64_t row_number = 0;
    rows(row_number);
    counter_group_record r;
    columns(rows, r);
    auto& of_plan = out[r.plan];
    of_plan.push_back(std::move(r));
  }
  input.mark().check(table_of<counter_group_record>, rows.sum());
  return out;
}

/// Everything that decides what its values are. Images take their hash's place: they are large.
std::string content_of(std::vector<stored_metric> const& metrics,
                       std::vector<counter_group_record> const& groups, bool reused) {
  std::string out = reused ? "reused\n" : "\n";
  for (auto const& m : metrics)
    out += fmt::format("{}\t{}\t{}\n", m.record.metric_group, m.record.unit, m.record.name);
  std::map<std::int64_t, std::string> by_group;
  for (auto const& g : groups) {
    row_hash image;
    image.bytes(g.config_image);
    by_group[g.metric_group] =
        fmt::format("{}\t{}\t{}\t{:016x}", g.chip, g.cupti_version, g.config_image.size(), image.value());
  }
  for (auto const& [group, text] : by_group) out += fmt::format("group {}\t{}\n", group, text);
  return out;
}

}  // namespace

void merged_plans::take(merge_input const& input) {
  metrics_ = read_plans(input.source(), input.mark());
  auto groups = read_groups(input);
  plans_of_.clear();
  reused_.clear();
  for (auto const& [plan, metrics] : metrics_) {
    bool const reused = input.mark().has(input.source(), counter_table(counted::reuse_key, plan));
    reused_[plan] = reused;
    auto& of_plan = groups[plan];
    auto const [it, is_new] = by_content_.try_emplace(content_of(metrics, of_plan, reused), plans_ + 1);
    plans_of_[plan] = it->second;
    if (!is_new) continue;
    ++plans_;
    std::vector<metric_record> records;
    for (auto const& m : metrics) {
      records.push_back(m.record);
      records.back().id = ++metric_ids_;
      records.back().plan = it->second;
    }
    to_.add_plan(it->second, records, reused);
    for (auto& g : of_plan) {
      g.plan = it->second;
      to_.add(g);
    }
  }
  for (auto const& [plan, of_plan] : groups) {
    if (!metrics_.contains(plan))
      throw damage(fmt::format("a counter group refers to plan {}, which is not there", plan));
  }
}

std::int64_t merged_plans::plan(std::int64_t id, char const* who) const {
  if (id == 0) return 0;
  auto const it = plans_of_.find(id);
  if (it == plans_of_.end()) throw damage(fmt::format("{} refers to plan {}, which is not there", who, id));
  return it->second;
}

}  // namespace flopwatch::capture_detail
