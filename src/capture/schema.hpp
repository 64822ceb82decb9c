// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "flopwatch/capture.hpp"

/// \file
/// The tables and views of a capture; docs/capture-format.md describes them.

namespace flopwatch::capture_detail {

/// Page size, schema, application_id and user_version of a new capture.
[[nodiscard]] std::string schema_sql();

/// Counter table of a plan: "counters_1".
[[nodiscard]] std::string counter_table(std::int64_t plan);

/// Columns that the view of a plan has beside its counters.
inline constexpr std::size_t columns_beside = 13;

/// The counter table and the view of a plan, whose metrics have these columns.
[[nodiscard]] std::string plan_sql(std::int64_t plan, std::vector<std::string> const& columns);

/// A column for each metric: its name with everything but ASCII letters, digits and "_" replaced,
/// unique without regard to case.
[[nodiscard]] std::vector<std::string> metric_columns(std::vector<metric_record> const& metrics);

}  // namespace flopwatch::capture_detail
