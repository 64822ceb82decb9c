// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "comparison/context.hpp"

namespace flopwatch::comparison_detail {

/// What the comparison of one row needs from the operator column, in MACs, and from the walk.
struct row_products {
  std::int64_t forward_self = 0, forward = 0;  ///< phase forward: own scopes, and with everything below
  std::int64_t recompute = 0;                  ///< with everything below
  std::int64_t backward = 0;                   ///< with everything below
  std::int64_t optimizer = 0;                  ///< with everything below
  std::size_t unsupported = module_row::npos;  ///< first row at or below with an unsupported operator
  std::size_t partly_counted = module_row::npos;
  /// First row at or below, as far as the walk goes, whose rule did not answer every call.
  std::size_t unanswered = module_row::npos;
  bool holds_unseen_rule = false;  ///< a ruled module below it opens no scope, so its work is counted here

  std::int64_t own_rule = 0;    ///< what the rule adds to the walk here; a hidden rule as if it were counted
  std::int64_t rule = 0;        ///< what the rule gave for this row's calls
  std::int64_t walk_below = 0;  ///< what the walk adds from below to `own_rule`
  std::int64_t walk_total = 0;  ///< the part that is in the formula total
  std::int64_t formula = 0;     ///< own_rule + walk_below

  std::vector<std::size_t> fused;  ///< rows below whose rules count products that this row did itself
  std::vector<std::size_t>
      unseen;  ///< rows that ran in this row's own operators, it seems (module_row::ran_in)
  std::vector<std::size_t> unscoped;  ///< rows below that open no scope and would do work in this one
  std::int64_t fused_macs = 0;        ///< what those rules count beyond what ran in their rows
};

/// The rule answered more calls than the recorded forward made, and that alone explains what ran (both in
/// MACs).
[[nodiscard]] bool differs_by_calls(module_row const& row, std::int64_t rule_macs,
                                    std::int64_t operator_macs);

/// By row.
[[nodiscard]] std::vector<row_products> products_of_rows(context const& c);

/// The operators with the most forward products in a row's own scopes: "aten::bmm 629,145,600".
[[nodiscard]] std::string products_by_operator(context const& c, std::size_t row);

}  // namespace flopwatch::comparison_detail
