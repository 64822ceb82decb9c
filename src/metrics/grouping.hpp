// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "flopwatch/plan.hpp"

namespace flopwatch::metrics {

/// Puts single-pass metrics into the fewest groups that need one pass each. Above `exact_limit` metrics each
/// one goes into the first group that it fits, which can give more groups than the fewest.
[[nodiscard]] std::vector<metric_group> single_pass_groups(std::vector<std::string> const& metrics,
                                                           chip_questions const& chip);

inline constexpr std::size_t exact_limit = 12;

/// Groups metrics that need several passes each, where that saves passes.
[[nodiscard]] std::vector<metric_group> multi_pass_groups(std::vector<std::string> const& metrics,
                                                          chip_questions const& chip);

}  // namespace flopwatch::metrics
