// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/cost/launch_cost.hpp"

#include <array>
#include <optional>

#include "gpu/cost/timed_call.hpp"
#include "gpu/probes/callback_watch.hpp"

namespace gpu_cost {
namespace {

using gpu_probes::json;
using gpu_probes::raw_profiler;

constexpr int rounds = 3;
constexpr int launches = 20;
constexpr std::size_t max_ranges = 64;
static_assert(rounds * launches <= max_ranges);

constexpr std::array ways{
    launch_way{"unsubscribed", false, false, false},
    launch_way{"subscribed", true, false, false},
    launch_way{"enabled", true, true, false},
    launch_way{"started_not_in_a_range"},
    launch_way{"user_range_around_all", true, true, true, CUPTI_UserRange, around::all_launches},
    launch_way{"user_range", true, true, true, CUPTI_UserRange, around::each_launch},
    launch_way{"user_range_after_waiting", true, true, true, CUPTI_UserRange,
               around::each_launch_after_waiting},
    launch_way{"auto_range", true, true, true, CUPTI_AutoRange}};

void wait() { known_counts::must(cuCtxSynchronize(), "cuCtxSynchronize"); }

void push(raw_profiler& profiler) {
  static_cast<void>(timed_ns("cuptiRangeProfilerPushRange", [&] { return profiler.push("range"); }));
}

void pop(raw_profiler& profiler) {
  static_cast<void>(timed_ns("cuptiRangeProfilerPopRange", [&] { return profiler.pop(); }));
}

void run_round(json& out, launch_way const& way, raw_profiler& profiler, timed_kernel const& kernel) {
  bool const waits = way.ranges == around::each_launch_after_waiting;
  bool const in_own_range = way.ranges == around::each_launch || waits;
  std::int64_t call_ns = 0;
  wait();
  auto const start = clock::now();
  if (way.ranges == around::all_launches) push(profiler);
  for (int i = 0; i < launches; ++i) {
    if (waits) wait();
    if (in_own_range) push(profiler);
    auto const call = clock::now();
    known_counts::must(kernel.launch(), "cuLaunchKernel");
    call_ns += ns_since(call);
    if (waits) wait();
    if (in_own_range) pop(profiler);
  }
  wait();
  if (way.ranges == around::all_launches) pop(profiler);
  out["call_ns_per_launch"].push_back(call_ns / launches);
  out["whole_ns_per_launch"].push_back(ns_since(start) / launches);
}

void begin(raw_profiler& profiler, gpu_probes::gpu const& device, launch_way const& way) {
  auto const call = [](char const* name, CUptiResult code) {
    static_cast<void>(timed_ns(name, [code] { return code; }));
  };
  call("cuptiRangeProfilerEnable", profiler.enable(device.context()));
  if (!way.started) return;
  profiler.modes.range = way.range;
  call("cuptiRangeProfilerGetCounterDataSize", profiler.size(max_ranges));
  call("cuptiRangeProfilerCounterDataImageInitialize", profiler.initialise());
  call("cuptiRangeProfilerSetConfig", profiler.set_config());
  call("cuptiRangeProfilerStart", profiler.start());
}

void finish(json& out, raw_profiler& profiler, gpu_probes::gpu const& device, launch_way const& way,
            counted_set const& set, timed_kernel const& kernel) {
  static_cast<void>(timed_ns("cuptiRangeProfilerStop", [&] { return profiler.stop(); }));
  static_cast<void>(timed_ns("cuptiRangeProfilerDecodeData", [&] { return profiler.decode(); }));
  auto const in_each = way.ranges == around::all_launches ? launches : 1;
  auto const read = read_ranges(device, profiler, set, kernel, in_each);
  out["ranges"] = read.ranges;
  out["wrong_counts"] = read.wrong_counts;
  out["synthetic"] = read.synthetic;
}

}  // namespace

int launch_way::ranges_of(int launched) const noexcept {
  if (!started) return 0;
  if (range == CUPTI_AutoRange) return launched;
  if (ranges == around::all_launches) return 1;
  return ranges == around::nothing ? 0 : launched;
}

std::span<launch_way const> launch_ways() { return ways; }

json launch_cost(gpu_probes::gpu const& device, launch_way const& way, counted_set const& set,
                 timed_kernel const& kernel) {
  json out{{"launches", launches}};
  known_counts::must(kernel.launch(), "cuLaunchKernel");  // what is loaded late is loaded now
  std::optional<gpu_probes::callback_watch> watch;
  if (way.subscribed) watch.emplace(device.cupti(), [](CUpti_CallbackData const&) {});
  raw_profiler profiler(device, set.metrics);
  try {
    if (way.enabled) begin(profiler, device, way);
    for (int round = 0; round < rounds; ++round) run_round(out, way, profiler, kernel);
    if (way.started) {
      out["expected_ranges"] = rounds * way.ranges_of(launches);
      finish(out, profiler, device, way, set, kernel);
    }
  } catch (...) {
    if (profiler.object != nullptr) static_cast<void>(profiler.disable());
    throw;
  }
  if (profiler.object != nullptr)
    static_cast<void>(timed_ns("cuptiRangeProfilerDisable", [&] { return profiler.disable(); }));
  return out;
}

}  // namespace gpu_cost
