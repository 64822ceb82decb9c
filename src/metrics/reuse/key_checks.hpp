// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/reuse/student.hpp"

namespace flopwatch::reuse {

/// What checks say of the sum of a key's launches.
struct estimate {
  std::vector<double> per_launch;  ///< of each metric; whole numbers where all checks are equal
  double flops = 0;                ///< of all launches
  double bound_flops = 0;          ///< half the width of their 95 % interval; infinite for one check of many
};

/// The checks of one key in one group of metrics: the launches that were measured.
///
/// What a key does can drift (sequences grow), and checks are not spread evenly (learning comes first). So
/// launches are put into strata by their number in the key: 1, 2 to 3, 4 to 7, and so on. Each stratum
/// stands for its own launches.
class key_checks {
 public:
  /// \param number of the launch in its key, from 1
  /// \param values of the group's metrics \param flops what they amount to
  void add(std::int64_t number, std::span<double const> values, double flops);

  [[nodiscard]] std::int64_t count() const noexcept { return count_; }
  /// Every check had the same values.
  [[nodiscard]] bool equal() const noexcept { return equal_; }
  /// Standard deviation of one launch's FLOPs, as far as is known.
  [[nodiscard]] double deviation_flops() const noexcept;
  [[nodiscard]] double mean_flops() const noexcept { return all_.mean(); }
  /// The values of the first check; empty without one.
  [[nodiscard]] std::vector<double> const& first() const noexcept { return first_; }
  /// For so many launches in all. Needs a check.
  [[nodiscard]] estimate of(std::int64_t launches) const;
  /// For some launches of a run that goes on: those after the first `before` ones. Needs a check.
  [[nodiscard]] estimate of_part(std::int64_t before, std::int64_t launches) const;
  /// How far the sum of the first ones of so many launches can be off (95 %), in FLOPs. Needs a check.
  [[nodiscard]] double bound_of_first(std::int64_t first, std::int64_t launches) const;
  /// What the launch of that number does, for each metric, as `of` has it. Needs a check.
  [[nodiscard]] std::vector<double> at(std::int64_t number) const;
  /// Its FLOPs.
  [[nodiscard]] double flops_at(std::int64_t number) const;

 private:
  struct stratum {
    running_mean flops;
    std::vector<double> sums;  ///< of each metric
  };
  /// Strata that are taken together.
  struct layer;
  static constexpr std::size_t strata = 63;

  static void take_in(layer& into, layer const& more);
  [[nodiscard]] std::vector<layer> layers(std::int64_t launches) const;
  [[nodiscard]] layer layer_of(std::int64_t number) const;

  std::int64_t count_ = 0;
  bool equal_ = true;
  std::vector<double> first_;
  running_mean all_;
  std::vector<stratum> strata_;
};

}  // namespace flopwatch::reuse
