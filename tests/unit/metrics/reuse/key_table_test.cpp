// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/key_table.hpp"

#include <array>
#include <map>
#include <random>

#include <gtest/gtest.h>

namespace flopwatch::reuse {
namespace {

bool check(key_table& table, key_number key, std::size_t group, std::int64_t number, double value) {
  table.begin(key, group);
  std::array const values{value};
  return table.end(key, group, number, values, value);
}

TEST(key_table, learns_so_many_checks_in_each_group) {
  key_table table(2, 3);
  auto const key = table.add(false);
  for (std::size_t const group : {0U, 1U}) {
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(table.class_of(key), key_class::learning);
      EXPECT_TRUE(table.learns(key, group));
      EXPECT_TRUE(check(table, key, group, i + 1, 5));
    }
    EXPECT_FALSE(table.learns(key, group));
    EXPECT_EQ(table.learners(group), 0U);
  }
  EXPECT_EQ(table.class_of(key), key_class::constant);
}

TEST(key_table, counts_measurements_that_are_under_way) {
  key_table table(1, 2);
  auto const key = table.add(false);
  table.begin(key, 0);
  table.begin(key, 0);
  EXPECT_FALSE(table.learns(key, 0));
  EXPECT_TRUE(table.any_learns(0));
  table.drop(key, 0);
  EXPECT_TRUE(table.learns(key, 0));
}

TEST(key_table, tells_the_first_difference_alone) {
  key_table table(1, 2);
  auto const key = table.add(false);
  EXPECT_TRUE(check(table, key, 0, 1, 5));
  EXPECT_TRUE(check(table, key, 0, 2, 5));
  EXPECT_EQ(table.class_of(key), key_class::constant);
  EXPECT_FALSE(check(table, key, 0, 3, 6));
  EXPECT_TRUE(check(table, key, 0, 4, 7));
  EXPECT_EQ(table.class_of(key), key_class::variable);
}

TEST(key_table, has_known_families_as_variable_from_the_start) {
  key_table table(1, 1);
  auto const key = table.add(true);
  EXPECT_EQ(table.class_of(key), key_class::variable);
  EXPECT_TRUE(check(table, key, 0, 1, 5));
  EXPECT_EQ(table.class_of(key), key_class::variable);
}

TEST(key_table, picks_by_what_a_check_can_tell) {
  key_table table(1, 2);
  auto const small = table.add(false);
  auto const large = table.add(false);
  auto const wild = table.add(false);
  auto const unlearned = table.add(false);
  for (int i = 1; i <= 2; ++i) {
    check(table, small, 0, i, 1);
    check(table, large, 0, i, 9);
    check(table, wild, 0, i, 50 * i);
  }
  std::mt19937_64 random(3);  // NOLINT(bugprone-random-generator-seed): the same run each time
  std::uniform_real_distribution<double> uniform(0, 1);
  std::map<key_number, int> picks;
  for (int i = 0; i < 4000; ++i) {
    auto const key = table.pick(
        0, [](key_number) { return 100; }, uniform(random), uniform(random));
    ASSERT_TRUE(key);
    ++picks[*key];
  }
  EXPECT_EQ(picks[unlearned], 0);
  EXPECT_NEAR(picks[wild], 2000, 150);
  EXPECT_NEAR(picks[large], 1800, 150);
  EXPECT_NEAR(picks[small], 200, 60);
}

TEST(key_table, picks_nothing_where_nothing_is_learned_or_launched) {
  key_table table(1, 1);
  auto const many = [](key_number) { return 1; };
  EXPECT_FALSE(table.pick(0, many, 0.1, 0.1));
  auto const key = table.add(false);
  EXPECT_FALSE(table.pick(0, many, 0.1, 0.1));
  check(table, key, 0, 1, 5);
  EXPECT_FALSE(table.pick(
      0, [](key_number) { return 0; }, 0.1, 0.1));
  EXPECT_EQ(table.pick(0, many, 0.1, 0.1), key);
}

TEST(key_table, picks_keys_that_did_nothing_so_far_too) {
  key_table table(1, 1);
  auto const copy = table.add(false);
  check(table, copy, 0, 1, 0);
  auto const launches = [](key_number) { return 10; };
  EXPECT_EQ(table.pick(0, launches, 0.9, 0.5), copy);
  check(table, table.add(false), 0, 1, 1000);
  EXPECT_EQ(table.pick(0, launches, 0.9, 0.001), copy);
  EXPECT_NE(table.pick(0, launches, 0.9, 0.5), copy);
}

TEST(key_table, does_not_wait_for_keys_that_are_left_out) {
  key_table table(2, 1);
  auto const key = table.add(false);
  table.set_left_out(key, true);
  table.set_left_out(key, true);
  EXPECT_FALSE(table.any_learns(0));
  EXPECT_FALSE(table.learns(key, 0));
  double const value[] = {5};
  table.begin(key, 0);
  EXPECT_TRUE(table.end(key, 0, 1, value, 5));  // was under way
  EXPECT_EQ(table.pick(
                0, [](key_number) { return 9; }, 0.1, 0.1),
            std::nullopt);
  table.set_left_out(key, false);
  EXPECT_EQ(table.learners(0), 0U);
  EXPECT_EQ(table.learners(1), 1U);
  EXPECT_TRUE(table.pick(
      0, [](key_number) { return 9; }, 0.1, 0.1));
}

}  // namespace
}  // namespace flopwatch::reuse
