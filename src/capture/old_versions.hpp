// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "capture/records.hpp"
#include "capture/table_reader.hpp"

/// \file
/// What captures of older versions have in other places. Renamed columns need nothing: tables are read by
/// the position of their columns.

namespace flopwatch::capture_detail {

/// Up to version 3, table `launch` also has the scope ranges: as launches of kernel 0, with their counters in
/// `counters_<plan>`. Its last column is `covers`: the launches that the counters are of; 0 for a launch
/// that was counted in a scope range.
[[nodiscard]] inline bool ranges_are_launches(read_source const& source) {
  return query_integer(source, "PRAGMA user_version") < 4;
}

/// Reads one row of table `launch`; `old` as `ranges_are_launches`.
/// \returns true when the row is a scope range of `covers` launches
[[nodiscard]] inline bool read_launch_row(table_reader& rows, bool old, launch_record& r,
                                          std::int64_t& covers) {
  if (!old) {
    columns(rows, r);
    return false;
  }
  columns(rows, r, covers);
  bool const is_range = r.kernel == 0;
  r.in_scope_range = !is_range && covers == 0 && r.plan == 0;
  return is_range;
}

}  // namespace flopwatch::capture_detail
