// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "flopwatch/attribution.hpp"
#include "reduction/wide_sums.hpp"

namespace flopwatch::reduction {

/// What ran in a row in one phase, with everything below.
struct phase_sums {
  wide_work operators;
  wide_measured measured;
  friend bool operator==(phase_sums const&, phase_sums const&) = default;
};

using row_phases = std::array<phase_sums, all_phases.size()>;

struct row_sums {
  std::vector<row_phases> rows;     ///< parallel to attribution::rows: what `shown_total` shows
  bool measured_collected = false;  ///< counters were read for at least one launch
};

/// `tree` is that of `capture`. \throws capture_error, overflow_error
[[nodiscard]] row_sums sums_of_rows(capture_data const& capture, attribution const& tree);

/// The row of what was counted in scope `scope`. `scope_position` is that in capture_data::scopes.
[[nodiscard]] std::size_t outside_row(attribution const& tree);

}  // namespace flopwatch::reduction
