// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// Merging synthetic captures of ranks: ten times the captures should take about ten times the time, and the
// memory of one.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <benchmark/benchmark.h>

#include "capture/writer.hpp"
#include "flopwatch/merge.hpp"

namespace {

using namespace flopwatch;
namespace fs = std::filesystem;

constexpr std::int64_t launches_of_a_rank = 20'000;

/// A folder with captures of `ranks` ranks, each with 20,000 measured launches of 200 operator calls.
class synthetic_job {
 public:
  explicit synthetic_job(std::int64_t ranks)
      : folder_(fs::temp_directory_path() / ("flopwatch-merging-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
    for (std::int64_t r = 0; r < ranks; ++r) {
      files.push_back(folder_ / (std::to_string(r) + ".flops"));
      write(files.back(), r);
      bytes += static_cast<std::int64_t>(fs::file_size(files.back()));
    }
  }
  synthetic_job(synthetic_job const&) = delete;
  synthetic_job& operator=(synthetic_job const&) = delete;
  ~synthetic_job() { fs::remove_all(folder_); }
  [[nodiscard]] fs::path output() const { return folder_ / "all.flops"; }

  std::vector<fs::path> files;
  std::int64_t bytes = 0;

 private:
  static void write(fs::path const& path, std::int64_t rank) {
    capture_writer w(path);
    w.set_info(info_key::synthetic, "yes");
    w.set_info(info_key::rank, std::to_string(rank));
    w.set_info(info_key::pid, std::to_string(1 + rank));
    w.set_info(info_key::host, "synthetic");
    w.set_info(info_key::started_utc, "2026-01-31T12:00:00.000000000Z");
    w.add_plan(1, {{1, 1, "sm__a.sum", "inst", 0}, {2, 1, "sm__b.sum", "inst", 0}});
    w.add(kernel_record{1, "gemm", ""});
    for (std::int64_t i = 1; i <= 200; ++i) {
      w.add(scope_record{i, 0, "scope" + std::to_string(i), "scope", 0, 1, phase::forward, 1});
      operator_call_record c;
      c.id = i;
      c.scope = i;
      c.name = "aten::mm";
      c.shapes = "[" + std::to_string(rank % 3) + "]";
      c.arithmetic = arithmetic::multiply_add;
      c.calls = 1;
      c.total = {1000, 1000, 0};
      w.add(c);
    }
    launch_record l;
    l.plan = 1;
    l.kernel = 1;
    l.counters = {1.0, 2.0};
    for (l.id = 1; l.id <= launches_of_a_rank; ++l.id) {
      l.scope = l.operator_call = 1 + l.id % 200;
      l.order = l.id - 1;
      w.add(l);
    }
    w.close();
  }

  fs::path folder_;
};

/// Of this process, now.
double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  double resident = 0;
  file >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

void merge_ranks(benchmark::State& state) {
  synthetic_job const job(state.range(0));
  double grown = 0;
  for (auto _ : state) {
    auto const before = resident_mib();
    benchmark::DoNotOptimize(merge(job.files, job.output()));
    grown = std::max(grown, resident_mib() - before);
  }
  state.counters["MB/s"] =
      benchmark::Counter(static_cast<double>(job.bytes) / 1e6, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["launches"] = static_cast<double>(state.range(0) * launches_of_a_rank);
  state.counters["grown_MiB"] = grown;
}
BENCHMARK(merge_ranks)->Arg(1)->Arg(10)->Arg(100)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
