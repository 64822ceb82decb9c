// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flopwatch/meter_interval.hpp"
#include "flopwatch/peaks.hpp"

/// \file
/// What a meter knows of steps, and adds up. No torch.

namespace flopwatch::torch_layer {

/// What one step did.
struct counted_step {
  meter_amounts amounts;
  std::vector<std::string> reasons;  ///< why it is not exact
};

/// The counts of the steps of one signature. The first can be of a step that did more than those after it:
/// where the second differs and the third is as the second, the first stands for its own step alone. Any
/// other difference makes the signature variable: the mean of all counts stands for its steps.
class known_step {
 public:
  explicit known_step(std::string name) : name_(std::move(name)) {}

  void read(counted_step const& counted);
  [[nodiscard]] bool has_count() const noexcept { return readings_ > 0; }
  /// Two counts differ, and a third is wanted.
  [[nodiscard]] bool unsettled() const noexcept { return readings_ == 2 && agreeing_ == 1; }
  /// What stands for a step that was not counted. Needs a count.
  [[nodiscard]] meter_amounts const& amounts() const noexcept { return variable_ ? mean_ : settled_.amounts; }
  /// Why that is not exact.
  [[nodiscard]] std::vector<std::string> reasons() const;
  [[nodiscard]] std::string const& name() const noexcept { return name_; }

 private:
  std::string name_;
  std::int64_t readings_ = 0;
  std::int64_t agreeing_ = 0;
  bool variable_ = false;
  counted_step settled_;
  meter_amounts sum_;
  meter_amounts mean_;
};

/// A step that has ended.
struct ended_step {
  std::optional<std::int64_t> step_ns;  ///< nullopt: the clock went back
  known_step const* known = nullptr;    ///< of its signature; null without one
  std::optional<counted_step> counted;
  std::string missing;  ///< why it has no count, where it is not counted
};

/// Adds steps up. Memory grows with the number of different steps, not with that of steps.
class step_sums {
 public:
  explicit step_sums(std::int64_t first_step) : first_step_(first_step) {}

  void add(ended_step const& step);
  [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }
  [[nodiscard]] std::int64_t next_step() const noexcept { return first_step_ + steps_; }
  /// As far as is known by now. \throws overflow_error
  [[nodiscard]] meter_interval interval(std::optional<peak> const& most) const;

 private:
  struct waiting_steps {
    std::int64_t steps = 0;
    std::int64_t timed = 0;
    std::int64_t timed_ns = 0;
    std::string missing;
  };
  void set_utilization(meter_interval& out, std::optional<peak> const& most) const;

  std::int64_t first_step_;
  std::int64_t steps_ = 0;
  std::int64_t read_ = 0;
  std::int64_t step_ns_ = 0;
  bool clock_went_back_ = false;
  meter_amounts amounts_;             ///< of those that were read
  std::vector<std::string> reasons_;  ///< of these
  std::map<known_step const*, waiting_steps> others_;
};

}  // namespace flopwatch::torch_layer
