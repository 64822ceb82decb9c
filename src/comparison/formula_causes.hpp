// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "comparison/context.hpp"
#include "comparison/row_products.hpp"
#include "flopwatch/comparison.hpp"

namespace flopwatch::comparison_detail {

/// Products in a row's own scopes that no rule counts, and why. The amounts are minus all of them together.
[[nodiscard]] std::vector<verdict> self_work_missed(context const& c, row_products const& p, std::size_t row);

/// Why a rule's result for a row's calls (`rule_macs`) differs from what ran at and below the row
/// (`operator_macs`, both in MACs). nullopt if they are equal, otherwise one verdict with the
/// whole difference. Causes are tried in this order: exactly twice, missing work, calls, a whole factor.
[[nodiscard]] std::optional<verdict> explain_rule(context const& c, std::vector<row_products> const& products,
                                                  std::size_t row, std::int64_t rule_macs,
                                                  std::int64_t operator_macs);

/// A row below another one that ran several times for each call of it.
struct repeated_row {
  std::size_t row = 0;
  std::int64_t times = 0;  ///< for each call of the upper row, at least 2
};

/// The row whose further calls a rule does not see: the rule's result plus the work of those further calls is
/// exactly what ran. nullopt if there is no such row.
[[nodiscard]] std::optional<repeated_row> calls_not_seen(context const& c,
                                                         std::vector<row_products> const& products,
                                                         std::size_t row, std::int64_t rule_macs,
                                                         std::int64_t operator_macs);

}  // namespace flopwatch::comparison_detail
