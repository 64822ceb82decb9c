// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attribution/id_index.hpp"
#include "attribution/row_builder.hpp"
#include "attribution/static_tree.hpp"
#include "flopwatch/attribution.hpp"

/// \file
/// The steps of `attribute`, in order. They fill the rows that `row_builder` makes.

namespace flopwatch::attribution_detail {

/// Adds operator calls to their rows (`self`, `operator_calls`, `self_by_phase`, `total_by_precision`).
/// \return whether the calls are numbered 1, 2, 3 ...
/// \throws capture_error
[[nodiscard]] bool add_operator_calls(capture_data const& capture, id_index const& scopes,
                                      placed_rows& placed);

/// Adds scope ranges and launch groups to their rows (`measured_self`, `launch_groups`): to the row of their
/// operator call if they have one, so that a call's work and its kernels are in one row.
/// \return whether counters were read for at least one launch
/// \throws capture_error
bool add_measured(capture_data const& capture, id_index const& scopes, id_index const& operators,
                  placed_rows& placed);

/// The baseline's walk (thop 0.1.1): fills the rules and the walk of every row, and the formula totals.
///
/// A module's own number is what its rule gave over all calls, once for each way that leads to the module,
/// because the rule is attached on every visit. Every way that no rule above hides adds that number to the
/// total. A module adds its parameters if it was called; the root and modules that are walked through add
/// none. \throws capture_error
void walk_formula(capture_data const& capture, id_index const& modules, id_index const& scopes,
                  static_tree const& tree, placed_rows& placed, attribution& out);

/// Finds the rows whose work was done by the row that would have called them, in its own operators: a fused
/// path. Fills module_row::fused_into from the rows' calls, rules and own work.
///
/// Such a row is a module that opens scopes, was never called, and
/// (a) whose rule was answered in the formula's own forward, while the nearest called row above did its work:
///     that row is a module of the framework (not a Sequential or ModuleList) with its own products, or did
///     as many products itself as such rules count, or ran an operator that was not counted in full; or
/// (b) whose nearest called row above is a module of the framework (as in (a)) with its own products; or
/// (c) that is below or above such a row, with no called row between or below.
/// A row that was called, but less often than its rule was answered, is such a row under the conditions of
/// (a).
/// \throws capture_error
void find_fused(capture_data const& capture, id_index const& modules, placed_rows& placed);

/// Adds every row's figures to its ancestors.
void add_up(placed_rows& placed);

}  // namespace flopwatch::attribution_detail
