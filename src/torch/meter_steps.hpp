// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flopwatch/meter_interval.hpp"
#include "flopwatch/meter_ranks.hpp"
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
  std::string missing;                  ///< why it has no count, where it is not counted
  std::optional<reused_work> measured;  ///< by the counters of a GPU, where they are read
};

/// Adds steps up. Memory grows with the number of different steps, not with that of steps.
class step_sums {
 public:
  explicit step_sums(std::int64_t first_step) : first_step_(first_step) {}

  void add(ended_step const& step);
  [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }
  [[nodiscard]] std::int64_t next_step() const noexcept { return first_step_ + steps_; }
  /// As far as is known by now. \throws overflow_error
  /// \param by_now what the counters say of the steps now, in the place of what they said when each ended
  [[nodiscard]] meter_interval interval(std::optional<peak> const& most,
                                        std::optional<reused_work> const& by_now = {}) const;
  /// Of the steps whose time counting did not change; nullopt without any, and `why_not` has the reason.
  [[nodiscard]] std::optional<metered_times> times(std::optional<peak> const& most,
                                                   std::string& why_not) const;

 private:
  struct waiting_steps {
    std::int64_t steps = 0;
    std::int64_t timed = 0;
    std::int64_t timed_ns = 0;
    std::string missing;
  };
  void add_measured(ended_step const& step);
  void say_measured(meter_interval& out, reused_work const& work) const;

  std::int64_t first_step_;
  std::int64_t steps_ = 0;
  std::int64_t read_ = 0;
  std::int64_t step_ns_ = 0;
  bool clock_went_back_ = false;
  meter_amounts amounts_;             ///< of those that were read
  std::vector<std::string> reasons_;  ///< of these
  std::map<known_step const*, waiting_steps> others_;
  std::optional<reused_work> measured_;
  std::int64_t unmeasured_steps_ = 0;  ///< some of whose launches were not known when they ended
  /// Of steps whose products the counters know, and in which nothing was measured.
  std::int64_t measured_ns_ = 0;
  std::map<std::string, std::int64_t> measured_useful_;    ///< FLOPs by number format
  std::map<std::string, std::int64_t> measured_executed_;  ///< the same
};

}  // namespace flopwatch::torch_layer
