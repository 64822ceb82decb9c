// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/budget.hpp"

#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace flopwatch::reuse {
namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1000 * ms;

TEST(reuse_budget, begins_empty_and_fills_with_time) {
  budget b(0.01, 0, 5 * second);
  EXPECT_FALSE(b.allows(ms, false));
  b.tick(5 * second + 99 * ms);
  EXPECT_FALSE(b.allows(ms, false));
  b.tick(5 * second + 100 * ms);
  EXPECT_TRUE(b.allows(ms, false));
}

TEST(reuse_budget, of_learning_is_a_credit_that_ends) {
  budget b(0.01, 3 * ms, 0);
  EXPECT_TRUE(b.allows(10 * ms, true));
  b.spend(2 * ms, true);
  EXPECT_FALSE(b.allows(ms, false));
  EXPECT_TRUE(b.allows(10 * ms, true));
  b.spend(2 * ms, true);
  EXPECT_FALSE(b.allows(1, true));
  EXPECT_EQ(b.learned_ns(), 3 * ms);
  EXPECT_EQ(b.spent_ns(), 4 * ms);
  b.tick(200 * ms);  // 2 ms: half of it pays for learning, half the debt of 1 ms
  EXPECT_FALSE(b.allows(1, true));
  b.tick(400 * ms);
  EXPECT_TRUE(b.allows(ms, true));
  EXPECT_FALSE(b.allows(ms + 1, true));
}

TEST(reuse_budget, counts_learning_in_the_end) {
  budget b(0.01, 5 * second, 0);
  b.spend(4 * second, true);
  std::int64_t spent = 0;
  for (std::int64_t now = 0; now <= 3000 * second; now += 100 * ms) {
    b.tick(now);
    if (!b.allows(100 * ms, false)) continue;
    b.spend(100 * ms, false);
    spent += 100 * ms;
    // Random checks begin at once, at half speed.
    if (now >= 60 * second) {
      EXPECT_GE(spent, 200 * ms);
    }
  }
  EXPECT_LE(b.spent_ns(), 30 * second);
  EXPECT_GE(b.spent_ns(), 29 * second);
}

TEST(reuse_budget, of_zero_allows_learning_alone) {
  budget b(0, ms, 0);
  EXPECT_TRUE(b.allows(1, true));
  b.spend(ms, true);
  b.tick(30 * second);
  EXPECT_FALSE(b.allows(0, true));
  EXPECT_FALSE(b.allows(0, false));
}

TEST(reuse_budget, ignores_a_clock_that_jumps) {
  budget b(0.5, 0, 1000 * second);
  b.tick(0);                // back
  b.tick(10'000 * second);  // asleep
  EXPECT_FALSE(b.allows(1, false));
  b.tick(10'000 * second + 2 * ms);
  EXPECT_TRUE(b.allows(ms, false));
}

TEST(reuse_budget, holds_no_more_than_its_bucket) {
  budget b(1, 0, 0);
  for (int i = 1; i <= 100; ++i) b.tick(i * second);
  b.spend(budget::most_ns, false);
  EXPECT_FALSE(b.allows(1, false));
}

TEST(reuse_budget, is_never_exceeded_by_more_than_what_one_measurement_was_dearer) {
  std::mt19937_64 random(11);  // NOLINT(bugprone-random-generator-seed): the same run each time
  for (int run = 0; run < 200; ++run) {
    double const share = 0.001 * static_cast<double>(1 + random() % 100);
    budget b(share, 0, 0);
    std::int64_t now = 0;
    std::int64_t spent = 0;
    std::int64_t dearest = 0;
    for (int i = 0; i < 2000; ++i) {
      now += static_cast<std::int64_t>(random() % (3 * ms));
      b.tick(now);
      auto const expected = static_cast<std::int64_t>(random() % ms);
      if (!b.allows(expected, random() % 2 == 0)) continue;
      auto const cost = static_cast<std::int64_t>(random() % (2 * ms));
      b.spend(cost, random() % 2 == 0);
      spent += cost;
      now += cost;
      dearest = std::max(dearest, cost);
      ASSERT_LE(static_cast<double>(spent), share * static_cast<double>(now) + static_cast<double>(dearest));
    }
    EXPECT_EQ(b.spent_ns(), spent);
  }
}

TEST(reuse_budget, takes_nonsense_as_a_cost) {
  budget b(0.01, 0, 0);
  b.spend(-second, false);
  EXPECT_FALSE(b.allows(1, false));
  b.spend(std::numeric_limits<std::int64_t>::max(), false);
  EXPECT_EQ(b.spent_ns(), budget::longest_tick_ns);
}

}  // namespace
}  // namespace flopwatch::reuse
