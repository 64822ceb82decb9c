// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <thread>

#include "rules/support.hpp"

/// \file
/// The simulated clock and what moves it.

using namespace flopwatch::test;

namespace {

class costs : public standin_fixture {
 protected:
  void SetUp() override {
    standin_fixture::SetUp();
    kernel_ = function("kernel");
  }
  /// How far the clock goes while `run` runs.
  template <class Run>
  static unsigned long long of(Run run) {
    auto const before = standin_clock_ns();
    run();
    return standin_clock_ns() - before;
  }

  CUfunction kernel_ = nullptr;
};

constexpr standin_costs all{.launch_ns = 1,
                            .enable_ns = 10,
                            .first_start_ns = 100,
                            .first_start_ns_per_range = 1000,
                            .later_start_ns = 10'000,
                            .range_ns = 100'000,
                            .stop_ns = 1'000'000,
                            .decode_ns_per_range = 10'000'000};

TEST_F(costs, are_none_unless_a_test_says_so) {
  profiler one;
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  launch(kernel_);
  ASSERT_EQ(one.stop(), 0);
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(standin_clock_ns(), 0U);
  standin_set_costs(&all);
  EXPECT_EQ(of([&] { launch(kernel_); }), 1U);
  standin_set_costs(nullptr);
  EXPECT_EQ(of([&] { launch(kernel_); }), 0U);
  EXPECT_EQ(standin_clock_ns(), 1U);
  standin_set_costs(&all);
  standin_reset();
  EXPECT_EQ(standin_clock_ns(), 0U);
}

TEST_F(costs, of_each_call) {
  standin_set_costs(&all);
  profiler one;
  one.modes.range = CUPTI_UserRange;
  one.modes.replayMode = CUPTI_UserReplay;
  one.modes.maxRangesPerPass = 4;
  EXPECT_EQ(of([&] { one.prepare(4); }), 10U) << "Enable";
  EXPECT_EQ(of([&] { EXPECT_EQ(one.start(), 0); }), 4100U) << "the first Start";
  EXPECT_EQ(of([&] {
              EXPECT_EQ(one.push("a"), 0);
              launch(kernel_);
              launch(kernel_);
              EXPECT_EQ(one.pop(), 0);
            }),
            100'002U);
  EXPECT_EQ(of([&] { launch(kernel_); }), 1U) << "outside";
  EXPECT_EQ(of([&] {
              EXPECT_EQ(one.push("b"), 0);
              EXPECT_EQ(one.pop(), 0);
            }),
            100'000U);
  EXPECT_EQ(of([&] { EXPECT_EQ(one.stop(), 0); }), 1'000'000U);
  EXPECT_EQ(of([&] { EXPECT_EQ(one.decode(), 0); }), 20'000'000U) << "two ranges";
  EXPECT_EQ(of([&] { EXPECT_EQ(one.initialize(), 0); }), 0U);
  EXPECT_EQ(of([&] { EXPECT_EQ(one.start(), 0); }), 10'000U) << "a later Start";
  EXPECT_EQ(of([&] {
              EXPECT_EQ(one.stop(), 0);
              EXPECT_EQ(one.decode(), 0);
            }),
            1'000'000U)
      << "of no range";
  EXPECT_EQ(of([&] {
              EXPECT_EQ(one.disable(), 0);
              EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
            }),
            0U);
  EXPECT_EQ(of([&] { one.prepare(4); }), 10U);
  EXPECT_EQ(of([&] { EXPECT_EQ(one.start(), 0); }), 4100U) << "the first one after each Enable";
}

TEST_F(costs, of_kernels_in_auto_ranges_and_graphs) {
  standin_set_costs(&all);
  auto* const graph = make_graph(kernel_, 3);
  profiler one;
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  EXPECT_EQ(of([&] { launch(kernel_); }), 100'001U);
  EXPECT_EQ(of([&] { cuGraphLaunch(graph, nullptr); }), 300'003U);
}

TEST_F(costs, of_what_is_refused_are_none) {
  standin_set_costs(&all);
  profiler one;
  one.prepare();
  auto const nothing = of([&] {
    EXPECT_EQ(one.push("a"), 7);
    EXPECT_EQ(one.stop(), 7);
    EXPECT_EQ(one.decode(), 7);
    EXPECT_EQ(launch(kernel_, 0), CUDA_ERROR_INVALID_VALUE);
    standin_set_counters_busy(1);
    EXPECT_EQ(one.start(), 26);
    standin_set_counters_busy(0);
    profiler second;
    EXPECT_EQ(second.enable(), 7);
  });
  EXPECT_EQ(nothing, 0U);
  EXPECT_EQ(of([&] { EXPECT_EQ(one.start(), 0); }), 8100U) << "still the first one";
}

TEST_F(costs, of_all_threads_add_up_and_take_no_time) {
  standin_costs slow{};
  slow.launch_ns = 3'600'000'000'000;  // an hour
  standin_set_costs(&slow);
  auto const begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      cuCtxSetCurrent(context_);
      for (int i = 0; i < 100; ++i) launch(kernel_);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(standin_clock_ns(), 400 * slow.launch_ns);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::minutes(1));
}

}  // namespace
