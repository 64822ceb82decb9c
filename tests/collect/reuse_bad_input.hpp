// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "collect/reuse/reuse_clock.hpp"
#include "flopwatch/scope.hpp"

/// \file
/// For tests of reuse where something goes wrong.

namespace flopwatch::test {

class reuse_of_bad_input : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_kernel_value("_Z3addv", fadd_sum, 7, 0);
    standin_kernel_value("_Z4slowv", fadd_sum, 1000, 0);
  }
  void TearDown() override {
    flopwatch::collect::set_reuse_clock(flopwatch::collect::steady_ns);
    collect::TearDown();
  }
  static session_options options() {
    session_options o{.device = "cuda:0", .metrics = fadd_sum, .replay = replay_mode::reuse, .max_ranges = 8};
    o.reuse.seed = 1;
    o.reuse.budget = 1;
    o.iteration = "step";
    return o;
  }
  /// The times are those of the stand-in: each run makes the same calls.
  static void simulate_time() {
    standin_costs costs{};
    costs.launch_ns = 100'000;
    costs.range_ns = 1'000'000;
    costs.later_start_ns = 5'000'000;
    standin_set_costs(&costs);
    flopwatch::collect::set_reuse_clock([] { return static_cast<std::int64_t>(standin_clock_ns()); });
  }
  static void steps(program& p, int n) {
    for (int i = 0; i < n; ++i) {
      scope const s("step");
      for (int k = 0; k < 40; ++k) p.launch("_Z3addv");
      cuCtxSynchronize();
    }
  }
  static std::int64_t launches(recorded const& r) {
    std::int64_t out = 0;
    for (auto const& g : r.data.launch_groups) out += g.launches;
    return out;
  }
  static std::optional<std::int64_t> sum(recorded const& r) {
    std::optional<std::int64_t> out;
    for (auto const& g : r.data.launch_groups) {
      auto const it = g.sums.find(fadd_sum);
      if (it != g.sums.end() && it->second) out = out.value_or(0) + *it->second;
    }
    return out;
  }
  static void expect_exact(recorded const& r, std::int64_t n, std::int64_t each = 7) {
    EXPECT_EQ(launches(r), n);
    EXPECT_EQ(sum(r), n * each);
    for (auto const& key : r.data.reuse_keys) EXPECT_NE(key.kind, reuse_class::variable);
    EXPECT_THAT(r.losses(), testing::Not(testing::Contains("reuse_disagrees")));
  }
};

}  // namespace flopwatch::test
