// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/raw_policy.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace flopwatch::capture_detail {
namespace {

TEST(RawPolicy, AllKeepsEverything) {
  raw_policy policy(raw_choice::all, 10);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(policy.keep(1, 0, i % 2 == 0, 1'000'000'000));
}

TEST(RawPolicy, NoneKeepsNothing) {
  raw_policy policy(raw_choice::none);
  EXPECT_FALSE(policy.keep(1, 0, false, 1));
  EXPECT_FALSE(policy.keep(1, 0, true, 1));
}

TEST(RawPolicy, ASampleIsTheFirstChunkOfEachPassOfEachPlan) {
  raw_policy policy(raw_choice::sample);
  EXPECT_TRUE(policy.keep(1, 0, false, 10));
  EXPECT_FALSE(policy.keep(1, 0, false, 10));
  EXPECT_TRUE(policy.keep(1, 1, false, 10));
  EXPECT_TRUE(policy.keep(2, 0, false, 10));
  EXPECT_FALSE(policy.keep(1, 1, false, 10));
  EXPECT_FALSE(policy.keep(2, 0, false, 10));
}

TEST(RawPolicy, ASampleHasEachLossyChunk) {
  raw_policy policy(raw_choice::sample);
  EXPECT_TRUE(policy.keep(1, 0, false, 10));
  EXPECT_TRUE(policy.keep(1, 0, true, 10));
  EXPECT_TRUE(policy.keep(1, 0, true, 10));
  EXPECT_FALSE(policy.keep(1, 0, false, 10));
}

TEST(RawPolicy, ALossyChunkIsNotTheSampleOfItsPass) {
  raw_policy policy(raw_choice::sample);
  EXPECT_TRUE(policy.keep(1, 0, true, 10));
  EXPECT_TRUE(policy.keep(1, 0, false, 10));
  EXPECT_FALSE(policy.keep(1, 0, false, 10));
}

TEST(RawPolicy, TheLimitIsOnAllImagesTogetherAndIsReachedExactly) {
  raw_policy policy(raw_choice::sample, 100);
  EXPECT_TRUE(policy.keep(1, 0, false, 60));
  EXPECT_FALSE(policy.keep(1, 1, false, 41));
  EXPECT_FALSE(policy.keep(1, 0, true, 41));
  EXPECT_TRUE(policy.keep(1, 0, true, 40));
  EXPECT_FALSE(policy.keep(1, 0, true, 1));
}

TEST(RawPolicy, ASmallerChunkMayBeTheSampleWhereTheFirstDidNotFit) {
  raw_policy policy(raw_choice::sample, 100);
  EXPECT_FALSE(policy.keep(1, 0, false, 101));
  EXPECT_TRUE(policy.keep(1, 0, false, 100));
}

TEST(RawPolicy, TheLimitIs64MiB) {
  raw_policy policy(raw_choice::sample);
  EXPECT_FALSE(policy.keep(1, 0, true, 67'108'865));
  EXPECT_TRUE(policy.keep(1, 0, true, 67'108'864));
}

TEST(RawPolicy, AChunkWithoutAnImageIsNotKept) {
  raw_policy all(raw_choice::all);
  EXPECT_FALSE(all.keep(1, 0, true, 0));
  raw_policy sample(raw_choice::sample);
  EXPECT_FALSE(sample.keep(1, 0, false, 0));
  EXPECT_TRUE(sample.keep(1, 0, false, 10));
}

TEST(RawPolicy, ContextsOnSeveralThreadsShareOneSample) {
  raw_policy policy(raw_choice::sample, 1000);
  std::atomic<int> samples{0};
  std::atomic<int> lossy{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        samples += policy.keep(1, i % 10, false, 10) ? 1 : 0;
        if (i > 10) lossy += policy.keep(1, 0, true, 10) ? 1 : 0;
      }
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(samples, 10);
  EXPECT_EQ(samples + lossy, 100);
}

}  // namespace
}  // namespace flopwatch::capture_detail
