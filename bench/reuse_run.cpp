// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// A training run with reuse, in simulated time: 12 layers, 3,000 launches a step, 150 distinct ones, two
// groups of metrics. Launches are on the stand-in driver, synthetic. What measuring costs is what one run on
// an H200 took (1 ms a range, 188 ms a start), and a clock of the stand-in moves by it; nothing waits.
//
//   bench_reuse_run [--steps N] [--later-start-ms N] [--budget SHARE] [--capture FILE]
//
// A run of less than 2,500 steps has not paid for learning yet. Ends with 1 where measuring took over 1 % of
// the simulated time, the capture is over 10 MB, memory grew, the sum is not the true one, or a launch that
// is not measured took over 0.3 us more than without a session.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <cuda.h>
#include <fmt/format.h>

#include "collect/reuse/reuse_clock.hpp"
#include "flopwatch/capture.hpp"
#include "flopwatch/scope.hpp"
#include "flopwatch/session.hpp"
#include "recording/recording.hpp"
#include "rules/operator/encoding.hpp"
#include "standin/control.hpp"

namespace {

using namespace flopwatch;
namespace fs = std::filesystem;
using clock_type = std::chrono::steady_clock;

constexpr char const* ffma = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum";
constexpr char const* bf16 = "sm__ops_path_tensor_src_bf16_dst_fp32.sum";
constexpr int layers = 12;
constexpr int calls_a_layer = 50;
constexpr int launches_a_call = 5;
constexpr int operators = 30;
constexpr int launches_a_step = layers * calls_a_layer * launches_a_call;
constexpr int keys = operators * launches_a_call;
constexpr std::uint64_t launch_cost_ns = 100'000;  // a step of 300 ms

constexpr double share_limit = 0.01;
constexpr double capture_limit_bytes = 10e6;
constexpr double growth_limit_mib = 4;
constexpr double added_limit_ns = 300;

struct choices {
  std::int64_t steps = 10'000;
  double later_start_ms = 188;
  double budget = 0.01;
  std::string capture;
};

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0;
  std::int64_t resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / (1 << 20);
}

standin_costs costs_of(choices const& c) {
  standin_costs out{};
  out.launch_ns = launch_cost_ns;
  out.first_start_ns = 130'000'000;
  out.first_start_ns_per_range = 900'000;
  out.later_start_ns = static_cast<std::uint64_t>(c.later_start_ms * 1e6);
  out.range_ns = 1'050'000;
  out.decode_ns_per_range = 100'000;
  return out;
}

/// The program: kernels with different work each.
class training {
 public:
  training() {
    cuInit(0);
    CUdevice device = 0;
    cuDeviceGet(&device, 0);
    cuDevicePrimaryCtxRetain(&context_, device);
    cuCtxSetCurrent(context_);
    CUmodule module = nullptr;
    cuModuleLoadData(&module, "kernels");
    for (int k = 0; k < launches_a_call; ++k) {
      auto const name = fmt::format("_Z6kernel{}v", k);
      standin_kernel_value(name.c_str(), ffma, 1000 + k, 3);
      standin_kernel_value(name.c_str(), bf16, k == 0 ? 1 << 20 : 0, k == 0 ? 4096 : 0);
      cuModuleGetFunction(&kernels_.emplace_back(), module, name.c_str());
    }
  }

  void step() {
    scope const all("step");
    for (int layer = 0; layer < layers; ++layer) {
      scope const part(names_[static_cast<std::size_t>(layer)]);
      for (int call = 0; call < calls_a_layer; ++call)
        call_operator((layer * calls_a_layer + call) % operators);
    }
    cuCtxSynchronize();  // as a program that prints its loss
  }

  /// Sums of one step.
  [[nodiscard]] static std::map<std::string, std::int64_t> truth() {
    std::int64_t sum_ffma = 0;
    std::int64_t sum_bf16 = 0;
    for (int call = 0; call < layers * calls_a_layer; ++call) {
      auto const threads = static_cast<std::int64_t>(blocks(call % operators)) * threads_a_block;
      for (int k = 0; k < launches_a_call; ++k) sum_ffma += 1000 + k + 3 * threads;
      sum_bf16 += (1 << 20) + 4096 * threads;
    }
    return {{ffma, sum_ffma}, {bf16, sum_bf16}};
  }

  /// Of each launch since the last call, on average in its operator call; those that were measured among
  /// them.
  [[nodiscard]] double median_launch_ns() {
    auto const middle = took_ns_.begin() + static_cast<std::ptrdiff_t>(took_ns_.size() / 2);
    std::nth_element(took_ns_.begin(), middle, took_ns_.end());
    auto const out = *middle / launches_a_call;
    took_ns_.clear();
    timed_ = 0;
    return out;
  }

 private:
  static constexpr unsigned threads_a_block = 128;
  static constexpr std::size_t most_timed = 100'000;

  static unsigned blocks(int operator_number) { return 8 + static_cast<unsigned>(operator_number); }

  /// As the dispatcher's observer records it.
  void call_operator(int number) {
    auto* const record = detail::current_record();
    if (record == nullptr) return launch(number);
    constexpr char const* name = "my::block";
    {
      detail::record_access const access(*record);
      auto known = record->find_operator(name);
      if (known.info == nullptr) {
        known.info = &detail::this_thread.owner->operators().find(name, "", {});
        record->remember_operator(name, *known.info);
      }
      auto& args = record->encoder;
      args.clear();
      args.tensor(std::vector<std::int64_t>{number + 1}, scalar_type::f32, tensor_layout::strided);
      record->enter_operator(*known.info, args.words(), name);
    }
    launch(number);
    detail::record_access const access(*record);
    record->leave_operator();
  }

  void launch(int number) {
    auto const start = clock_type::now();
    for (auto* const kernel : kernels_) {
      cuLaunchKernel(kernel, blocks(number), 1, 1, threads_a_block, 1, 1, 0, nullptr, nullptr, nullptr);
    }
    std::chrono::duration<double, std::nano> const took = clock_type::now() - start;
    // A ring, so that the memory of a long run stays flat.
    if (took_ns_.size() < most_timed) {
      took_ns_.push_back(took.count());
    } else {
      took_ns_[timed_ % most_timed] = took.count();
    }
    ++timed_;
  }

  CUcontext context_ = nullptr;
  std::vector<CUfunction> kernels_;
  std::vector<std::string> names_ = [] {
    std::vector<std::string> out;
    for (int layer = 0; layer < layers; ++layer) out.push_back(fmt::format("layer.{}", layer));
    return out;
  }();
  std::vector<double> took_ns_;
  std::size_t timed_ = 0;
};

bool check(bool good, std::string const& words) {
  fmt::print("{}: {}\n", good ? "good" : "BAD", words);
  return good;
}

std::map<std::string, std::int64_t> sums_of(capture_data const& data) {
  std::map<std::string, std::int64_t> out;
  for (auto const& g : data.launch_groups) {
    for (auto const& [metric, sum] : g.sums) out[metric] += sum.value_or(0);
  }
  return out;
}

int count(choices const& c) {
  training program;
  for (int i = 0; i < 100; ++i) program.step();
  auto const bare_ns = program.median_launch_ns();

  auto const costs = costs_of(c);
  standin_set_costs(&costs);
  collect::set_reuse_clock([] { return static_cast<std::int64_t>(standin_clock_ns()); });
  session_options o;
  o.device = "cuda:0";
  o.metrics = fmt::format("{},{}", ffma, bf16);
  o.replay = replay_mode::reuse;
  o.iteration = "step";
  o.capture = c.capture;
  o.reuse.budget = c.budget;
  session s(o);
  s.start();
  auto const began_ns = standin_clock_ns();
  auto const began = clock_type::now();
  double early_mib = 0;
  for (std::int64_t i = 0; i < c.steps; ++i) {
    program.step();
    if (i + 1 == std::max<std::int64_t>(1, c.steps / 10)) early_mib = resident_mib();
  }
  auto const late_mib = resident_mib();
  std::chrono::duration<double> const took = clock_type::now() - began;
  auto const launch_ns = program.median_launch_ns();
  auto const result = s.stop();
  auto const simulated_ns = static_cast<double>(standin_clock_ns() - began_ns);

  auto const& data = result.analysis().capture;
  auto const launches = c.steps * launches_a_step;
  auto const own_ns = static_cast<double>(launches) * static_cast<double>(launch_cost_ns);
  auto const share = 1 - own_ns / simulated_ns;
  std::int64_t checks = 0;
  std::int64_t launched = 0;
  for (auto const& k : data.reuse_keys) checks += k.checks, launched += k.launches;
  std::int64_t audits = 0;
  for (auto const& a : data.reuse_audits) audits += a.audits;
  fmt::print("{} steps, {} launches, {:.0f} s simulated in {:.1f} s; {} keys, {} checks, {} audits\n",
             c.steps, launches, simulated_ns * 1e-9, took.count(), data.reuse_keys.size(), checks, audits);
  for (auto const& l : data.losses) fmt::print("loss {}: {} {}\n", l.kind, l.count, l.text);
  bool good =
      check(share <= share_limit,
            fmt::format("measuring took {:.3f} % of the simulated time (its budget knows of {:.3f} %)",
                        100 * share, 100 * std::stod(data.info.at("reuse_measuring_ns")) / simulated_ns));
  auto const bytes = static_cast<double>(fs::file_size(c.capture));
  good &= check(bytes <= capture_limit_bytes, fmt::format("the capture has {:.2f} MB", bytes * 1e-6));
  good &= check(late_mib - early_mib <= growth_limit_mib,
                fmt::format("resident {:.1f} MiB after a tenth, {:.1f} MiB at the end", early_mib, late_mib));
  auto const sums = sums_of(data);
  for (auto const& [metric, a_step] : training::truth()) {
    auto const found = sums.contains(metric) ? sums.at(metric) : 0;
    good &=
        check(found == a_step * c.steps, fmt::format("{}: {}, truth {}", metric, found, a_step * c.steps));
  }
  good &= check(launched == launches && static_cast<int>(data.reuse_keys.size()) == keys,
                fmt::format("{} launches of {} keys", launched, data.reuse_keys.size()));
  good &= check(launch_ns - bare_ns <= added_limit_ns,
                fmt::format("a launch takes {:.0f} ns, {:.0f} ns without a session", launch_ns, bare_ns));
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  choices c;
  c.capture = (fs::temp_directory_path() / fmt::format("flopwatch-reuse-{}.flops", getpid())).string();
  CLI::App app("A training run with reuse, in simulated time; its launches are synthetic.");
  app.add_option("--steps", c.steps)->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 32));
  app.add_option("--later-start-ms", c.later_start_ms)->check(CLI::Range(0.0, 10'000.0));
  app.add_option("--budget", c.budget)->check(CLI::Range(0.0, 1.0));
  app.add_option("--capture", c.capture);
  CLI11_PARSE(app, argc, argv);
  try {
    auto const outcome = count(c);
    fs::remove(c.capture);
    return outcome;
  } catch (std::exception const& e) {
    fmt::print(stderr, "bench_reuse_run: {}\n", e.what());
    return 1;
  }
}
