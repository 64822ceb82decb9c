// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "comparison/context.hpp"
#include "comparison/row_products.hpp"
#include "flopwatch/comparison.hpp"

namespace flopwatch::comparison_detail {

/// What a row itself explains of the difference formula - operator in phase forward.
struct formula_findings {
  std::vector<verdict> own;
  /// The rest of the difference is in the rows below. False: `own` explains the whole subtree, which the
  /// row's rule covers.
  bool goes_down = true;
};

[[nodiscard]] formula_findings formula_findings_of(context const& c,
                                                   std::vector<row_products> const& products,
                                                   std::size_t row);

/// For a row whose formula is hidden while its caller's is not: its part of the caller's difference.
[[nodiscard]] verdict called_from_elsewhere(context const& c, row_products const& p, std::size_t row);

/// Operators of the row without a full rule: a verdict of amount 0 for each of the two kinds that it has.
[[nodiscard]] std::vector<verdict> incomplete_operators(context const& c, std::size_t row);

/// Products of other phases at and below a row; the formula has none.
[[nodiscard]] std::vector<verdict> other_phases(context const& c, row_products const& p, std::size_t row);

}  // namespace flopwatch::comparison_detail
