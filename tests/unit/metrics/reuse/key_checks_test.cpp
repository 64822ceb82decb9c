// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/key_checks.hpp"

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flopwatch::reuse {
namespace {

using testing::ElementsAre;

void add(key_checks& to, std::int64_t number, double value) {
  double const values[] = {value, 1};
  to.add(number, values, 2 * value);
}

TEST(key_checks, equal_ones_stand_for_all_launches_with_no_bound) {
  key_checks checks;
  for (int i = 1; i <= 3; ++i) add(checks, i, 10);
  EXPECT_TRUE(checks.equal());
  auto const sum = checks.of(1000);
  EXPECT_THAT(sum.per_launch, ElementsAre(10, 1));
  EXPECT_EQ(sum.flops, 20'000);
  EXPECT_EQ(sum.bound_flops, 0);
}

TEST(key_checks, that_differ_by_the_last_unit_are_not_equal) {
  key_checks checks;
  add(checks, 1, 9'007'199'254'740'991);
  add(checks, 2, 9'007'199'254'740'990);
  EXPECT_FALSE(checks.equal());
}

TEST(key_checks, stand_for_a_part_of_the_launches_that_comes_late) {
  key_checks checks;
  // The first launches did 100, those from 64 on 200 or 300.
  for (int i = 1; i <= 7; ++i) add(checks, i, 100);
  for (int i = 0; i < 8; ++i) add(checks, 64 + 7 * i, i % 2 == 0 ? 200 : 300);
  auto const late = checks.of_part(120, 4);
  EXPECT_THAT(late.per_launch, ElementsAre(250, 1));
  EXPECT_EQ(late.flops, 4 * 500);
  // Student's t of 7 degrees times the spread of one launch (FLOPs are twice the value) and of the mean.
  EXPECT_NEAR(late.bound_flops, 2.365 * std::sqrt(8.0 * 100 * 100 / 7 * 4 * (1 + 4.0 / 8)), 0.1);
  auto const all = checks.of_part(0, 124);
  EXPECT_EQ(all.flops, checks.of(124).flops);
}

TEST(key_checks, all_of_a_key_leave_nothing_open) {
  key_checks checks;
  for (int i = 1; i <= 8; ++i) add(checks, i, i);
  auto const sum = checks.of(8);
  EXPECT_EQ(sum.flops, 72);
  EXPECT_EQ(sum.bound_flops, 0);
}

TEST(key_checks, two_of_many_give_the_interval_of_the_textbook) {
  key_checks checks;
  add(checks, 1, 5);    // 10 FLOPs
  add(checks, 900, 7);  // 14 FLOPs
  // Mean 12, standard deviation sqrt(8), t = 12.706 for one degree, for the 998 of 1,000 that were not read.
  auto const sum = checks.of(1000);
  EXPECT_DOUBLE_EQ(sum.flops, 12'000);
  EXPECT_NEAR(sum.bound_flops, 12.706 * std::sqrt(8.0 * 1000 * 998 / 2), 1e-6);
}

TEST(key_checks, of_early_launches_do_not_stand_for_late_ones) {
  key_checks checks;
  // The first 7 launches do 1, all later ones 100; learning saw mostly the first ones.
  for (int i = 1; i <= 7; ++i) add(checks, i, 1);
  for (int i = 0; i < 4; ++i) add(checks, 60'000 + i, 100);
  auto const sum = checks.of(100'000);
  double const truth = 2 * (7.0 + 99'993 * 100.0);
  EXPECT_NEAR(sum.flops, truth, 0.001 * truth);
  EXPECT_NEAR(sum.per_launch[0], 100, 0.1);
  EXPECT_EQ(checks.at(5), (std::vector<double>{1, 1}));
  EXPECT_EQ(checks.flops_at(99'999), 200);
  EXPECT_EQ(checks.at(99'999), (std::vector<double>{100, 1}));
}

TEST(key_checks, bound_holds_for_19_of_20_random_keys) {
  std::mt19937_64 random(7);  // NOLINT(bugprone-random-generator-seed): the same run each time
  int held = 0;
  for (int run = 0; run < 1000; ++run) {
    key_checks checks;
    double truth = 0;
    std::lognormal_distribution<double> work(2, 0.4);
    for (int i = 1; i <= 2000; ++i) {
      double const value = std::floor(100 * work(random));
      truth += 2 * value;
      if (i <= 3 || random() % 100 == 0) add(checks, i, value);
    }
    auto const sum = checks.of(2000);
    held += std::abs(sum.flops - truth) <= sum.bound_flops ? 1 : 0;
  }
  EXPECT_GE(held, 935);  // 950 on average, less for skewed work
}

TEST(key_checks, bound_the_first_launches_alone) {
  key_checks k;
  std::array<double, 1> const value{0};
  k.add(4, value, 1);
  EXPECT_EQ(k.bound_of_first(100, 200), 0) << "all checks are equal";
  std::array<double, 1> const other{1};
  k.add(5, other, 3);
  k.add(6, value, 1);
  k.add(7, other, 3);
  // Variance 4 / 3; two launches, whose mean is of four checks; t = 3.182 for three degrees.
  EXPECT_NEAR(k.bound_of_first(2, 8), 3.182 * std::sqrt(4.0 / 3 * 2 * (1 + 2.0 / 4)), 1e-9);
  EXPECT_EQ(k.bound_of_first(0, 8), 0);
  EXPECT_EQ(k.bound_of_first(100, 8), k.bound_of_first(8, 8));
}

}  // namespace
}  // namespace flopwatch::reuse
