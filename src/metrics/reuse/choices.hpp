// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "metrics/reuse/budget.hpp"

namespace flopwatch::reuse {

/// Shares a budget between random checks and audits: one of them has the turn, by chance. The other may begin
/// too where the budget holds three times the cost, so that nobody waits for steps, or launches, that do not
/// come.
class turns {
 public:
  [[nodiscard]] bool allows_audit(budget const& b, std::int64_t cost_ns) const noexcept {
    return b.allows(audit_next_ ? cost_ns : 3 * cost_ns, false);
  }
  [[nodiscard]] bool allows_check(budget const& b, std::int64_t cost_ns) const noexcept {
    return b.allows(audit_next_ ? 3 * cost_ns : cost_ns, false);
  }
  /// No audit can be made now: a check has the turn.
  void pass_audit() noexcept { audit_next_ = false; }
  /// One was made. \param random in [0, 1)
  void took(double random) noexcept { audit_next_ = random < 0.5; }

 private:
  bool audit_next_ = false;
};

/// How many launches of a key pass by before one is measured: any of a quarter of the time that a check waits
/// for its launch, so that it is not always the first one of a step, and nearly always comes in time.
/// \param launches of the key in `elapsed_ns` \param random in [0, 1)
[[nodiscard]] inline std::int32_t launches_to_pass(std::int64_t launches, std::int64_t elapsed_ns,
                                                   std::int64_t waits_ns, double random) noexcept {
  auto const rate =
      static_cast<double>(launches) / static_cast<double>(std::max<std::int64_t>(1, elapsed_ns));
  auto const soon = std::clamp(rate * static_cast<double>(waits_ns) / 4, 1.0, 1000.0);
  return static_cast<std::int32_t>(random * soon);
}

}  // namespace flopwatch::reuse
