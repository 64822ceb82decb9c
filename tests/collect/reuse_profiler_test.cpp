// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Reuse in a program that switches profiling off and on.
#include <gmock/gmock.h>

#include "collect/launch_tracker.hpp"
#include "collect/program.hpp"
#include "collect/reuse/reuse_clock.hpp"
#include "cupti/api.hpp"
#include "flopwatch/scope.hpp"

// cudaProfiler.h comes with a toolkit alone.
extern "C" {
CUresult cuProfilerStart(void);
CUresult cuProfilerStop(void);
}

namespace flopwatch::test {
namespace {

using testing::Contains;
using testing::Not;

class reuse_beside_cu_profiler_stop : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_kernel_value("_Z3addv", fadd_sum, 7, 0);
    // What `flopwatch run` does in the program.
    flopwatch::collect::subscribe_for_process(
        cupti::library(true), [] {}, flopwatch::collect::profiler_calls::stop_and_start);
  }
};

/// One test: the subscription lasts until the process ends.
TEST_F(reuse_beside_cu_profiler_stop, what_is_launched_meanwhile_is_named_and_in_no_range) {
  standin_costs costs{};
  costs.launch_ns = 100'000;
  costs.range_ns = 1'000'000;
  costs.later_start_ns = 5'000'000;
  standin_set_costs(&costs);
  flopwatch::collect::set_reuse_clock([] { return static_cast<std::int64_t>(standin_clock_ns()); });
  program p;
  session_options o{.device = "cuda:0", .metrics = fadd_sum, .replay = replay_mode::reuse, .max_ranges = 8};
  o.iteration = "step";
  o.reuse.budget = 1;
  o.reuse.seed = 1;
  session s(o);
  s.start();
  for (int i = 0; i < 100; ++i) {
    scope const step("step");
    for (int k = 0; k < 20; ++k) p.launch("_Z3addv");
    if (i % 2 == 0) continue;
    must(cuProfilerStop(), "cuProfilerStop");
    for (int k = 0; k < 3; ++k) p.launch("_Z3addv");
    must(cuProfilerStart(), "cuProfilerStart");
  }
  auto const r = record_of(s.stop());
  flopwatch::collect::set_reuse_clock(flopwatch::collect::steady_ns);
  EXPECT_THAT(r.losses(), Contains("launches_not_profiled"));
  EXPECT_THAT(r.losses(), Not(Contains("reuse_disagrees")));
  for (auto const& l : r.data.losses) {
    if (l.kind == "launches_not_profiled") {
      EXPECT_EQ(l.count, 50 * 3);
    }
  }
  EXPECT_EQ(r.data.launch_groups.at(0).launches, 100 * 20);
  ASSERT_EQ(r.data.reuse_audits.size(), 1U);
  EXPECT_GT(r.data.reuse_audits[0].audits, 3);
  EXPECT_EQ(r.data.reuse_audits[0].equal, r.data.reuse_audits[0].audits);
}

}  // namespace
}  // namespace flopwatch::test
