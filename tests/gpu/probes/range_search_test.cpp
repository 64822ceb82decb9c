// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The search for the most ranges, on a made-up clock.
#include "gpu/probes/range_search.hpp"

#include <gmock/gmock.h>

using gpu_probes::largest_accepted;
using gpu_probes::range_limit;

namespace {

class range_search : public testing::Test {
 protected:
  /// Numbers up to `most` are accepted; each takes `s_per_range` for each range.
  range_limit search(std::size_t most, double s_per_range = 0) {
    now_s_ = 0;
    tried_.clear();
    return largest_accepted({.first = 1024,
                             .last = 1 << 20,
                             .limit_s = 14,
                             .now_s = [this] { return now_s_; },
                             .is_accepted =
                                 [this, most, s_per_range](std::size_t ranges) {
                                   tried_.push_back(ranges);
                                   now_s_ += s_per_range * static_cast<double>(ranges);
                                   return ranges <= most;
                                 }});
  }

  double now_s_ = 0;
  std::vector<std::size_t> tried_;
};

TEST_F(range_search, finds_the_limit_wherever_it_is) {
  for (std::size_t const most : {1U, 700U, 1023U, 1024U, 2000U, 65536U, 1000000U}) {
    auto const found = search(most);
    EXPECT_EQ(found.accepted, most);
    EXPECT_EQ(found.refused, most + 1);
    EXPECT_TRUE(found.complete);
  }
}

TEST_F(range_search, goes_no_further_than_the_last_number) {
  auto const found = search(std::size_t{1} << 30U);
  EXPECT_EQ(found.accepted, std::size_t{1} << 20U);
  EXPECT_EQ(found.refused, 0);
  EXPECT_TRUE(found.complete);
}

TEST_F(range_search, accepts_nothing) {
  auto const found = search(0);
  EXPECT_EQ(found.accepted, 0);
  EXPECT_EQ(found.refused, 1);
  EXPECT_TRUE(found.complete);
}

TEST_F(range_search, stops_before_its_limit_and_says_how_far_it_came) {
  // 1024 take a second: 2048 two, 4096 four, and for 8192 no time is left after these seven.
  auto const doubling = search(1 << 20, 1.0 / 1024);
  EXPECT_EQ(doubling.accepted, 4096);
  EXPECT_EQ(doubling.refused, 0);
  EXPECT_FALSE(doubling.complete);
  EXPECT_LT(now_s_, 14);
  // 1024 and 2048 take three, of which the second is refused; then 1536, 1792, ... until the time is spent.
  auto const halving = search(1500, 1.0 / 1024);
  EXPECT_GE(halving.accepted, 1024);
  EXPECT_LE(halving.accepted, 1500);
  EXPECT_GT(halving.refused, 1500);
  EXPECT_LE(halving.refused, 2048);
  EXPECT_FALSE(halving.complete);
  EXPECT_LT(now_s_, 14);
}

}  // namespace
