// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/executed.hpp"
#include "flopwatch/report.hpp"
#include "html/column.hpp"

/// \file
/// One capture as the page's script reads it. Every table has its columns of one length; texts are indices of
/// the side's `strings`.

namespace flopwatch::html {

/// One capture of the page.
struct side {
  analysis const& a;
  std::string_view name;
  std::vector<executed_work> executed;  ///< of each row, `take_apart`
};

/// The capture as one JSON object.
[[nodiscard]] std::string side_json(side const& s);

/// The rows of the tree with their figures.
[[nodiscard]] std::string rows_json(side const& s, string_table& strings);
/// Which rows a folded table shows, and how many rows each stands for.
[[nodiscard]] std::string folded_json(analysis const& a, string_table& strings);
/// The work of each row by number format.
[[nodiscard]] std::string formats_json(analysis const& a);
[[nodiscard]] std::string verdicts_json(analysis const& a, string_table& strings);
/// Operator calls by row.
[[nodiscard]] std::string operators_json(analysis const& a, string_table& strings);
/// Launches by row, kernel and operator call, launches counted together, and the counters behind both.
[[nodiscard]] std::string launches_json(analysis const& a, string_table& strings);

}  // namespace flopwatch::html
