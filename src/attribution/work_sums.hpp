// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attribution/row_builder.hpp"
#include "flopwatch/attribution.hpp"

namespace flopwatch::attribution_detail {

/// \return whether the calls are numbered 1, 2, 3 ...
/// Lays operator calls on their rows (`self`, `operator_calls`, `total_by_precision`, `total_recompute`).
/// \throws capture_error
[[nodiscard]] bool add_operator_calls(capture_data const& capture, id_index const& scopes,
                                      placed_rows& placed);

/// Lays launch groups on their rows (`measured_self`, `launch_groups`): on the row of their operator call
/// where they have one, so that a call's work and its kernels stand together.
/// \return whether counters were read for at least one launch
/// \throws capture_error
bool add_launch_groups(capture_data const& capture, id_index const& scopes, id_index const& operators,
                       placed_rows& placed);

/// Adds every row's figures to its ancestors.
void add_up(placed_rows& placed);

}  // namespace flopwatch::attribution_detail
