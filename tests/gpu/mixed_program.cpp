// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Launches the kernels of known count, from several threads on several streams or as training steps do, and
// counts them in one of the ways there are. What a kernel counts must not depend on the way. Also the program
// whose wall time is taken.
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "gpu/mixed_work.hpp"
#include "gpu/training_step.hpp"

namespace {

using flopwatch::replay_mode;
using nlohmann::ordered_json;

struct plan {
  std::string table, cubins, mode = "bare", metrics, raw = "none", save;
  known_counts::thread_plan by_threads;
  int steps = 0;
  std::size_t max_ranges = 64;
  double budget = 0.01;
};

using clock = std::chrono::steady_clock;

std::int64_t ns_since(clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now() - start).count();
}

flopwatch::session_options options_of(plan const& p) {
  flopwatch::session_options out{.device = "cuda:" + std::to_string(p.by_threads.device),
                                 .metrics = p.metrics};
  out.raw = flopwatch::parse_raw_choice(p.raw).value();
  out.max_ranges = p.max_ranges;
  if (p.mode == "none") out.replay = replay_mode::none;
  if (p.mode == "scope") {
    out.replay = replay_mode::none;
    out.scope_depth = 1;
    out.isolate_ranges = true;
  }
  if (p.mode == "iteration") out.replay = replay_mode::iteration;
  if (p.mode == "kernel") out.replay = replay_mode::kernel;
  if (p.mode == "reuse") {
    out.replay = replay_mode::reuse;
    out.reuse.budget = p.budget;
  }
  return out;
}

/// What is counted, and how long it took.
class timed_work {
 public:
  timed_work(known_counts::program const& kernels, plan const& p)
      : kernels_(&kernels), plan_(&p), step_(known_counts::training_step(kernels)) {}

  void run() {
    step_ns_.clear();
    auto const start = clock::now();
    if (plan_->steps == 0) known_counts::launch_from_threads(*kernels_, plan_->by_threads);
    for (int i = 0; i < plan_->steps; ++i) {
      auto const begin = clock::now();
      known_counts::launch_step(*kernels_, step_);
      step_ns_.push_back(ns_since(begin));
      if (after_step) after_step();
    }
    loop_ns_ = ns_since(start);
  }

  std::function<void()> after_step = {};

  [[nodiscard]] int launches() const {
    auto const of_steps = static_cast<int>(step_.size()) * plan_->steps;
    return plan_->steps > 0 ? of_steps : plan_->by_threads.threads * plan_->by_threads.launches;
  }
  /// Of the last run.
  [[nodiscard]] ordered_json times() const {
    if (plan_->steps == 0) return {{"loop_ns", loop_ns_}};
    return {{"loop_ns", loop_ns_}, {"step_ns", step_ns_}};
  }

 private:
  known_counts::program const* kernels_;
  plan const* plan_;
  std::vector<std::size_t> step_;
  std::vector<std::int64_t> step_ns_;
  std::int64_t loop_ns_ = 0;
};

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

/// How much was measured where counts were reused.
ordered_json reuse_of(flopwatch::analysis const& a) {
  auto const& r = *a.tree.reuse;
  auto const ns = [&](char const* key) { return std::stoll(a.capture.info.at(key)); };
  return {{"launches", r.launches},
          {"measured_launches", r.checks},
          {"keys", r.keys},
          {"variable_keys", r.variable_keys},
          {"audits", r.audits},
          {"all_audits", r.all_audits},
          {"equal_audits", r.equal_audits},
          {"bound", r.bound ? ordered_json(*r.bound) : ordered_json(nullptr)},
          {"measuring_ns", ns("reuse_measuring_ns")},
          {"learning_ns", ns("reuse_learning_ns")}};
}

/// What the session found, and the time of its parts.
ordered_json count(timed_work& work, plan const& p) {
  auto const start = clock::now();
  flopwatch::session session{options_of(p)};
  auto const result = [&] {
    if (p.mode == "iteration") return session.count([&] { work.run(); });
    session.start();
    if (p.mode == "reuse") work.after_step = [&] { session.step(); };
    work.run();
    work.after_step = nullptr;
    return session.stop();
  }();
  ordered_json out{{"session_ns", ns_since(start)}};
  auto const& capture = result.analysis().capture;
  out["kernels"] = counters_by_kernel(capture);
  out["data_losses"] = ordered_json::array();
  for (auto const& l : capture.losses) out["data_losses"].push_back(l.kind);
  if (result.analysis().tree.reuse) out["reuse"] = reuse_of(result.analysis());
  if (!p.save.empty()) result.save(p.save);
  return out;
}

int run(plan const& p) {
  known_counts::program const kernels(known_counts::table::read(p.table), p.cubins, p.by_threads.device);
  timed_work work(kernels, p);
  work.run();  // what is loaded late is loaded now
  ordered_json out{
      {"mode", p.mode}, {"metrics", p.metrics}, {"launches", work.launches()}, {"steps", p.steps}};
  if (p.mode == "bare") {
    auto const start = clock::now();
    work.run();
    out["session_ns"] = ns_since(start);
  } else {
    out.update(count(work, p));
  }
  out.update(work.times());
  std::cout << out.dump(2) << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Launches kernels of known count and counts them in the given way."};
  plan p;
  app.add_option("--table", p.table, "known_kernels.json")->required();
  app.add_option("--cubins", p.cubins, "folder of the compiled kernels")->required();
  app.add_option("--device", p.by_threads.device, "number of the GPU")->check(CLI::Range(0, 1 << 16));
  app.add_option("--mode", p.mode, "how they are counted")
      ->check(CLI::IsMember({"bare", "none", "iteration", "kernel", "scope", "reuse"}))
      ->capture_default_str();
  app.add_option("--metrics", p.metrics, "a set, or names; the mode's own set when empty");
  app.add_option("--threads", p.by_threads.threads)->check(CLI::Range(1, 64))->capture_default_str();
  app.add_option("--streams", p.by_threads.streams, "of each thread")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--launches", p.by_threads.launches, "of each thread")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--steps", p.steps, "instead: training steps, one after the other, from one thread")
      ->check(CLI::Range(1, 1 << 20));
  app.add_option("--max-ranges", p.max_ranges, "launches between two readings of the counters")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--budget", p.budget, "of mode reuse: share of the time that measuring may take")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--raw", p.raw, "raw counter images that a saved capture keeps")
      ->check(CLI::IsMember({"none", "sample", "all"}))
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
