// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// Captures of many launches: what writing one costs, how large it is, and what a report of it costs in time
// and memory; and the same for ten times the launches in as many scopes. The counts are synthetic.
//
//   bench_captures [--launches N] [--scopes N] [--metrics N] [--folder FOLDER]
//
// Times are of the processor, so that other programs of the machine disturb them little; each report runs in
// a process of its own. Ends with 1 where a figure misses its limit.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "capture/writer.hpp"
#include "flopwatch/capture.hpp"
#include "flopwatch/report.hpp"

namespace {

using namespace flopwatch;
namespace fs = std::filesystem;

struct choices {
  std::int64_t launches = 1'000'000;
  std::int64_t scopes = 10'000;
  int metrics = 9;
  std::string folder = "/tmp";
};

constexpr double least_launches_a_second = 600'000;
constexpr double most_bytes_a_launch = 90;
constexpr double most_report_s = 1.5;
constexpr double most_times = 10.5;
constexpr double most_growth = 1.2;

double processor_s() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Half of them are FLOPs that count, the others are counters that do not.
std::vector<metric_record> metrics(int count) {
  constexpr std::array names{"fadd", "fmul", "ffma", "dadd", "dmul", "dfma", "hadd", "hmul", "hfma"};
  std::vector<metric_record> out;
  for (int i = 0; i < count; ++i) {
    auto const name = i < static_cast<int>(names.size())
                          ? fmt::format("sm__sass_thread_inst_executed_op_{}_pred_on.sum",
                                        names.at(static_cast<std::size_t>(i)))
                          : fmt::format("sm__made_up_{}.sum", i);
    out.push_back({i + 1, 1, name, "inst", 0});
  }
  return out;
}

struct written {
  double seconds = 0;
  std::int64_t bytes = 0;
};

written write(fs::path const& path, std::int64_t launches, choices const& c) {
  auto const begin = processor_s();
  capture_writer w(path);
  w.set_info(info_key::synthetic, "yes");
  w.add_plan(1, metrics(c.metrics));
  constexpr std::int64_t kernels = 40;
  for (std::int64_t k = 1; k <= kernels; ++k) w.add(kernel_record{k, fmt::format("kernel_{}", k), ""});
  for (std::int64_t s = 1; s <= c.scopes; ++s) {
    w.add(
        scope_record{s, s <= 100 ? 0 : s / 100, fmt::format("scope{}", s), "NVTX", 0, 1, phase::forward, 1});
  }
  launch_record r;
  r.plan = 1;
  r.context = r.stream = r.thread = 1;
  r.grid_x = 132;
  r.block_x = 256;
  r.counters.resize(static_cast<std::size_t>(c.metrics));
  for (std::int64_t i = 0; i < launches; ++i) {
    r.id = i + 1;
    r.order = i;
    r.kernel = i % kernels + 1;
    r.scope = i % c.scopes + 1;
    for (std::size_t m = 0; m < r.counters.size(); ++m) {
      // Most formats do not run in a kernel; counts have some seven digits.
      r.counters[m] = m % 3 == 0 ? static_cast<double>(1'000'000 + 977 * (i % 1'000)) : 0.0;
    }
    w.add(r);
  }
  w.close();
  return {processor_s() - begin, static_cast<std::int64_t>(fs::file_size(path))};
}

struct shown {
  double read_s = 0, attributed_s = 0, shown_s = 0;
  std::int64_t peak_kib = 0, bytes = 0;
  [[nodiscard]] double seconds() const { return read_s + attributed_s + shown_s; }
};

shown show(fs::path const& path) {
  shown out;
  auto const begin = processor_s();
  auto data = capture_reader(path).load();
  auto const read = processor_s();
  auto const a = analyse(std::move(data));
  auto const attributed = processor_s();
  out.bytes = static_cast<std::int64_t>(text_report(a, {.width = 160}).size());
  out.shown_s = processor_s() - attributed;
  out.read_s = read - begin;
  out.attributed_s = attributed - read;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  out.peak_kib = usage.ru_maxrss;
  return out;
}

/// In a process of its own, so that its peak of memory is its own.
template <class F>
auto apart(F const& work) {
  using answer = decltype(work());
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  auto const child = fork();
  if (child == 0) {
    auto const found = work();
    _exit(::write(ends[1], &found, sizeof found) == static_cast<ssize_t>(sizeof found) ? 0 : 1);
  }
  answer found{};
  bool const whole = ::read(ends[0], &found, sizeof found) == static_cast<ssize_t>(sizeof found);
  close(ends[0]);
  close(ends[1]);
  int status = 0;
  if (waitpid(child, &status, 0) != child || !whole) throw std::runtime_error("a measured process failed");
  return found;
}

bool check(std::string const& what, double value, bool at_least, double limit, std::string const& unit) {
  bool const good = at_least ? value >= limit : value <= limit;
  fmt::print("{:<34} {:>12.3f} {:<12} {} {:<10.1f} {}\n", what, value, unit, at_least ? ">=" : "<=", limit,
             good ? "good" : "MISSED");
  return good;
}

int run(choices const& c) {
  std::array<written, 2> files;
  std::array<shown, 2> reports;
  for (std::size_t i = 0; i < 2; ++i) {
    auto const launches = i == 0 ? c.launches : 10 * c.launches;
    auto const path = fs::path(c.folder) / fmt::format("bench_captures-{}.flops", getpid());
    files[i] = apart([&] { return write(path, launches, c); });
    reports[i] = apart([&] { return show(path); });
    for (int again = 0; again < (i == 0 ? 2 : 0); ++again) {
      auto const other = apart([&] { return show(path); });
      if (other.seconds() < reports[i].seconds()) reports[i] = other;
    }
    fs::remove(path);
    fmt::print(
        "{} launches, {} scopes: written in {:.2f} s; read {:.2f} s, attributed {:.2f} s, shown {:.2f} s "
        "({} bytes); peak {} MiB\n",
        launches, c.scopes, files[i].seconds, reports[i].read_s, reports[i].attributed_s, reports[i].shown_s,
        reports[i].bytes, reports[i].peak_kib / 1024);
  }
  auto const launches = static_cast<double>(c.launches);
  bool good = check("written", launches / files[0].seconds, true, least_launches_a_second, "launches/s");
  good &= check("size", static_cast<double>(files[0].bytes) / launches, false, most_bytes_a_launch,
                "bytes/launch");
  good &= check("read, attributed and shown", reports[0].seconds(), false, most_report_s, "s");
  good &= check("ten times the launches, written", files[1].seconds / files[0].seconds, false, most_times,
                "times");
  good &= check("ten times the launches, shown", reports[1].seconds() / reports[0].seconds(), false,
                most_times, "times");
  good &= check("ten times the launches, memory",
                static_cast<double>(reports[1].peak_kib) / static_cast<double>(reports[0].peak_kib), false,
                most_growth, "times");
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  choices c;
  CLI::App app("Captures of many launches: writing, size, report");
  app.add_option("--launches", c.launches)->check(CLI::Range(1000, 100'000'000));
  app.add_option("--scopes", c.scopes)->check(CLI::Range(1, 10'000'000));
  app.add_option("--metrics", c.metrics)->check(CLI::Range(1, 100));
  app.add_option("--folder", c.folder)->check(CLI::ExistingDirectory);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(c);
  } catch (std::exception const& e) {
    fmt::print(stderr, "bench_captures: {}\n", e.what());
    return 1;
  }
}
