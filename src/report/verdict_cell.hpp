// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "flopwatch/comparison.hpp"
#include "report/figures.hpp"
#include "text/text_table.hpp"

namespace flopwatch::report {

/// The cell that says why the columns of a row differ.
struct verdict_cell {
  text::table_cell cell;
  bool below = false;   ///< a row below causes it
  bool unseen = false;  ///< it says "not seen"
};

[[nodiscard]] verdict_cell verdict_of_row(std::vector<verdict> const& verdicts, std::size_t row,
                                          silence silent);

}  // namespace flopwatch::report
