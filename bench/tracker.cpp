// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// What tracking adds to a launch, from the callback to the stored row, on the stand-in driver: its launches
// cost next to nothing, so that what is added is seen. And the memory that a million launches take.

#include <algorithm>
#include <chrono>
#include <sys/resource.h>
#include <vector>

#include <benchmark/benchmark.h>
#include <cuda.h>

#include "flopwatch/scope.hpp"
#include "flopwatch/session.hpp"
#include "standin/control.hpp"

namespace {

constexpr int launches = 1'000;  // in one timed piece

struct gpu {
  explicit gpu(char const* name = "_Z4gemmPKfS0_Pf") {
    cuInit(0);
    CUdevice device = 0;
    cuDeviceGet(&device, 0);
    cuDevicePrimaryCtxRetain(&context, device);
    cuCtxSetCurrent(context);
    CUmodule module = nullptr;
    cuModuleLoadData(&module, "kernels");
    cuModuleGetFunction(&kernel, module, name);
  }
  void launch() const { cuLaunchKernel(kernel, 8, 1, 1, 256, 1, 1, 0, nullptr, nullptr, nullptr); }

  CUcontext context = nullptr;
  CUfunction kernel = nullptr;
};

double launch_ns(gpu const& g) {
  auto const start = std::chrono::steady_clock::now();
  for (int i = 0; i < launches; ++i) g.launch();
  std::chrono::duration<double, std::nano> const took = std::chrono::steady_clock::now() - start;
  return took.count() / launches;
}

double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

std::int64_t peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

/// What a session adds to a launch that it does not count by itself, ns. The session runs before `prepare`.
template <class Prepare, class Finish>
void measure_added(benchmark::State& state, gpu const& g, flopwatch::session_options const& options,
                   Prepare const& prepare, Finish const& finish) {
  std::vector<double> bare;
  std::vector<double> added;
  for (auto _ : state) {
    bare.push_back(launch_ns(g));
    flopwatch::session session{options};
    session.start();
    flopwatch::scope const outer("model", "Net");
    prepare();
    {
      flopwatch::scope const inner("layer", "Linear");
      launch_ns(g);  // known from here on
      added.push_back(launch_ns(g) - bare.back());
    }
    finish();
  }
  state.counters["bare_ns"] = median(bare);
  state.counters["added_ns"] = median(added);
}

/// Launches are listed without counters: what is timed is ours, not the stand-in's profiler.
void tracked_launch(benchmark::State& state) {
  standin_reset();
  standin_set_permission(0);
  measure_added(
      state, gpu(), {.device = "cuda:0"}, [] {}, [] {});
}
BENCHMARK(tracked_launch)->Iterations(200);

/// Nothing is counted while a stream is captured; launches into other streams are listed.
void launch_beside_a_capture(benchmark::State& state) {
  standin_reset();
  gpu const g;
  CUstream captured = nullptr;
  cuStreamCreate(&captured, CU_STREAM_NON_BLOCKING);
  measure_added(
      state, g, {.device = "cuda:0"},
      [&] { cuStreamBeginCapture(captured, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL); },
      [&] {
        CUgraph graph = nullptr;
        cuStreamEndCapture(captured, &graph);
        cuGraphDestroy(graph);
      });
}
BENCHMARK(launch_beside_a_capture)->Iterations(200);

/// A kernel that waits for others has no counters of its own.
void launch_of_a_waiting_kernel(benchmark::State& state) {
  standin_reset();
  measure_added(
      state, gpu("ncclDevKernel_AllReduce"), {.device = "cuda:0"}, [] {}, [] {});
}
BENCHMARK(launch_of_a_waiting_kernel)->Iterations(200);

/// One range counts all launches of a scope. What is added has the stand-in's own count of each kernel in it.
void launch_in_a_scope_range(benchmark::State& state) {
  standin_reset();
  measure_added(
      state, gpu(), {.device = "cuda:0", .scope_depth = 1}, [] {}, [] {});
}
BENCHMARK(launch_in_a_scope_range)->Iterations(200);

double start_ms() {
  flopwatch::session session{{.device = "cuda:0", .metrics = "full", .iteration = "step"}};
  auto const before = std::chrono::steady_clock::now();
  session.start();
  std::chrono::duration<double, std::milli> const took = std::chrono::steady_clock::now() - before;
  return took.count();
}

/// The first session of a process makes the plan of its metrics.
void second_session(benchmark::State& state) {
  standin_reset();
  gpu const g;
  for (auto _ : state) {
    auto const first = start_ms();
    auto const second = start_ms();
    state.counters["first_ms"] = first;
    state.counters["second_ms"] = second;
    state.counters["second_of_first"] = second / first;
  }
}
BENCHMARK(second_session)->Iterations(1)->Unit(benchmark::kMillisecond);

void million_launches(benchmark::State& state) {
  standin_reset();
  standin_set_permission(0);
  gpu const g;
  for (auto _ : state) {
    flopwatch::session session{{.device = "cuda:0"}};
    session.start();
    for (int i = 0; i < 10'000; ++i) g.launch();
    auto const before = peak_bytes();
    for (int i = 10'000; i < 1'000'000; ++i) g.launch();
    state.counters["growth_bytes"] = static_cast<double>(peak_bytes() - before);
  }
}
BENCHMARK(million_launches)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
