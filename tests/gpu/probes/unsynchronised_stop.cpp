// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <chrono>

#include "gpu/probes/counting.hpp"
#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

constexpr int long_trips = 2'000'000;

struct way {
  char const* name;
  CUpti_ProfilerRange range;
  bool patched;  ///< else counted by hardware, which does not slow the kernel down
};
constexpr std::array ways{way{"auto_range_patched_metric", CUPTI_AutoRange, true},
                          way{"auto_range_hardware_metric", CUPTI_AutoRange, false},
                          way{"user_range_patched_metric", CUPTI_UserRange, true},
                          way{"user_range_hardware_metric", CUPTI_UserRange, false}};

template <class Call>
auto timed(std::int64_t& ns, Call call) {
  auto const before = std::chrono::steady_clock::now();
  auto const answer = call();
  ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - before).count();
  return answer;
}

/// One long launch. \returns codes, times, and the counted value
json run(gpu const& device, program const& kernel, way const& how, bool synchronise) {
  auto g = kernel.usual();
  g.trips = long_trips;
  raw_profiler profiler(device,
                        metrics_of(device, {how.patched ? kernel.metric() : "sm__inst_executed.sum"}));
  profiler.modes.range = how.range;
  json out;
  auto const step = [&](char const* name, auto call) {
    std::int64_t ns = 0;
    auto const code = timed(ns, call);
    out[name] = code_of(code);
    out[std::string(name) + "_ns"] = ns;
    return static_cast<int>(code) == 0;
  };
  bool good = step("enable", [&] { return profiler.enable(device.context()); }) &&
              step("get_counter_data_size", [&] { return profiler.size(8); }) &&
              step("counter_data_image_initialize", [&] { return profiler.initialise(); }) &&
              step("set_config", [&] { return profiler.set_config(); }) &&
              step("start", [&] { return profiler.start(); });
  if (good && how.range == CUPTI_UserRange) good = step("push", [&] { return profiler.push("long"); });
  if (!good) return out;
  step("launch", [&] { return kernel.launch(g, nullptr); });
  out["stream_after_launch"] = code_of(cuStreamQuery(nullptr));
  if (how.range == CUPTI_UserRange) step("pop", [&] { return profiler.pop(); });
  if (synchronise) step("synchronise", [] { return cuCtxSynchronize(); });
  step("stop", [&] { return profiler.stop(); });
  out["stream_after_stop"] = code_of(cuStreamQuery(nullptr));
  if (step("decode", [&] { return profiler.decode(); })) {
    out["ranges"] = profiler.ranges();
    if (profiler.ranges() == 1) out["counted"] = number(profiler.values(0).at(0));
  }
  step("disable", [&] { return profiler.disable(); });
  return out;
}

json ask(setting const& s, way const& how) {
  gpu const device(s);
  program const kernel(device, "known_ffma");
  json out{{"synchronised", run(device, kernel, how, true)},
           {"not_synchronised", run(device, kernel, how, false)}};
  auto const& with = out["synchronised"];
  auto const& without = out["not_synchronised"];
  if (!with.contains("counted") || !without.contains("counted")) {
    out["clause"] = "gives no counts";
    return out;
  }
  constexpr int not_ready = CUDA_ERROR_NOT_READY;
  bool const was_running = without["stream_after_launch"]["code"] == not_ready;
  bool const still_running = without["stream_after_stop"]["code"] == not_ready;
  std::string const stop = !was_running    ? "was not put to the test, as the launch had ended before Stop,"
                           : still_running ? "does not wait in Stop"
                                           : "waits in Stop for the kernel";
  out["clause"] =
      stop + (with["counted"] == without["counted"] ? " and counts all of it" : " and loses counts");
  return out;
}

}  // namespace

finding unsynchronised_stop(setting const& s) { return ask_each_way(s, ways, ask); }

}  // namespace gpu_probes
