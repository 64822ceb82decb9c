// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/raw_policy.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "capture/raw_image.hpp"

namespace flopwatch::capture_detail {
namespace {

TEST(raw_policy, all_keeps_everything) {
  raw_policy policy(raw_choice::all, 10);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(policy.keep(1, 0, i % 2 == 0, 500'000'000));
}

TEST(raw_policy, all_keeps_no_image_that_no_reader_would_read) {
  raw_policy policy(raw_choice::all);
  EXPECT_TRUE(policy.keep(1, 0, false, largest_image_bytes));
  EXPECT_FALSE(policy.keep(1, 0, false, largest_image_bytes + 1));
}

TEST(raw_policy, none_keeps_nothing) {
  raw_policy policy(raw_choice::none);
  EXPECT_FALSE(policy.keep(1, 0, false, 1));
  EXPECT_FALSE(policy.keep(1, 0, true, 1));
}

TEST(raw_policy, a_sample_is_the_first_chunk_of_each_metric_group_of_each_plan) {
  raw_policy policy(raw_choice::sample);
  EXPECT_TRUE(policy.keep(1, 0, false, 10));
  EXPECT_FALSE(policy.keep(1, 0, false, 10));
  EXPECT_TRUE(policy.keep(1, 1, false, 10));
  EXPECT_TRUE(policy.keep(2, 0, false, 10));
  EXPECT_FALSE(policy.keep(1, 1, false, 10));
  EXPECT_FALSE(policy.keep(2, 0, false, 10));
}

TEST(raw_policy, a_sample_has_each_lossy_chunk) {
  raw_policy policy(raw_choice::sample);
  EXPECT_TRUE(policy.keep(1, 0, false, 10));
  EXPECT_TRUE(policy.keep(1, 0, true, 10));
  EXPECT_TRUE(policy.keep(1, 0, true, 10));
  EXPECT_FALSE(policy.keep(1, 0, false, 10));
}

TEST(raw_policy, a_lossy_chunk_is_not_the_sample_of_its_metric_group) {
  raw_policy policy(raw_choice::sample);
  EXPECT_TRUE(policy.keep(1, 0, true, 10));
  EXPECT_TRUE(policy.keep(1, 0, false, 10));
  EXPECT_FALSE(policy.keep(1, 0, false, 10));
}

TEST(raw_policy, the_limit_is_on_all_images_together_and_is_reached_exactly) {
  raw_policy policy(raw_choice::sample, 100);
  EXPECT_TRUE(policy.keep(1, 0, false, 60));
  EXPECT_FALSE(policy.keep(1, 1, false, 41));
  EXPECT_FALSE(policy.keep(1, 0, true, 41));
  EXPECT_TRUE(policy.keep(1, 0, true, 40));
  EXPECT_FALSE(policy.keep(1, 0, true, 1));
}

TEST(raw_policy, a_smaller_chunk_may_be_the_sample_where_the_first_did_not_fit) {
  raw_policy policy(raw_choice::sample, 100);
  EXPECT_FALSE(policy.keep(1, 0, false, 101));
  EXPECT_TRUE(policy.keep(1, 0, false, 100));
}

TEST(raw_policy, the_limit_is64_mi_b) {
  raw_policy policy(raw_choice::sample);
  EXPECT_FALSE(policy.keep(1, 0, true, 67'108'865));
  EXPECT_TRUE(policy.keep(1, 0, true, 67'108'864));
}

TEST(raw_policy, a_chunk_without_an_image_is_not_kept) {
  raw_policy all(raw_choice::all);
  EXPECT_FALSE(all.keep(1, 0, true, 0));
  raw_policy sample(raw_choice::sample);
  EXPECT_FALSE(sample.keep(1, 0, false, 0));
  EXPECT_TRUE(sample.keep(1, 0, false, 10));
}

TEST(raw_policy, contexts_on_several_threads_share_one_sample) {
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
