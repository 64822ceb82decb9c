// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "capture/mark.hpp"
#include "capture/table_reader.hpp"
#include "flopwatch/capture.hpp"

namespace flopwatch::capture_detail {

/// A metric and its column in the counter table of its plan.
struct stored_metric {
  metric_record record;
  std::string column;
};

/// Plans with their metrics in order of id; a plan may have none.
using plan_metrics = std::map<std::int64_t, std::vector<stored_metric>>;

[[nodiscard]] plan_metrics read_plans(sqlite3* db, closed_mark const& mark);

/// Launches summed up by scope, operator call, kernel, phase and plan (and in that order). One pass over the
/// tables. What did not fit 64 bits becomes a
/// count_overflow in `losses`.
[[nodiscard]] std::vector<launch_group> read_launch_groups(sqlite3* db, closed_mark const& mark,
                                                           plan_metrics const& plans,
                                                           std::vector<data_loss_record>& losses);

/// Launches one by one, by context and order.
void visit_launches(sqlite3* db, closed_mark const& mark, plan_metrics const& plans,
                    std::function<bool(launch_record const&)> const& visit);

/// Rows of a plan's counter table: "SELECT launch, <metrics> FROM counters_<plan> <clause>".
[[nodiscard]] table_reader counter_reader(sqlite3* db, std::int64_t plan,
                                          std::vector<stored_metric> const& metrics, char const* clause);

}  // namespace flopwatch::capture_detail
