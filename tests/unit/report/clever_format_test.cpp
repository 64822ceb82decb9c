// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "flopwatch/report.hpp"

namespace flopwatch::report {
namespace {

TEST(clever_format, is_strictly_above_each_step) {
  EXPECT_EQ(clever_format(1000), "1000.00B");
  EXPECT_EQ(clever_format(1001), "1.00K");
  EXPECT_EQ(clever_format(1e6), "1000.00K");
  EXPECT_EQ(clever_format(1e6 + 1), "1.00M");
  EXPECT_EQ(clever_format(1e9), "1000.00M");
  EXPECT_EQ(clever_format(1e9 + 1), "1.00G");
  EXPECT_EQ(clever_format(1e12), "1000.00G");
  EXPECT_EQ(clever_format(1e12 + 1), "1.00T");
}

TEST(clever_format, writes_what_the_baseline_writes) {
  EXPECT_EQ(clever_format(1509949440, 3), "1.510G");
  EXPECT_EQ(clever_format(2139095040, 3), "2.139G");
  EXPECT_EQ(clever_format(3649044480, 3), "3.649G");
  EXPECT_EQ(clever_format(0), "0.00B");
  EXPECT_EQ(clever_format(-5e9), "-5000000000.00B");
}

}  // namespace
}  // namespace flopwatch::report
