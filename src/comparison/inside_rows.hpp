// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "flopwatch/comparison.hpp"

namespace flopwatch::comparison_detail {

/// The comparison of all that a part of a capture holds; `whole` is its name.
using compare_whole =
    std::function<row_comparison(capture_data const& part, attribution const& rows, std::string whole)>;

/// Compares what ran inside each scope that was open around calls of a root, as a capture of its own. Writes
/// the comparison to the row of the scope. Its verdicts are those of the modules in it, for their calls
/// there.
void compare_insides(capture_data const& capture, attribution const& tree, compare_whole const& compare,
                     comparison& out);

}  // namespace flopwatch::comparison_detail
