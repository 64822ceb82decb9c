// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "comparison/measured_call.hpp"
#include "flopwatch/comparison.hpp"

namespace flopwatch::comparison_detail {

/// Why the counters of one operator call's kernels differ from what its shapes need. nullopt: they are
/// equal. A surplus within `tolerated_surplus` is `agrees` with its amount.
[[nodiscard]] std::optional<verdict> call_verdict(context const& c, operator_call_record const& call,
                                                  measured_call const& m, std::size_t row);

/// For launches outside every operator call; nullopt if they counted no FLOPs.
[[nodiscard]] std::optional<verdict> kernel_verdict(context const& c, launch_group const& g, std::size_t row);

}  // namespace flopwatch::comparison_detail
