// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "capture/plan_metrics.hpp"

namespace flopwatch::capture_detail {

/// The counters of what was counted, looked up by id.
class counter_lookup {
 public:
  counter_lookup(read_source const& source, closed_mark const& mark, plan_metrics const& plans, counted what)
      : what_(what) {
    auto const clause = fmt::format("WHERE c.{} = ?", name_of(what));
    for (auto const& [plan, metrics] : plans) {
      if (is_reused(what) && !mark.has(source, counter_table(what, plan))) continue;
      rows_.emplace(plan, plan_rows{counter_reader(source, what, plan, metrics, clause), metrics.size()});
    }
  }

  /// \throws damage for a record of no plan, and for one without counters
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

  /// After the last one. \throws damage when a value was changed
  void check(closed_mark const& mark) {
    for (auto& [plan, rows] : rows_) mark.check(rows.row.table(), rows.row.sum());
  }

 private:
  /// Not every plan has counters of keys and checks.
  [[nodiscard]] static bool is_reused(counted what) noexcept {
    return what == counted::reuse_key || what == counted::reuse_check;
  }

  struct plan_rows {
    table_reader row;
    std::size_t metrics;
  };
  counted what_;
  std::map<std::int64_t, plan_rows> rows_;
};

}  // namespace flopwatch::capture_detail
