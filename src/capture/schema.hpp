// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "flopwatch/capture_records.hpp"

/// \file
/// The tables and views of a capture; docs/capture-format.md describes them.

namespace flopwatch::capture_detail {

/// Page size, schema, application_id and user_version of a new capture.
[[nodiscard]] std::string schema_sql();

/// What has counters.
enum class counted : std::uint8_t { launch, scope_range, reuse_key, reuse_check };

/// What a plan has counter tables for. \param reused as capture_writer::add_plan
[[nodiscard]] std::span<counted const> counted_in(bool reused) noexcept;

/// Name of its table, and of the column with its id in the counter tables: "launch".
[[nodiscard]] char const* name_of(counted what) noexcept;

/// Counter table of a plan: "counters_1", "scope_range_counters_1".
[[nodiscard]] std::string counter_table(counted what, std::int64_t plan);

/// Columns that the views of a plan have next to its counters, at most.
inline constexpr std::size_t columns_beside = 16;

/// The counter tables and the views of a plan, whose metrics have these columns.
[[nodiscard]] std::string plan_sql(std::int64_t plan, std::vector<std::string> const& columns, bool reused);
/// Takes these away.
[[nodiscard]] std::string drop_plan_sql(std::int64_t plan, bool reused);

/// A column for each metric: its name with everything but ASCII letters, digits and "_" replaced,
/// unique without regard to case.
[[nodiscard]] std::vector<std::string> metric_columns(std::vector<metric_record> const& metrics);

}  // namespace flopwatch::capture_detail
