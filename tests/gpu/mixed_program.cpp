// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Launches the kernels of known count from several threads on several streams, and counts them in one of the
// ways there are. What a kernel counts must not depend on the way. Also the program whose wall time is taken.
#include <atomic>
#include <chrono>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <cuda.h>
#include <nlohmann/json.hpp>

#include "flopwatch/scope.hpp"
#include "gpu/known_counts.hpp"

namespace {

using flopwatch::replay_mode;
using nlohmann::ordered_json;

struct plan {
  std::string table, cubins, mode = "bare", metrics, save;
  int device = 0, threads = 4, streams = 2, launches = 44;
};

/// Streams of the device's primary context, current to the thread that makes them.
class stream_set {
 public:
  stream_set(int device, int count) : streams_(static_cast<std::size_t>(count)) {
    CUcontext context = nullptr;
    if (cuDevicePrimaryCtxRetain(&context, device) != CUDA_SUCCESS ||
        cuCtxSetCurrent(context) != CUDA_SUCCESS)
      throw std::runtime_error("the device's primary context cannot be used");
    for (auto& s : streams_) {
      if (cuStreamCreate(&s, CU_STREAM_NON_BLOCKING) != CUDA_SUCCESS)
        throw std::runtime_error("cuStreamCreate fails");
    }
    device_ = device;
  }
  ~stream_set() {
    for (auto* s : streams_) cuStreamDestroy(s);
    cuDevicePrimaryCtxRelease(device_);
  }
  stream_set(stream_set const&) = delete;
  stream_set& operator=(stream_set const&) = delete;
  [[nodiscard]] CUstream at(int i) const { return streams_[static_cast<std::size_t>(i) % streams_.size()]; }

 private:
  std::vector<CUstream> streams_;
  int device_ = 0;
};

/// Lets threads launch in a fixed order, so that every run is the same.
class turns {
 public:
  /// Waits for turn `n`; false when the order was given up.
  [[nodiscard]] bool wait(int n) {
    for (int now = next_; now != n; now = next_) {
      if (now < 0) return false;
      next_.wait(now);
    }
    return true;
  }
  void pass_on(int n) { move_to(n + 1); }
  void give_up() { move_to(-1); }

 private:
  void move_to(int n) {
    next_ = n;
    next_.notify_all();
  }
  std::atomic<int> next_{0};
};

/// The same launches each time: thread t's i-th one is of kernel (t + i) modulo their number.
void work(known_counts::program const& kernels, plan const& p) {
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(p.threads));
  std::vector<std::thread> threads;
  turns order;
  for (int t = 0; t < p.threads; ++t) {
    threads.emplace_back([&, t] {
      try {
        stream_set const streams(p.device, p.streams);
        flopwatch::scope const mine("thread " + std::to_string(t));
        for (int i = 0; i < p.launches; ++i) {
          auto const turn = i * p.threads + t;
          if (!order.wait(turn)) return;
          kernels.launch(static_cast<std::size_t>(t + i) % kernels.kernels().size(), streams.at(i));
          order.pass_on(turn);
        }
        kernels.wait();
      } catch (...) {
        errors[static_cast<std::size_t>(t)] = std::current_exception();
        order.give_up();
      }
    });
  }
  for (auto& t : threads) t.join();
  for (auto const& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

using clock = std::chrono::steady_clock;

std::int64_t ns_since(clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now() - start).count();
}

flopwatch::session_options options_of(plan const& p) {
  flopwatch::session_options out{.device = "cuda:" + std::to_string(p.device), .metrics = p.metrics};
  out.raw = flopwatch::raw_choice::all;
  if (p.mode == "none") out.replay = replay_mode::none;
  if (p.mode == "scope") {
    out.replay = replay_mode::none;
    out.scope_depth = 1;
    out.isolate_ranges = true;
  }
  if (p.mode == "iteration") out.replay = replay_mode::iteration;
  if (p.mode == "kernel") out.replay = replay_mode::kernel;
  return out;
}

ordered_json counters_by_kernel(flopwatch::capture_data const& capture) {
  std::map<std::int64_t, std::string> names;
  for (auto const& k : capture.kernels) names[k.id] = k.name;
  std::map<std::string, std::int64_t> launches;
  std::map<std::string, std::map<std::string, std::int64_t>> counters;
  auto const add = [&](std::string const& name, std::int64_t number, flopwatch::metric_sums const& sums) {
    launches[name] += number;
    for (auto const& [metric, sum] : sums) {
      if (sum) counters[name][metric] += *sum;
    }
  };
  for (auto const& group : capture.launch_groups) add(names[group.kernel], group.launches, group.sums);
  for (auto const& group : capture.scope_range_groups) add("scope range", group.ranges, group.sums);
  ordered_json out = ordered_json::object();
  for (auto const& [name, number] : launches) {
    out[name] = {{"launches", number}, {"counters", counters[name]}};
  }
  return out;
}

/// What the session found, and the time of its parts.
ordered_json count(known_counts::program const& kernels, plan const& p) {
  std::int64_t loop_ns = 0;
  auto const once = [&] {
    auto const start = clock::now();
    work(kernels, p);
    loop_ns += ns_since(start);
  };
  auto const start = clock::now();
  flopwatch::session session{options_of(p)};
  auto const result = [&] {
    if (p.mode == "iteration") return session.count(once);
    session.start();
    once();
    return session.stop();
  }();
  ordered_json out{{"loop_ns", loop_ns}, {"session_ns", ns_since(start)}};
  auto const& capture = result.analysis().capture;
  out["kernels"] = counters_by_kernel(capture);
  out["data_losses"] = ordered_json::array();
  for (auto const& l : capture.losses) out["data_losses"].push_back(l.kind);
  if (!p.save.empty()) result.save(p.save);
  return out;
}

int run(plan const& p) {
  known_counts::program const kernels(known_counts::table::read(p.table), p.cubins, p.device);
  work(kernels, p);  // what is loaded late is loaded now
  ordered_json out{{"mode", p.mode}, {"metrics", p.metrics}, {"launches", p.threads * p.launches}};
  if (p.mode == "bare") {
    auto const start = clock::now();
    work(kernels, p);
    out["loop_ns"] = out["session_ns"] = ns_since(start);
  } else {
    out.update(count(kernels, p));
  }
  std::cout << out.dump(2) << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Launches kernels of known count from several threads and counts them in the given way."};
  plan p;
  app.add_option("--table", p.table, "known_kernels.json")->required();
  app.add_option("--cubins", p.cubins, "folder of the compiled kernels")->required();
  app.add_option("--device", p.device, "number of the GPU")->check(CLI::Range(0, 1 << 16));
  app.add_option("--mode", p.mode, "how they are counted")
      ->check(CLI::IsMember({"bare", "none", "iteration", "kernel", "scope"}))
      ->capture_default_str();
  app.add_option("--metrics", p.metrics, "a set, or names; the mode's own set when empty");
  app.add_option("--threads", p.threads)->check(CLI::Range(1, 64))->capture_default_str();
  app.add_option("--streams", p.streams, "of each thread")->check(CLI::Range(1, 64))->capture_default_str();
  app.add_option("--launches", p.launches, "of each thread")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--save", p.save, "file for the capture");
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    return run(p);
  } catch (flopwatch::error const& e) {
    std::cerr << "mixed_program: " << e.what() << '\n';
    return static_cast<int>(e.code());
  } catch (std::exception const& e) {
    std::cerr << "mixed_program: " << e.what() << '\n';
    return 1;
  }
}
