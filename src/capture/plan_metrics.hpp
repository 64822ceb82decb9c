// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "capture/mark.hpp"
#include "capture/schema.hpp"
#include "capture/table_reader.hpp"
#include "flopwatch/capture_records.hpp"

/// \file
/// The plans of a capture, and their counter tables.

namespace flopwatch::capture_detail {

/// A metric and its column in the counter tables of its plan.
struct stored_metric {
  metric_record record;
  std::string column;
};

/// Plans with their metrics in order of id; a plan may have none.
using plan_metrics = std::map<std::int64_t, std::vector<stored_metric>>;

[[nodiscard]] plan_metrics read_plans(read_source const& source, closed_mark const& mark);

/// Rows of a counter table: "SELECT <id of what was counted>, <metrics> FROM <table> c <clause>".
[[nodiscard]] table_reader counter_reader(read_source const& source, counted what, std::int64_t plan,
                                          std::vector<stored_metric> const& metrics,
                                          std::string const& clause);

}  // namespace flopwatch::capture_detail
