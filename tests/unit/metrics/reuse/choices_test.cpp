// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/choices.hpp"

#include <gtest/gtest.h>

namespace flopwatch::reuse {
namespace {

budget holding(std::int64_t ns) {
  budget b(1, 0, 0);
  b.tick(ns);
  return b;
}

TEST(reuse_turns, has_one_at_a_time) {
  turns t;
  t.took(0.9);
  EXPECT_TRUE(t.allows_check(holding(100), 100));
  EXPECT_FALSE(t.allows_audit(holding(100), 100));
  t.took(0.1);
  EXPECT_FALSE(t.allows_check(holding(100), 100));
  EXPECT_TRUE(t.allows_audit(holding(100), 100));
  EXPECT_FALSE(t.allows_audit(holding(99), 100));
}

TEST(reuse_turns, does_not_wait_for_what_does_not_come) {
  turns t;
  t.took(0.1);
  EXPECT_FALSE(t.allows_check(holding(299), 100));
  EXPECT_TRUE(t.allows_check(holding(300), 100));
  t.took(0.9);
  EXPECT_TRUE(t.allows_audit(holding(300), 100));
}

TEST(reuse_launches_to_pass, are_those_of_a_quarter_of_the_wait) {
  // 20 launches in 300 ms: 33 in half a second.
  EXPECT_EQ(launches_to_pass(20'000, 300'000'000'000, 2'000'000'000, 0), 0);
  EXPECT_EQ(launches_to_pass(20'000, 300'000'000'000, 2'000'000'000, 0.999), 33);
  EXPECT_EQ(launches_to_pass(1, 300'000'000'000, 2'000'000'000, 0.999), 0);
  EXPECT_EQ(launches_to_pass(1'000'000'000, 1, 2'000'000'000, 0.999), 999);
}

}  // namespace
}  // namespace flopwatch::reuse
