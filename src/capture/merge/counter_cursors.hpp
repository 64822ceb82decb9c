// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "capture/merge/input.hpp"
#include "capture/merge/merged_plans.hpp"
#include "capture/plan_metrics.hpp"

namespace flopwatch::capture_detail {

/// The counters of what was counted, read along with its table: both are in order of ids.
class counter_cursors {
 public:
  counter_cursors(merge_input const& input, merged_plans const& plans, counted what)
      : input_(input), what_(what) {
    for (auto const& [plan, metrics] : plans.metrics()) {
      bool const is_reuse = what == counted::reuse_key || what == counted::reuse_check;
      if (is_reuse && !plans.is_reused(plan)) continue;
      // Up to capture version 3, plans have no counters of scope ranges.
      if (!input.mark().has(input.source(), counter_table(what, plan))) continue;
      rows_.emplace(
          plan, plan_rows{counter_reader(input.source(), what, plan, metrics, "ORDER BY 1"), metrics.size()});
    }
  }

  /// \throws damage for a record of no plan, and for one without counters
  template <class R>
  void fill(R& r) {
    if (r.plan == 0) return;
    auto const it = rows_.find(r.plan);
    if (it == rows_.end())
      throw damage(fmt::format("{} {} belongs to plan {}, which is not there", name_of(what_), r.id, r.plan));
    auto& [rows, metrics] = it->second;
    std::int64_t id = 0;
    if (rows.next()) rows(id);
    if (id != r.id)
      throw damage(fmt::format("{} {} has no row in table {}", name_of(what_), r.id, rows.table()));
    r.counters.resize(metrics);
    for (auto& v : r.counters) rows(v);
  }

  /// After the last one. \throws damage when a value was changed, and for counters of nothing
  void finish() {
    for (auto& [plan, all] : rows_) {
      if (all.rows.next())
        throw damage(fmt::format("table {} has a row of no {}", all.rows.table(), name_of(what_)));
      input_.mark().check(all.rows.table(), all.rows.sum());
    }
  }

 private:
  struct plan_rows {
    table_reader rows;
    std::size_t metrics;
  };
  merge_input const& input_;
  counted what_;
  std::map<std::int64_t, plan_rows> rows_;
};

}  // namespace flopwatch::capture_detail
