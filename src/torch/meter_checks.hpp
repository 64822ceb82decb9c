// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

namespace flopwatch::torch_layer {

/// Which steps are counted again: some at random, within a part of the run's time.
class step_checks {
 public:
  step_checks(double budget, std::uint64_t seed)
      : budget_(budget), random_(seed != 0 ? seed : std::random_device()()) {}

  /// Whether the step that begins now is counted again.
  [[nodiscard]] bool due() {
    if (!counted_any_ || budget_ <= 0 || added_ns_ + cost_ns() > budget_ * run_ns_) return false;
    // At random, so that no rhythm of the run hides from the checks.
    return std::uniform_real_distribution<double>(0, 1)(random_) < 0.5;
  }
  void uncounted(std::int64_t step_ns) noexcept {
    auto const ns = static_cast<double>(step_ns);
    run_ns_ += ns;
    usual_ns_ = usual_ns_ == 0 ? ns : 0.75 * usual_ns_ + 0.25 * ns;
  }
  /// \param around_ns what beginning, ending and reading took beside the step
  void counted(std::int64_t around_ns, std::int64_t step_ns, bool check) noexcept {
    counted_any_ = true;
    around_ns_ = static_cast<double>(around_ns);
    step_ns_ = static_cast<double>(step_ns);
    run_ns_ += around_ns_ + step_ns_;
    if (check) added_ns_ += cost_ns();
  }

 private:
  /// What counting adds to a step. As long as none ran uncounted, all of its time is taken for added.
  [[nodiscard]] double cost_ns() const noexcept { return around_ns_ + std::max(0.0, step_ns_ - usual_ns_); }

  double budget_;
  std::mt19937_64 random_;
  bool counted_any_ = false;
  double run_ns_ = 0, added_ns_ = 0;
  double around_ns_ = 0, step_ns_ = 0;  ///< of the step that was counted last
  double usual_ns_ = 0;
};

}  // namespace flopwatch::torch_layer
