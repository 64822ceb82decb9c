// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "flopwatch/attribution.hpp"

namespace flopwatch::report {

/// One row that the table shows.
struct shown_row {
  std::size_t row = 0;        ///< index into attribution::rows
  std::string guides;         ///< "│  ├─ "
  std::string narrow_guides;  ///< "│ ├ "
  std::int64_t folded = 0;    ///< rows below it that `depth` leaves out
};

/// Rows of the first `depth` levels (0: all) in order, with their guides. The outside row is always there.
[[nodiscard]] std::vector<shown_row> tree_view(std::vector<module_row> const& rows, int depth);
/// Of these rows alone, depth first with every row after the one above it.
/// \param times by row: how many rows it stands for; empty: itself
[[nodiscard]] std::vector<shown_row> tree_view(std::vector<module_row> const& rows, int depth,
                                               std::vector<std::size_t> const& order,
                                               std::vector<std::int64_t> const& times = {});

}  // namespace flopwatch::report
