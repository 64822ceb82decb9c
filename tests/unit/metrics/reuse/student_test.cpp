// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/student.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace flopwatch::reuse {
namespace {

TEST(student_t, is_that_of_the_tables) {
  EXPECT_TRUE(std::isinf(student_t(0)));
  EXPECT_NEAR(student_t(1), 12.706, 0.001);
  EXPECT_NEAR(student_t(12), 2.179, 0.001);
  EXPECT_NEAR(student_t(13), 2.160, 0.001);
  EXPECT_NEAR(student_t(20), 2.086, 0.001);
  EXPECT_NEAR(student_t(30), 2.042, 0.001);
  EXPECT_NEAR(student_t(120), 1.980, 0.001);
  EXPECT_NEAR(student_t(1'000'000), 1.960, 0.001);
}

TEST(student_t, never_rises_with_more_degrees) {
  for (int d = 1; d < 200; ++d) EXPECT_GE(student_t(d), student_t(d + 1)) << d;
}

TEST(running_mean, of_few_values) {
  running_mean m;
  for (double const v : {2.0, 4.0, 9.0}) m.add(v);
  EXPECT_EQ(m.n(), 3);
  EXPECT_DOUBLE_EQ(m.mean(), 5);
  EXPECT_DOUBLE_EQ(m.squares(), 26);
}

}  // namespace
}  // namespace flopwatch::reuse
