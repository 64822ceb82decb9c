// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "comparison/context.hpp"
#include "comparison/row_products.hpp"
#include "flopwatch/comparison.hpp"

namespace flopwatch::comparison_detail {

/// Products in a row's own scopes that no rule counts, and why. The amount is minus all of them.
[[nodiscard]] verdict self_work_missed(context const& c, row_products const& p, std::size_t row);

/// Why a rule's result for a row's calls (`rule_macs`) differs from what ran at and below the row
/// (`operator_macs`, both in MACs). nullopt if they are equal, otherwise one verdict with the
/// whole difference. Causes are tried in this order: exactly twice, missing work, calls, a whole factor.
[[nodiscard]] std::optional<verdict> explain_rule(context const& c, std::vector<row_products> const& products,
                                                  std::size_t row, std::int64_t rule_macs,
                                                  std::int64_t operator_macs);

}  // namespace flopwatch::comparison_detail
