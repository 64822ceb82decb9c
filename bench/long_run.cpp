// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// A long training run, compressed: many operator calls and launches on many threads, in tenths. Memory must
// stay flat, the last tenth must cost what the first does, and the capture must have the size that is
// promised. Launches are on the stand-in driver, synthetic, with counters of its own; operators are recorded
// as the dispatcher's observer does.
//
//   bench_long_run [--operator-calls N] [--launches N] [--threads N] [--rows N] [--capture FILE]
//
// Ends with 1 where memory grew over 8 MiB between the second tenth and the last, where the last tenth took
// over 1.05 of the first, or where the numbers are not those of the program.

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <cuda.h>
#include <fmt/format.h>

#include "flopwatch/scope.hpp"
#include "flopwatch/session.hpp"
#include "recording/recording.hpp"
#include "rules/operator/encoding.hpp"
#include "standin/control.hpp"

namespace {

using namespace flopwatch;
namespace fs = std::filesystem;
using seconds = std::chrono::duration<double>;

constexpr char const* metric = "sm__sass_thread_inst_executed_op_fadd_pred_on.sum";
constexpr int tenths = 10;
constexpr double growth_limit_mib = 8;
constexpr double slower_limit = 1.05;
constexpr std::int64_t macs_a_call = 10;

struct choices {
  std::int64_t operator_calls = 100'000'000;
  std::int64_t launches = 20'000'000;
  int threads = 16;
  std::int64_t rows = 300;  ///< distinct operator calls of each thread
  std::string capture;
};

/// Of all threads, so that other programs of the machine disturb it little.
double processor_s() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0;
  std::int64_t resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / (1 << 20);
}

struct gpu {
  gpu() {
    cuInit(0);
    CUdevice device = 0;
    cuDeviceGet(&device, 0);
    cuDevicePrimaryCtxRetain(&context, device);
    cuCtxSetCurrent(context);
    CUmodule module = nullptr;
    cuModuleLoadData(&module, "kernels");
    cuModuleGetFunction(&kernel, module, "_Z4gemmPKfS0_Pf");
  }
  CUcontext context = nullptr;
  CUfunction kernel = nullptr;
};

/// One call as the observer records it.
void call_operator(std::int64_t size) {
  auto* const record = detail::current_record();
  if (record == nullptr) return;
  constexpr char const* name = "my::mul";
  {
    detail::record_access const access(*record);
    auto known = record->find_operator(name);
    if (known.info == nullptr) {
      known.info = &detail::this_thread.owner->operators().find(name, "", {});
      record->remember_operator(name, *known.info);
    }
    auto& args = record->encoder;
    args.clear();
    args.tensor(std::vector<std::int64_t>{size}, scalar_type::f32, tensor_layout::strided);
    record->enter_operator(*known.info, args.words(), name);
  }
  detail::record_access const access(*record);
  record->leave_operator();
}

/// A tenth of one thread's part: steps of 50 operator calls and some launches, each in a scope.
void run_tenth(gpu const& g, std::int64_t calls, std::int64_t launches, std::int64_t rows) {
  constexpr std::int64_t calls_a_step = 50;
  cuCtxSetCurrent(g.context);
  auto const steps = calls / calls_a_step;
  std::int64_t launched = 0;
  for (std::int64_t i = 0; i < steps; ++i) {
    scope const step("step");
    for (std::int64_t c = 0; c < calls_a_step; ++c) call_operator((i * calls_a_step + c) % rows);
    for (auto const due = launches * (i + 1) / steps; launched < due; ++launched) {
      cuLaunchKernel(g.kernel, 8, 1, 1, 256, 1, 1, 0, nullptr, nullptr, nullptr);
    }
  }
}

struct measured_tenth {
  double took_s;
  double resident_mib;
};

std::vector<measured_tenth> run(gpu const& g, choices const& c) {
  std::vector<measured_tenth> all;
  auto begin = processor_s();
  auto const end_tenth = [&]() noexcept {
    all.push_back({processor_s() - begin, resident_mib()});
    fmt::print("{:>6} {:>12.2f} {:>13.1f}\n", all.size(), all.back().took_s, all.back().resident_mib);
    std::fflush(stdout);
    begin = processor_s();
  };
  std::barrier together(c.threads, end_tenth);
  std::vector<std::thread> threads;
  for (int t = 0; t < c.threads; ++t) {
    threads.emplace_back([&] {
      for (int tenth = 0; tenth < tenths; ++tenth) {
        run_tenth(g, c.operator_calls / tenths / c.threads, c.launches / tenths / c.threads, c.rows);
        together.arrive_and_wait();
      }
    });
  }
  for (auto& t : threads) t.join();
  return all;
}

bool check(bool good, std::string const& words) {
  fmt::print("{}: {}\n", good ? "good" : "BAD", words);
  return good;
}

int count(choices const& c) {
  standin_kernel_value("_Z4gemmPKfS0_Pf", metric, 1, 0);
  gpu const g;
  session_options o;
  o.device = "cuda:0";
  o.metrics = metric;
  o.capture = c.capture;
  o.raw = raw_choice::none;
  o.operator_rules["my::mul"] = [](operator_call const&) {
    return operator_work{{macs_a_call, macs_a_call, 0}, precision::fp32};
  };
  session s(o);
  s.start();
  fmt::print("{} operator calls and {} launches on {} threads\n tenth  processor s  resident MiB\n",
             c.operator_calls, c.launches, c.threads);
  auto const parts = run(g, c);
  auto const stop = std::chrono::steady_clock::now();
  auto const r = s.stop();
  fmt::print("stop: {:.2f} s, resident {:.1f} MiB\n",
             seconds(std::chrono::steady_clock::now() - stop).count(), resident_mib());

  auto const a_thread = c.operator_calls / tenths / c.threads / 50 * 50;
  auto const calls = a_thread * tenths * c.threads;
  auto const launches = c.launches / tenths / c.threads * tenths * c.threads;
  auto const& total = r.analysis().tree.measured_total;
  auto const bytes = static_cast<double>(fs::file_size(c.capture));
  auto const growth = parts.back().resident_mib - parts[1].resident_mib;
  auto const slower = parts.back().took_s / parts.front().took_s;
  bool good =
      check(r.total().operator_macs == calls * macs_a_call, fmt::format("{} MACs", r.total().operator_macs));
  good &= check(total.launches == launches, fmt::format("{} launches", total.launches));
  good &= check(growth < growth_limit_mib,
                fmt::format("memory grew by {:.1f} MiB after the second tenth", growth));
  good &= check(slower < slower_limit, fmt::format("the last tenth took {:.3f} of the first", slower));
  good &= check(bytes < 90.0 * static_cast<double>(launches) + (1 << 20),
                fmt::format("the capture has {:.1f} bytes a launch",
                            bytes / static_cast<double>(std::max<std::int64_t>(launches, 1))));
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  choices c;
  c.capture = (fs::temp_directory_path() / fmt::format("flopwatch-long-{}.flops", getpid())).string();
  CLI::App app("A long training run, compressed; its launches are synthetic.");
  app.add_option("--operator-calls", c.operator_calls)
      ->check(CLI::Range(std::int64_t{100'000}, std::int64_t{1} << 40));
  app.add_option("--launches", c.launches)->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40));
  app.add_option("--threads", c.threads)->check(CLI::Range(1, 256));
  app.add_option("--rows", c.rows)->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 18));
  app.add_option("--capture", c.capture);
  CLI11_PARSE(app, argc, argv);
  try {
    auto const outcome = count(c);
    fs::remove(c.capture);
    return outcome;
  } catch (std::exception const& e) {
    fmt::print(stderr, "bench_long_run: {}\n", e.what());
    return 1;
  }
}
