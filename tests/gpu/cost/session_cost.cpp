// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/cost/session_cost.hpp"

#include "gpu/cost/timed_call.hpp"

namespace gpu_cost {
namespace {

using gpu_probes::json;
using gpu_probes::raw_profiler;

constexpr int rounds = 5;

void add_round(json& out, raw_profiler& profiler, timed_kernel const& kernel, std::size_t launches) {
  out["start_ns"].push_back(timed_ns("cuptiRangeProfilerStart", [&] { return profiler.start(); }));
  auto const start = clock::now();
  for (std::size_t i = 0; i < launches; ++i) known_counts::must(kernel.launch(), "cuLaunchKernel");
  known_counts::must(cuCtxSynchronize(), "cuCtxSynchronize");
  out["launches_ns"].push_back(ns_since(start));
  out["stop_ns"].push_back(timed_ns("cuptiRangeProfilerStop", [&] { return profiler.stop(); }));
  out["decode_ns"].push_back(timed_ns("cuptiRangeProfilerDecodeData", [&] { return profiler.decode(); }));
  out["launches"].push_back(launches);
}

}  // namespace

json session_cost(gpu_probes::gpu const& device, counted_set const& set, timed_kernel const& kernel,
                  std::size_t max_ranges) {
  raw_profiler profiler(device, set.metrics);
  json out{{"max_ranges", max_ranges}};
  out["enable_ns"] = timed_ns("cuptiRangeProfilerEnable", [&] { return profiler.enable(device.context()); });
  try {
    out["counter_data_size_ns"] =
        timed_ns("cuptiRangeProfilerGetCounterDataSize", [&] { return profiler.size(max_ranges); });
    out["counter_data_image_bytes"] = profiler.image.size();
    for (int round = 0; round < rounds; ++round) {
      out["initialize_ns"].push_back(
          timed_ns("cuptiRangeProfilerCounterDataImageInitialize", [&] { return profiler.initialise(); }));
      if (round == 0)
        out["set_config_ns"] = timed_ns("cuptiRangeProfilerSetConfig", [&] { return profiler.set_config(); });
      add_round(out, profiler, kernel, round + 1 < rounds ? 1 : max_ranges);
      auto const start = clock::now();
      auto const read = read_ranges(device, profiler, set, kernel, 1);
      out["evaluate_ns"].push_back(ns_since(start));
      out["ranges"].push_back(read.ranges);
      out["wrong_counts"].push_back(read.wrong_counts);
      out["synthetic"] = read.synthetic;
    }
  } catch (...) {
    static_cast<void>(profiler.disable());
    throw;
  }
  out["disable_ns"] = timed_ns("cuptiRangeProfilerDisable", [&] { return profiler.disable(); });
  return out;
}

}  // namespace gpu_cost
