// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// A program with work of its own, which is counted on the stand-in. scripts/fault_matrix.py runs it while
// something fails, and looks whether it comes to its own result.

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "collect/program.hpp"
#include "flopwatch/scope.hpp"
#include "flopwatch/session.hpp"
#include "unit/recording/recording_fixture.hpp"

namespace {

using namespace flopwatch;

constexpr int exit_of_success = 7;
constexpr std::int64_t macs_a_step = 10;

struct choices {
  std::string capture;
  int steps = 40;
  int threads = 1;
  int sleep_us = 0;
  bool alone = false;  ///< without a session
  std::string branch;  ///< "fork", "exit", "exec" or "thread"
  int branch_at =
      -1;  ///< 0 before the session, 1 after its start, 2 in the middle, 3 before its end, 4 after it
};

/// What the program is for. \returns its result
std::uint64_t work(std::uint64_t value, std::uint64_t step) {
  for (int i = 0; i < 100; ++i) value = (value ^ step) * 0x9E3779B97F4A7C15ULL + 1;
  return value;
}

void multiply(std::int64_t size) {
  if (detail::current_record() == nullptr) return;
  test::call(
      *detail::this_thread.owner, "my::mul", [] {}, size);
}

std::uint64_t run_steps(test::program& gpu, choices const& c) {
  std::uint64_t value = 1;
  for (int i = 0; i < c.steps; ++i) {
    scope const step("step " + std::to_string(i % 4));
    gpu.use();
    gpu.launch("a");
    multiply(i % 5);
    value = work(value, static_cast<std::uint64_t>(i));
    if (c.sleep_us > 0) usleep(static_cast<useconds_t>(c.sleep_us));
  }
  return value;
}

std::uint64_t run_threads(test::program& gpu, choices const& c) {
  if (c.threads == 1) return run_steps(gpu, c);
  std::vector<std::uint64_t> values(static_cast<std::size_t>(c.threads));
  std::vector<std::thread> all;
  for (auto& v : values) all.emplace_back([&] { v = run_steps(gpu, c); });
  for (auto& t : all) t.join();
  std::uint64_t sum = 0;
  for (auto const v : values) sum += v;
  return sum;
}

/// The program branches off at a stage, as programs do. \returns false when the branch did not end well
bool branch(choices const& c, int stage) {
  if (c.branch_at != stage) return true;
  if (c.branch == "thread") {
    std::thread([] {
      scope const here("branch");
      multiply(1);
    }).join();
    return true;
  }
  auto const child = fork();
  if (child < 0) return false;
  if (child == 0) {
    scope const here("in the child");
    multiply(1);
    if (c.branch == "exec") {
      execl("/bin/true", "true", nullptr);
      _exit(1);
    }
    if (c.branch == "exit") std::exit(0);
    _exit(0);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && status == 0;
}

void say(result const& r) {
  fmt::print("macs {}\n", r.total().operator_macs);
  for (auto const& l : r.analysis().capture.losses) fmt::print("loss {} {}\n", l.kind, l.text);
}

int run(choices const& c) {
  standin_kernel_value("a", test::fadd_sum, 3, 0);
  test::program gpu;
  bool whole = branch(c, 0);
  std::optional<session> counting;
  if (!c.alone) {
    try {
      session_options o;
      o.device = "cuda:0";
      o.metrics = test::fadd_sum;
      o.capture = c.capture;
      o.operator_rules["my::mul"] = test::fixed(macs_a_step);
      counting.emplace(o);
      counting->start();
    } catch (std::exception const& e) {
      fmt::print("refused {}\n", e.what());
      counting.reset();
    }
  }
  whole = branch(c, 1) && whole;
  auto const first = run_threads(gpu, c);
  whole = branch(c, 2) && whole;
  auto const second = run_threads(gpu, c);
  whole = branch(c, 3) && whole;
  if (counting) {
    try {
      say(counting->stop());
    } catch (std::exception const& e) {
      fmt::print("refused {}\n", e.what());
    }
  }
  whole = branch(c, 4) && whole;
  fmt::print("result {:016x}\n", first * 31 + second);
  return whole ? exit_of_success : 1;
}

}  // namespace

int main(int argc, char** argv) {
  choices c;
  CLI::App app("A program that is counted while something fails.");
  app.add_option("capture", c.capture)->required();
  app.add_option("--steps", c.steps);
  app.add_option("--threads", c.threads);
  app.add_option("--sleep-us", c.sleep_us);
  app.add_flag("--alone", c.alone);
  app.add_option("--branch", c.branch);
  app.add_option("--branch-at", c.branch_at);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(c);
  } catch (std::exception const& e) {
    fmt::print(stderr, "victim: {}\n", e.what());
    return 1;
  }
}
