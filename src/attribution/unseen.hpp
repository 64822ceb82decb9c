// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attribution/id_index.hpp"
#include "attribution/row_builder.hpp"

namespace flopwatch::attribution_detail {

/// Finds modules without a call whose work ran in the row around them all the same; fills
/// module_row::ran_in, ran_calls and fused_by_compiler. After `find_fused` and `add_operator_calls`.
///
/// A module was called past its scope, it seems, if it would open one, has no call, and
/// (a) products with an operand of the size of its parameters ran in the operators of the nearest called row
/// above
///     it (or of a plain scope there), which holds no parameters of that size itself; or
/// (b) modules below it were called, and it is no container.
/// \throws capture_error
void find_unseen(capture_data const& capture, id_index const& modules, placed_rows& placed);

}  // namespace flopwatch::attribution_detail
