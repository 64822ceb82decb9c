// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attribution/row_builder.hpp"
#include "attribution/static_tree.hpp"
#include "flopwatch/attribution.hpp"

namespace flopwatch::attribution_detail {

/// The baseline's walk (thop 0.1.1): fills the rules and the walk of every row, and the formula totals.
///
/// A module's own number is what its rule gave over all calls, once for each way that leads to the
/// module, because the rule is attached on every visit. Every way that no rule above hides adds that
/// number to the total. A module gives its parameters once it was called; the root and modules that
/// are walked through give none.
/// \throws capture_error
void walk_formula(capture_data const& capture, id_index const& modules, id_index const& scopes,
                  static_tree const& tree, placed_rows& placed, attribution& out);

}  // namespace flopwatch::attribution_detail
