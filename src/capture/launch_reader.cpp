// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/launch_reader.hpp"

#include <cstdint>

#include <fmt/format.h>

#include "capture/counter_lookup.hpp"
#include "capture/old_versions.hpp"
#include "capture/records.hpp"

namespace flopwatch::capture_detail {
namespace {

constexpr char const* by_place = "SELECT * FROM {} ORDER BY context, order_in_context, id";

/// Rows of table `launch`; `visit` also gets whether the row is a scope range, and of how many launches.
void visit_launch_rows(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                       std::function<bool(launch_record const&, bool, std::int64_t)> const& visit) {
  bool const old = ranges_are_launches(source);
  counter_lookup counters(source, mark, plans, counted::launch);
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
  counter_lookup counters(source, mark, plans, counted::scope_range);
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
