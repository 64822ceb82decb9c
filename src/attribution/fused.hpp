// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attribution/id_index.hpp"
#include "attribution/row_builder.hpp"

namespace flopwatch::attribution_detail {

/// Finds the rows whose work was done by the row that would have called them, in operators of its own: a
/// fused path. Fills module_row::fused_into, from the rows' calls, rules and own work.
///
/// Such a row is a module that opens scopes, was called nowhere, and
/// (a) whose rule was answered in the formula's own forward, while the nearest called row above did its work:
///     that row is a module of the framework (no Sequential or ModuleList) with products of its own, or did
///     as many products itself as such rules claim, or ran an operator that was not counted in full; or
/// (b) whose nearest called row above is a module of the framework (as in (a)) with products of its own; or
/// (c) that stands below or above such a row, with no called row between or below.
/// A row that was called, but less often than its rule was answered, is one under the conditions of (a).
/// \throws capture_error
void find_fused(capture_data const& capture, id_index const& modules, placed_rows& placed);

}  // namespace flopwatch::attribution_detail
