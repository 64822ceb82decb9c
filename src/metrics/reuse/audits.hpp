// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace flopwatch::reuse {

/// Launches of one key in a step.
struct audited_key {
  std::size_t key = 0;
  std::int64_t number = 0;  ///< of the last of them in the key, from 1
  std::int64_t launches = 0;
};

/// A whole step that was measured at once.
struct audited_step {
  double measured_flops = 0;
  double expected_flops = 0;               ///< by what its keys were known to do then
  double constant_flops = 0;               ///< of that: by keys whose checks were all equal
  std::vector<audited_key> variable = {};  ///< the other keys
  /// Launches of the whole run when it ended: audits are not spread evenly over a run, and each stands for
  /// what ran around it. Where all are 0 they count alike.
  std::int64_t run_launches = 0;
};

/// Whole steps that were measured at once in one group of metrics, each compared with the sum of the keys of
/// its launches.
class audits {
 public:
  void add(audited_step step);
  /// What each key had launched when the first step of `add` ended: most of it is in no audit. Only the first
  /// call counts.
  void begin_at(std::vector<audited_key> keys);
  [[nodiscard]] std::vector<audited_key> const& begin() const noexcept { return begin_; }

  [[nodiscard]] std::int64_t count() const noexcept { return count_; }
  /// Those that agreed to the last FLOP.
  [[nodiscard]] std::int64_t equal() const noexcept { return equal_; }
  /// Of measured from expected, relative to expected.
  [[nodiscard]] double largest_difference() const noexcept { return largest_; }
  /// How far the sum of the steps since `begin` can be off, relative to it, as far as audits tell (95 %): the
  /// distance of measured from expected, and half its interval, each part of the run weighed by its launches.
  /// Infinite for one audit that differed or none. 0 where none differs from what is known in the end, which
  /// says how many steps can differ (share_that_can_differ), and not by how much. \param flops_of one of
  /// these launches, by all that is known in the end: what the sum has for them
  [[nodiscard]] double bound(std::function<double(audited_key const&)> const& flops_of) const;

  /// So many are kept for `bound`, spread evenly.
  static constexpr std::size_t most_kept = 1024;

 private:
  /// Kept audits that follow each other, and the part of the run that they stand for.
  struct part {
    std::size_t begin = 0;
    std::size_t end = 0;
    double share = 1;
  };
  static constexpr std::size_t least_in_part = 16;
  static constexpr std::size_t most_parts = 16;
  [[nodiscard]] std::vector<part> parts() const;

  std::int64_t count_ = 0;
  std::int64_t equal_ = 0;
  double largest_ = 0;
  std::int64_t every_ = 1;  ///< of so many one is kept
  std::vector<audited_step> kept_;
  std::vector<audited_key> begin_;
};

}  // namespace flopwatch::reuse
