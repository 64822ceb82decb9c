// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "rules/support.hpp"

/// \file
/// Rules 8 to 14: sizes, images and modes.

using namespace flopwatch::test;

namespace {

using rules = standin_fixture;

TEST_F(rules, rule_8_sizes) {
  profiler one;
  ASSERT_EQ(one.enable(), 0);
  EXPECT_EQ(one.size(8, 7), 1);
  EXPECT_EQ(one.size(0, 4), 1);
  profiler none = one;
  none.metrics.clear();
  EXPECT_EQ(none.size(8), 1);
  expect_broken(8, 3);
  EXPECT_EQ(one.size(8, 8), 0);
}

TEST_F(rules, rule_9_other_metrics) {
  profiler one;
  one.metrics = {fma_metric, add_metric, "sm__sass_thread_inst_executed_op_fmul_pred_on.sum"};
  ASSERT_EQ(one.enable(), 0);
  ASSERT_EQ(one.size(), 0);
  ASSERT_EQ(one.initialize(), 0);
  EXPECT_EQ(one.set_config(), 1);
  one.metrics = {fma_metric};
  ASSERT_EQ(one.size(), 0);
  ASSERT_EQ(one.initialize(), 0);
  EXPECT_EQ(one.set_config(), 1);
  expect_broken(9, 2);
  one.metrics = {add_metric, fma_metric};  // another order is the same set
  ASSERT_EQ(one.size(), 0);
  ASSERT_EQ(one.initialize(), 0);
  EXPECT_EQ(one.set_config(), 0);
}

TEST_F(rules, rule_10_counter_image) {
  profiler one;
  ASSERT_EQ(one.enable(), 0);
  one.image.resize(1 << 20);
  EXPECT_EQ(one.initialize(), 1) << "the size was not asked for";
  ASSERT_EQ(one.size(), 0);
  EXPECT_EQ(one.set_config(), 1) << "not initialised";
  auto const whole = one.image.size();
  one.image.resize(whole - 1);
  EXPECT_EQ(one.initialize(), 1) << "too small";
  one.image.resize(whole);
  ASSERT_EQ(one.initialize(), 0);
  one.image.resize(whole - 1);
  EXPECT_EQ(one.set_config(), 1) << "too small";
  expect_broken(10, 4);
  one.image.resize(whole);
  one.image.back() = 0;
  EXPECT_EQ(one.set_config(), 0);
}

TEST_F(rules, rule_11_config_image) {
  profiler one;
  ASSERT_EQ(one.enable(), 0);
  ASSERT_EQ(one.size(), 0);
  ASSERT_EQ(one.initialize(), 0);
  auto const good = one.config_bytes;
  one.config_bytes.assign(good.size(), 0);
  EXPECT_EQ(one.set_config(), 1);
  one.config_bytes = good;
  one.config_bytes.pop_back();
  EXPECT_EQ(one.set_config(), 1);
  one.config_bytes = good;
  one.config_bytes[good.size() / 2] ^= 1;
  EXPECT_EQ(one.set_config(), 1);
  one.config_bytes = config_of({fma_metric, add_metric}, "TU102").bytes;
  EXPECT_EQ(one.set_config(), 1) << "made for another chip";
  one.config_bytes.clear();
  EXPECT_EQ(one.set_config(), 1);
  expect_broken(11, 5);
  one.config_bytes = good;
  EXPECT_EQ(one.set_config(), 0);
}

TEST_F(rules, rule_12_user_range_with_kernel_replay) {
  profiler one;
  one.prepare();
  one.modes.range = CUPTI_UserRange;
  EXPECT_EQ(one.set_config(), 7);
  expect_broken(12);
}

TEST_F(rules, rule_12_legal_pairs) {
  profiler one;
  one.prepare();
  for (auto const& [range, replay] :
       {std::pair(CUPTI_AutoRange, CUPTI_KernelReplay), std::pair(CUPTI_AutoRange, CUPTI_UserReplay),
        std::pair(CUPTI_AutoRange, CUPTI_ApplicationReplay), std::pair(CUPTI_UserRange, CUPTI_UserReplay),
        std::pair(CUPTI_UserRange, CUPTI_ApplicationReplay)}) {
    one.modes.range = range;
    one.modes.replayMode = replay;
    EXPECT_EQ(one.set_config(), 0) << range << " " << replay;
  }
}

TEST_F(rules, rule_13_modes) {
  profiler one;
  one.prepare();
  auto const refuses = [&one](auto change) {
    auto const good = one.modes;
    change(one.modes);
    EXPECT_EQ(one.set_config(), 1);
    one.modes = good;
  };
  refuses([](auto& modes) { modes.numNestingLevels = 2; });
  refuses([](auto& modes) { modes.numNestingLevels = 0; });
  refuses([](auto& modes) { modes.minNestingLevel = 0; });
  refuses([](auto& modes) { modes.range = CUPTI_Range_INVALID; });
  refuses([](auto& modes) { modes.range = CUPTI_Range_COUNT; });
  refuses([](auto& modes) { modes.replayMode = CUPTI_Replay_INVALID; });
  refuses([](auto& modes) { modes.replayMode = CUPTI_Replay_COUNT; });
  refuses([](auto& modes) { modes.maxRangesPerPass = 0; });
  expect_broken(13, 8);
}

TEST_F(rules, rule_14_ranges_per_pass) {
  profiler one;
  one.prepare();
  one.modes.maxRangesPerPass = 2000;
  EXPECT_EQ(one.set_config(), 0);
  one.modes.maxRangesPerPass = 2001;
  EXPECT_EQ(one.set_config(), 7);
  standin_set_max_ranges_limit(100);
  one.modes.maxRangesPerPass = 101;
  EXPECT_EQ(one.set_config(), 7);
  expect_broken(14, 2);
}

}  // namespace
