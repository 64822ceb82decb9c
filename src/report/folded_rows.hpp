// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "flopwatch/report.hpp"
#include "report/figures.hpp"

namespace flopwatch::report {

/// Rows as a table shows them: equal siblings in one row, and none that did nothing.
struct folded_rows {
  std::vector<std::size_t> order;   ///< of the given rows those that are shown, depth first
  std::vector<std::int64_t> times;  ///< by row: how many rows it stands for; 0: it is not shown
  std::vector<std::int64_t> here;   ///< by row: how many of its siblings it stands for, itself included
  std::vector<std::string> label;   ///< by row, of a row that stands for siblings: "0-23"
  std::size_t without_work = 0;     ///< rows that are not shown because nothing ran in them
};

/// Folds siblings that are numbered (`layers.0`, `layers.1`), have one type and equal figures, and so all
/// that is below them. The row of a module is left out if nothing ran in it, it has no parameters, and there
/// is nothing to say of it. \param order rows, depth first, each after the one above it
[[nodiscard]] folded_rows fold_rows(analysis const& a, std::vector<std::size_t> const& order,
                                    std::vector<silence> const& silent);
/// Every row stands for itself.
[[nodiscard]] folded_rows unfolded_rows(analysis const& a, std::vector<std::size_t> order);

/// "0-23", "0, 2, 4-6", "0, 2, 4 … 46": in rising order. Each has 1 to 18 digits.
[[nodiscard]] std::string number_ranges(std::vector<std::string> const& numbers);

}  // namespace flopwatch::report
