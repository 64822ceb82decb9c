// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "comparison/context.hpp"
#include "comparison/measured_call.hpp"
#include "flopwatch/comparison.hpp"

namespace flopwatch::comparison_detail {

/// What a row itself explains of the difference measured - operator.
struct measured_findings {
  std::vector<verdict> own;           ///< one for each kind
  std::int64_t within_tolerance = 0;  ///< FLOPs above the operator column that still agree
};

/// The row's own launches were all measured.
[[nodiscard]] measured_findings measured_findings_of(context const& c,
                                                     std::vector<measured_call> const& calls,
                                                     std::size_t row);

/// The same where launches were counted together, by scope: which of them differ is not known, only that
/// those of a scope do. The amount is of this row without the rows below that have their own number.
[[nodiscard]] measured_findings range_findings_of(context const& c, std::size_t row);

}  // namespace flopwatch::comparison_detail
