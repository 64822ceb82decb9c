// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "capture/mark.hpp"
#include "capture/schema.hpp"
#include "capture/table_reader.hpp"
#include "flopwatch/capture_records.hpp"

namespace flopwatch::capture_detail {

/// A metric and its column in the counter tables of its plan.
struct stored_metric {
  metric_record record;
  std::string column;
};

/// Plans with their metrics in order of id; a plan may have none.
using plan_metrics = std::map<std::int64_t, std::vector<stored_metric>>;

[[nodiscard]] plan_metrics read_plans(read_source const& source, closed_mark const& mark);

/// Fills `launch_groups` and `scope_range_groups`; what did not fit 64 bits becomes a count_overflow in
/// `losses`. Reads each table once.
void read_groups(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                 capture_data& out);

/// Launches, or scope ranges, one by one, by context and order.
void visit_launches(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                    std::function<bool(launch_record const&)> const& visit);
void visit_scope_ranges(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                        std::function<bool(scope_range_record const&)> const& visit);

/// Rows of a counter table: "SELECT <id of what was counted>, <metrics> FROM <table> c <clause>".
[[nodiscard]] table_reader counter_reader(read_source const& source, counted what, std::int64_t plan,
                                          std::vector<stored_metric> const& metrics,
                                          std::string const& clause);

}  // namespace flopwatch::capture_detail
