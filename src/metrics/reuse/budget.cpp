// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/budget.hpp"

#include <algorithm>

namespace flopwatch::reuse {

budget::budget(double share, std::int64_t learning_ns, std::int64_t now_ns) noexcept
    : share_(share), learning_ns_(learning_ns), last_ns_(now_ns) {}

void budget::tick(std::int64_t now_ns) noexcept {
  auto const passed = now_ns - last_ns_;
  last_ns_ = now_ns;
  if (passed <= 0 || passed > longest_tick_ns) return;
  passed_ns_ += passed;
  double const filled = share_ * static_cast<double>(passed);
  double const paid = std::min(owed_ns_, filled / 2);
  owed_ns_ -= paid;
  balance_ns_ = std::min(balance_ns_ + filled - paid, static_cast<double>(most_ns));
}

bool budget::allows(std::int64_t cost_ns, bool learning) const noexcept {
  if (learning && learning_ns_ > 0) return true;
  return share_ > 0 && balance_ns_ >= static_cast<double>(std::min(cost_ns, most_ns));
}

void budget::spend(std::int64_t cost_ns, bool learning) noexcept {
  cost_ns = std::clamp<std::int64_t>(cost_ns, 0, longest_tick_ns);
  spent_ns_ += cost_ns;
  if (learning) {
    auto const on_credit = std::min(cost_ns, learning_ns_);
    learning_ns_ -= on_credit;
    learned_ns_ += on_credit;
    owed_ns_ += static_cast<double>(on_credit);
    cost_ns -= on_credit;
  }
  balance_ns_ -= static_cast<double>(cost_ns);
}

}  // namespace flopwatch::reuse
