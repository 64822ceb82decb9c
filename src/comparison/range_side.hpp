// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "comparison/context.hpp"
#include "comparison/measured_side.hpp"

namespace flopwatch::comparison_detail {

/// Measured against operator where launches were counted together, by scope: which of them differ is not
/// known, only that those of a scope do. The amount is of this row without the rows below that have a number
/// of their own.
[[nodiscard]] measured_findings range_findings_of(context const& c, std::size_t row);

}  // namespace flopwatch::comparison_detail
