// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Random runs of 10,000 steps of 3,000 launches, synthetic: the true sum lies inside the bound, and the bound
// is narrow.
#include <algorithm>
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "unit/metrics/reuse/simulated_run.hpp"

namespace flopwatch::reuse {
namespace {

constexpr std::int64_t ms = 1'000'000;

struct coverage {
  int inside = 0;
  double widest = 0;  ///< bound, as a part of the sum
};

// A run takes thirty times as long under a sanitizer, which looks for other faults.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int one_in = 20;
#else
constexpr int one_in = 1;
#endif

/// Some runs have launches that do ever more, or ever less.
coverage of_runs(simulated_job job, int runs) {
  coverage out;
  for (int seed = 1; seed <= runs; seed += one_in) {
    job.drift = std::array{1.0, 3.0, 0.3}[static_cast<std::size_t>(seed) % 3];
    auto const o = simulated_run(job, static_cast<std::uint64_t>(seed)).run();
    out.inside += o.inside() ? 1 : 0;
    out.widest = std::max(out.widest, o.bound_flops / o.sum_flops);
    EXPECT_GE(o.audits, 100) << seed;
    EXPECT_GE(o.checks_of_variable, 100) << seed;
    EXPECT_LE(o.spent_share, 0.0101) << seed;
  }
  ::testing::Test::RecordProperty("widest_bound_percent", std::to_string(100 * out.widest));
  return out;
}

TEST(reuse_coverage, of_steps_of_100_ms) {
  auto const found = of_runs({.step_ns = 100 * ms, .groups = 1}, 100);
  EXPECT_GE(found.inside * one_in, 95);
  EXPECT_LE(found.widest, 0.01);
}

TEST(reuse_coverage, of_two_groups_of_metrics) {
  auto const found = of_runs({.step_ns = 100 * ms, .groups = 2}, 20);
  EXPECT_GE(found.inside * one_in, 19);
  EXPECT_LE(found.widest, 0.01);
}

TEST(reuse_coverage, of_steps_of_300_ms) {
  auto const found = of_runs({.step_ns = 300 * ms, .groups = 2}, 20);
  EXPECT_GE(found.inside * one_in, 19);
  EXPECT_LE(found.widest, 0.005);
}

}  // namespace
}  // namespace flopwatch::reuse
