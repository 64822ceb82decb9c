// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "flopwatch/plan.hpp"

namespace flopwatch::metrics {

/// Puts metrics that each need one pass into the fewest groups that need one pass each. With more than
/// `exact_limit` metrics that cannot all be had at once, the number of groups may be above the fewest:
/// each metric then goes into the first group that takes it.
[[nodiscard]] std::vector<metric_group> single_pass_groups(std::vector<std::string> const& metrics,
                                                           chip_questions const& chip);

inline constexpr std::size_t exact_limit = 12;

/// Groups of metrics that need several passes each: put together where that saves passes.
[[nodiscard]] std::vector<metric_group> multi_pass_groups(std::vector<std::string> const& metrics,
                                                          chip_questions const& chip);

}  // namespace flopwatch::metrics
