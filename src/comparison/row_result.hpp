// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "comparison/context.hpp"
#include "comparison/row_products.hpp"
#include "comparison/verdict_list.hpp"
#include "flopwatch/comparison.hpp"

namespace flopwatch::comparison_detail {

/// Findings of a row and of the rows below it.
struct row_lists {
  verdict_list formula;   ///< they explain formula - operator in phase forward
  verdict_list listed;    ///< operators without a full rule, amount 0
  verdict_list measured;  ///< with `within_tolerance` they explain measured - operator
  std::int64_t within_tolerance = 0;
};

/// The row as the report shows it: its numbers, and its verdicts in order. What no finding explains is
/// `unexplained`.
[[nodiscard]] row_comparison row_result(context const& c, row_products const& p, std::size_t row,
                                        row_lists const& lists, verdict_list::pool const& pool);

}  // namespace flopwatch::comparison_detail
