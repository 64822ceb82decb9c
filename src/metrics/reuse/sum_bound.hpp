// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

namespace flopwatch::reuse {

/// One key in one group of metrics, as it enters the sum.
struct summed_key {
  double flops = 0;        ///< of all its launches
  double bound_flops = 0;  ///< estimate::bound_flops
};

/// One group of metrics.
struct summed_group {
  double flops = 0;
  double audit_bound = 0;   ///< audits::bound; relative; infinite where nothing was audited
  std::int64_t audits = 0;  ///< how many it is from
};

/// Fewer audits can all miss what happens in some steps.
inline constexpr std::int64_t enough_audits = 10;

/// How far a sum of reused counts can be off (95 %), in FLOPs: what audits leave open of each group, which
/// compare whole steps with that sum. With few audits also what the checks of variable keys leave open (they
/// are independent, so their squares add up). A group that was not audited adds nothing else here: who shows
/// the bound says so.
[[nodiscard]] inline double sum_bound_flops(std::span<summed_key const> keys,
                                            std::span<summed_group const> groups) noexcept {
  double squares = 0;
  for (auto const& k : keys) squares += k.bound_flops * k.bound_flops;
  bool const audited =
      !groups.empty() && std::all_of(groups.begin(), groups.end(), [](summed_group const& g) {
        return g.audits >= enough_audits && std::isfinite(g.audit_bound);
      });
  double out = audited ? 0 : std::sqrt(squares);
  for (auto const& g : groups) {
    if (std::isfinite(g.audit_bound)) out += g.audit_bound * g.flops;
  }
  return out;
}

}  // namespace flopwatch::reuse
