// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "gpu/cost/counted_set.hpp"

namespace gpu_cost {

enum class around { nothing, each_launch, each_launch_after_waiting, all_launches };

/// How a launch is looked at. Each after the first has all of those before.
struct launch_way {
  char const* name;
  bool subscribed = true;
  bool enabled = true;
  bool started = true;
  CUpti_ProfilerRange range = CUPTI_UserRange;
  around ranges = around::nothing;

  /// Of a round of so many launches.
  [[nodiscard]] int ranges_of(int launches) const noexcept;
};

[[nodiscard]] std::span<launch_way const> launch_ways();

/// Times launches in three rounds. "call_ns_per_launch" is the time inside the driver's call,
/// "whole_ns_per_launch" also that of waiting, in the round and at its end. \throws as session_cost
[[nodiscard]] gpu_probes::json launch_cost(gpu_probes::gpu const& device, launch_way const& way,
                                           counted_set const& set, timed_kernel const& kernel);

}  // namespace gpu_cost
