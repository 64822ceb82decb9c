// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// What a live reading of a session of replay mode reuse costs: 150 distinct launches, 3,000 launches a step
// on the stand-in driver, synthetic; one reading a step.
//
//   bench_reuse_reading [--steps N]
//
// Ends with 1 where a reading lacks launches or FLOPs.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <cuda.h>
#include <fmt/format.h>

#include "flopwatch/session.hpp"
#include "standin/control.hpp"

namespace {

using namespace flopwatch;
using clock_type = std::chrono::steady_clock;

constexpr char const* ffma = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum";
constexpr char const* bf16 = "sm__ops_path_tensor_src_bf16_dst_fp32.sum";
constexpr unsigned kernels = 5;
constexpr unsigned grids = 30;
constexpr int rounds_a_step = 20;
constexpr std::int64_t launches_a_step = std::int64_t{kernels} * grids * rounds_a_step;
constexpr std::int64_t ffma_a_launch = 1000;

class program {
 public:
  program() {
    cuInit(0);
    CUdevice device = 0;
    cuDeviceGet(&device, 0);
    cuDevicePrimaryCtxRetain(&context_, device);
    cuCtxSetCurrent(context_);
    CUmodule module = nullptr;
    cuModuleLoadData(&module, "kernels");
    for (unsigned k = 0; k < kernels; ++k) {
      auto const name = fmt::format("_Z6kernel{}v", k);
      standin_kernel_value(name.c_str(), ffma, static_cast<double>(ffma_a_launch), 0);
      cuModuleGetFunction(&functions_.emplace_back(), module, name.c_str());
    }
  }
  void step() {
    for (int round = 0; round < rounds_a_step; ++round) {
      for (unsigned grid = 1; grid <= grids; ++grid) {
        for (auto* const f : functions_)
          cuLaunchKernel(f, grid, 1, 1, 32, 1, 1, 0, nullptr, nullptr, nullptr);
      }
    }
    cuCtxSynchronize();
  }

 private:
  CUcontext context_ = nullptr;
  std::vector<CUfunction> functions_;
};

double ns_since(clock_type::time_point begin) {
  return std::chrono::duration<double, std::nano>(clock_type::now() - begin).count();
}

double median(std::vector<double> values) {
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

int read_steps(int steps) {
  program p;
  session_options o;
  o.device = "cuda:0";
  o.metrics = fmt::format("{},{}", ffma, bf16);
  o.replay = replay_mode::reuse;
  session s(o);
  s.start();
  reuse_mark mark;
  for (int i = 0; i < 200 && (i == 0 || !s.reused_so_far().whole()); ++i) {
    p.step();
    s.step();
  }
  static_cast<void>(s.reused_since(mark));
  std::vector<double> step_ns;
  std::vector<double> reading_ns;
  bool good = true;
  for (int i = 0; i < steps; ++i) {
    auto begin = clock_type::now();
    p.step();
    s.step();
    step_ns.push_back(ns_since(begin));
    begin = clock_type::now();
    auto const work = s.reused_since(mark);
    reading_ns.push_back(ns_since(begin));
    std::int64_t flops = 0;
    for (auto const& part : work.parts) flops += part.outside_flops;
    good = good && work.whole() && work.launches == launches_a_step &&
           flops == 2 * ffma_a_launch * launches_a_step;
  }
  s.stop();
  auto const reading = median(reading_ns);
  fmt::print("{} steps of {} launches of {} keys; medians: a step {:.0f} us, a reading {:.1f} us\n", steps,
             launches_a_step, kernels * grids, median(step_ns) / 1e3, reading / 1e3);
  fmt::print("that is {:.4f} % of a step of 100 ms, and {:.4f} % of one of 300 ms\n", reading / 100e6 * 100,
             reading / 300e6 * 100);
  if (!good) fmt::print("BAD: a reading lacks launches or FLOPs\n");
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  int steps = 500;
  CLI::App app("The cost of a live reading; its launches are synthetic.");
  app.add_option("--steps", steps)->check(CLI::Range(1, 1'000'000));
  CLI11_PARSE(app, argc, argv);
  return read_steps(steps);
}
