// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
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
  double audit_bound = 0;   ///< audits::bound; relative; infinite: not known
  std::int64_t audits = 0;  ///< how many it is from
};

/// Fewer audits can all miss what happens in some steps.
inline constexpr std::int64_t enough_audits = 10;

/// How far a sum of reused counts can be off (95 %), in FLOPs: what audits leave open of each group, which
/// compare whole steps with that sum. With few audits also what the checks of variable keys leave open (they
/// are independent, so their squares add up).
///
/// Infinite, which is: not known, where a group has no audits or its audits tell nothing, and where no two
/// measurements differed anywhere. Then it is known how many steps can differ (`share_that_can_differ`), and
/// not by how much.
[[nodiscard]] inline double sum_bound_flops(std::span<summed_key const> keys,
                                            std::span<summed_group const> groups) noexcept {
  double const unknown = std::numeric_limits<double>::infinity();
  if (groups.empty() || std::any_of(groups.begin(), groups.end(), [](summed_group const& g) {
        return g.audits == 0 || !std::isfinite(g.audit_bound);
      })) {
    return unknown;
  }
  double squares = 0;
  for (auto const& k : keys) squares += k.bound_flops * k.bound_flops;
  bool const enough = std::all_of(groups.begin(), groups.end(),
                                  [](summed_group const& g) { return g.audits >= enough_audits; });
  double out = enough ? 0 : std::sqrt(squares);
  for (auto const& g : groups) out += g.audit_bound * g.flops;
  return out > 0 ? out : unknown;
}

/// Of a capture's table `info`: the fewest checks that were picked at random of any constant key with
/// launches that were not measured, in any group of metrics.
inline constexpr char const* random_checks_entry = "reuse_random_checks";

/// So many things, picked at random, were all as expected: at most this share of all is not (95 %). 1: so few
/// tell nothing.
[[nodiscard]] inline double share_that_can_differ(std::int64_t as_expected) noexcept {
  // (1 - share)^n = 0.05 at about 3 / n.
  return as_expected <= 3 ? 1 : 3.0 / static_cast<double>(as_expected);
}

}  // namespace flopwatch::reuse
