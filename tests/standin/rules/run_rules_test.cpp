// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <thread>

#include "rules/support.hpp"

/// \file
/// Rules 15 to 23: starting and stopping, ranges, passes, decoding.

using namespace flopwatch::test;

namespace {

using rules = standin_fixture;

TEST_F(rules, rule_15_order) {
  profiler one;
  ASSERT_EQ(one.enable(), 0);
  EXPECT_EQ(one.start(), 7) << "before SetConfig";
  ASSERT_EQ(one.size(), 0);
  ASSERT_EQ(one.initialize(), 0);
  ASSERT_EQ(one.set_config(), 0);
  EXPECT_EQ(one.stop(), 7) << "without Start";
  ASSERT_EQ(one.start(), 0);
  EXPECT_EQ(one.start(), 7) << "twice";
  EXPECT_EQ(one.set_config(), 7) << "while started";
  EXPECT_EQ(one.disable(), 7) << "while started";
  expect_broken(15, 5);
  EXPECT_EQ(one.stop(), 0);
  EXPECT_EQ(one.disable(), 0);
}

TEST_F(rules, rule_16_push_and_pop) {
  profiler one;
  one.modes.range = CUPTI_UserRange;
  one.modes.replayMode = CUPTI_UserReplay;
  one.prepare();
  EXPECT_EQ(one.push("early"), 7);
  EXPECT_EQ(one.pop(), 7);
  ASSERT_EQ(one.start(), 0);
  EXPECT_EQ(one.pop(), 7) << "nothing open";
  EXPECT_EQ(one.push(nullptr), 1);
  EXPECT_EQ(one.push(""), 1);
  ASSERT_EQ(one.push("range"), 0);
  EXPECT_EQ(one.stop(), 7) << "a range is open";
  ASSERT_EQ(one.pop(), 0);
  ASSERT_EQ(one.stop(), 0);
  EXPECT_EQ(one.push("late"), 7);
  expect_broken(16, 7);
}

TEST_F(rules, rule_16_auto_range) {
  profiler one;
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  EXPECT_EQ(one.push("range"), 7);
  EXPECT_EQ(one.pop(), 7);
  expect_broken(16, 2);
}

/// A profiler that needs several passes, ready to start.
struct several_passes : profiler {
  explicit several_passes(CUpti_ProfilerReplayMode replay = CUPTI_UserReplay) : profiler(multi_pass()) {
    modes.range = CUPTI_UserRange;
    modes.replayMode = replay;
  }
  void run(CUfunction kernel, std::vector<char const*> const& ranges) const {
    for (char const* const name : ranges) {
      EXPECT_EQ(push(name), 0);
      EXPECT_EQ(cuLaunchKernel(kernel, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr), CUDA_SUCCESS);
      EXPECT_EQ(pop(), 0);
    }
  }
};

TEST_F(rules, rule_17_passes_differ) {
  auto* const kernel = function("kernel");
  for (std::vector<char const*> const& second :
       {std::vector<char const*>{"b", "a"}, {"a", "c"}, {"a"}, {"a", "b", "c"}}) {
    profiler* const fresh = new several_passes;
    auto& one = static_cast<several_passes&>(*fresh);
    one.prepare();
    ASSERT_EQ(one.start(), 0);
    one.run(kernel, {"a", "b"});
    ASSERT_EQ(one.stop(), 0);
    ASSERT_EQ(one.start(), 0);
    one.run(kernel, second);
    EXPECT_EQ(one.stop(), 7);
    ASSERT_EQ(one.disable(), 0);
    delete static_cast<several_passes*>(fresh);
  }
  expect_broken(17, 4);
}

TEST_F(rules, rule_17_launches_differ) {
  auto* const kernel = function("kernel");
  several_passes one;
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  one.run(kernel, {"a"});
  ASSERT_EQ(one.stop(), 0);
  ASSERT_EQ(one.start(), 0);
  ASSERT_EQ(one.push("a"), 0);
  launch(kernel);
  launch(kernel);
  ASSERT_EQ(one.pop(), 0);
  EXPECT_EQ(one.stop(), 7);
  expect_broken(17);
}

TEST_F(rules, rule_18_passes_count_up) {
  auto* const kernel = function("kernel");
  several_passes one;
  one.prepare();
  for (std::size_t pass = 1; pass <= multi_pass().passes; ++pass) {
    ASSERT_EQ(one.start(), 0);
    one.run(kernel, {"a"});
    ASSERT_EQ(one.stop(), 0);
    EXPECT_EQ(one.stopped.passIndex, pass);
    EXPECT_EQ(one.stopped.isAllPassSubmitted, pass == multi_pass().passes ? 1 : 0);
    EXPECT_EQ(one.stopped.targetNestingLevel, 1U);
  }
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(standin_violations(), 0U);
}

TEST_F(rules, rule_18_nesting_levels_multiply_passes) {
  several_passes one;
  one.modes.numNestingLevels = 2;
  one.prepare();
  std::size_t stops = 0;
  std::size_t last_level = 0;
  do {
    ASSERT_EQ(one.start(), 0);
    ASSERT_EQ(one.push("outer"), 0);
    ASSERT_EQ(one.push("inner"), 0);
    ASSERT_EQ(one.pop(), 0);
    ASSERT_EQ(one.pop(), 0);
    ASSERT_EQ(one.stop(), 0);
    last_level = one.stopped.targetNestingLevel;
  } while (++stops < 100 && one.stopped.isAllPassSubmitted == 0);
  EXPECT_EQ(stops, 2 * multi_pass().passes);
  EXPECT_EQ(last_level, 2U);
}

TEST_F(rules, rule_18_kernel_replay_is_always_whole) {
  standin_kernel_value("kernel", fma_metric, 3, 0);
  profiler one(multi_pass());
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  launch(function("kernel"));
  ASSERT_EQ(one.stop(), 0);
  EXPECT_EQ(one.stopped.isAllPassSubmitted, 1);
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(one.values(0, make_host())[0], 3);
}

TEST_F(rules, rule_18_application_replay_goes_on) {
  auto* const kernel = function("kernel");
  auto* const host = make_host();
  standin_kernel_value("kernel", fma_metric, 4, 0);
  several_passes one(CUPTI_ApplicationReplay);
  one.prepare();
  for (std::size_t pass = 0; pass < multi_pass().passes; ++pass) {
    one.modes.passIndex = pass;
    ASSERT_EQ(one.set_config(), 0);
    ASSERT_EQ(one.start(), 0);
    one.run(kernel, {"a", "b"});
    ASSERT_EQ(one.stop(), 0);
    ASSERT_EQ(one.decode(), 0);
  }
  EXPECT_EQ(one.stopped.isAllPassSubmitted, 1);
  EXPECT_EQ(one.names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(one.values(1, host)[0], 4);
  EXPECT_EQ(standin_violations(), 0U);
  one.modes.passIndex = multi_pass().passes;
  EXPECT_EQ(one.set_config(), 1) << "no such pass";
  ASSERT_EQ(one.initialize(), 0);
  one.modes.passIndex = 1;
  EXPECT_EQ(one.set_config(), 1) << "the image has no pass 0";
  expect_broken(18, 2);
}

TEST_F(rules, rule_19_decode) {
  profiler one;
  one.prepare();
  EXPECT_EQ(one.decode(), 7) << "never started";
  ASSERT_EQ(one.start(), 0);
  EXPECT_EQ(one.decode(), 7) << "not stopped";
  ASSERT_EQ(one.stop(), 0);
  EXPECT_EQ(one.decode(), 0);
  EXPECT_EQ(one.decode(), 7) << "twice";
  expect_broken(19, 3);
}

TEST_F(rules, rule_20_unfinished_passes_are_nan) {
  auto* const kernel = function("kernel");
  auto* const host = make_host();
  standin_kernel_value("kernel", fma_metric, 6, 0);
  several_passes one;
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  one.run(kernel, {"a"});
  ASSERT_EQ(one.stop(), 0);
  ASSERT_EQ(one.decode(), 0);
  expect_broken(20, 1);
  EXPECT_TRUE(std::isnan(one.values(0, host)[0]));
  expect_broken(20, 2);
  for (std::size_t pass = 1; pass < multi_pass().passes; ++pass) {
    ASSERT_EQ(one.start(), 0);
    one.run(kernel, {"a"});
    ASSERT_EQ(one.stop(), 0);
  }
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(one.names().size(), 1U);
  EXPECT_EQ(one.values(0, host)[0], 6);
}

TEST_F(rules, rule_20_reading_before_decode) {
  auto* const host = make_host();
  profiler one;
  one.prepare();
  ASSERT_EQ(one.start(), 0);
  launch(function("kernel"));
  ASSERT_EQ(one.stop(), 0);
  EXPECT_TRUE(one.names().empty());
  expect_broken(20);
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(one.names().size(), 1U);
  end_host(host);
}

TEST_F(rules, rule_21_what_does_not_fit_is_dropped) {
  auto* const kernel = function("kernel");
  auto* const host = make_host();
  profiler image_is_small;
  image_is_small.prepare(3);
  ASSERT_EQ(image_is_small.start(), 0);
  for (int i = 0; i < 5; ++i) launch(kernel);
  ASSERT_EQ(image_is_small.stop(), 0);
  ASSERT_EQ(image_is_small.decode(), 0);
  EXPECT_EQ(image_is_small.dropped, 2U);
  EXPECT_EQ(image_is_small.names().size(), 3U);
  ASSERT_EQ(image_is_small.disable(), 0);

  profiler buffer_is_small;
  buffer_is_small.modes.maxRangesPerPass = 2;
  buffer_is_small.prepare(8);
  ASSERT_EQ(buffer_is_small.start(), 0);
  for (int i = 0; i < 5; ++i) launch(kernel);
  ASSERT_EQ(buffer_is_small.stop(), 0);
  ASSERT_EQ(buffer_is_small.decode(), 0);
  EXPECT_EQ(buffer_is_small.dropped, 3U);
  EXPECT_EQ(buffer_is_small.names().size(), 2U);
  EXPECT_EQ(standin_violations(), 0U);
  end_host(host);
}

TEST_F(rules, rule_22_and_23_reused_image) {
  standin_kernel_value("kernel", fma_metric, 0, 1);
  auto* const kernel = function("kernel");
  auto* const host = make_host();
  profiler one;
  one.prepare(3);
  auto const chunk = [&](unsigned threads) {
    ASSERT_EQ(one.start(), 0);
    launch(kernel, 1, threads);
    launch(kernel, 1, threads + 1);
    ASSERT_EQ(one.stop(), 0);
    ASSERT_EQ(one.decode(), 0);
  };
  chunk(10);
  EXPECT_EQ(one.dropped, 0U);
  chunk(20);
  EXPECT_EQ(one.dropped, 1U) << "there was room for one more";
  EXPECT_EQ(one.names(), (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(one.values(0, host)[0], 10);
  EXPECT_EQ(one.values(2, host)[0], 20);
  ASSERT_EQ(one.initialize(), 0);
  EXPECT_TRUE(one.names().empty());
  chunk(30);
  EXPECT_EQ(one.names(), (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(one.values(1, host)[0], 31);
  EXPECT_EQ(standin_violations(), 0U);
}

TEST_F(rules, rule_23_nested_names) {
  standin_kernel_value("kernel", fma_metric, 1, 0);
  auto* const kernel = function("kernel");
  auto* const host = make_host();
  profiler one;
  one.modes.range = CUPTI_UserRange;
  one.modes.replayMode = CUPTI_UserReplay;
  one.modes.numNestingLevels = 2;
  one.prepare();
  for (int level = 0; level < 2; ++level) {
    ASSERT_EQ(one.start(), 0);
    ASSERT_EQ(one.push("net"), 0);
    launch(kernel);
    ASSERT_EQ(one.push("fc"), 0);
    launch(kernel);
    ASSERT_EQ(one.pop(), 0);
    ASSERT_EQ(one.pop(), 0);
    ASSERT_EQ(one.stop(), 0);
  }
  ASSERT_EQ(one.decode(), 0);
  EXPECT_EQ(one.names("::"), (std::vector<std::string>{"net", "net::fc"}));
  EXPECT_EQ(one.values(0, host)[0], 2);
  EXPECT_EQ(one.values(1, host)[0], 1);
  EXPECT_EQ(standin_violations(), 0U);
}

TEST_F(rules, rule_36_kernels_of_other_streams_end_in_the_next_range) {
  standin_set_late_streams(1);
  standin_kernel_value("kernel", fma_metric, 1, 0);
  auto* const kernel = function("kernel");
  auto* const host = make_host();
  CUstream streams[2];
  for (auto& stream : streams) ASSERT_EQ(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  for (bool const waits : {false, true}) {
    profiler one;
    one.modes.range = CUPTI_UserRange;
    one.modes.replayMode = CUPTI_UserReplay;
    one.prepare();
    ASSERT_EQ(one.start(), 0);
    ASSERT_EQ(one.push("first"), 0);
    launch(kernel, 1, 1, streams[0]);
    launch(kernel, 1, 1, streams[1]);
    if (waits) {
      ASSERT_EQ(cuStreamSynchronize(streams[0]), CUDA_SUCCESS);
    }
    ASSERT_EQ(one.pop(), 0);
    ASSERT_EQ(one.push("second"), 0);
    launch(kernel, 1, 1, streams[1]);
    ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    ASSERT_EQ(one.pop(), 0);
    ASSERT_EQ(one.stop(), 0);
    ASSERT_EQ(one.decode(), 0);
    EXPECT_EQ(one.values(0, host)[0], waits ? 2 : 1);
    EXPECT_EQ(one.values(1, host)[0], waits ? 1 : 2);
    ASSERT_EQ(one.disable(), 0);
  }
  EXPECT_EQ(standin_violations(), 0U);
}

TEST_F(rules, rule_36_kernels_of_before_start_end_in_the_first_auto_range) {
  standin_set_late_streams(1);
  standin_kernel_value("kernel", fma_metric, 1, 0);
  standin_kernel_value("earlier", fma_metric, 10, 0);
  auto* const kernel = function("kernel");
  auto* const earlier = function("earlier");
  auto* const host = make_host();
  CUstream streams[2];
  for (auto& stream : streams) ASSERT_EQ(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  for (bool const waits : {false, true}) {
    profiler one;
    one.modes.replayMode = CUPTI_UserReplay;
    one.prepare();
    launch(earlier, 1, 1, streams[0]);
    if (waits) {
      ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    }
    ASSERT_EQ(one.start(), 0);
    launch(kernel, 1, 1, streams[1]);
    launch(kernel, 1, 1, streams[1]);
    ASSERT_EQ(one.stop(), 0);
    ASSERT_EQ(one.decode(), 0);
    EXPECT_EQ(one.values(0, host)[0], waits ? 1 : 11);
    EXPECT_EQ(one.values(1, host)[0], 1);
    ASSERT_EQ(one.disable(), 0);
  }
  EXPECT_EQ(standin_violations(), 0U);
}

}  // namespace
