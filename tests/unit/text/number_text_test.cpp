// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/number_text.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace flopwatch::text {
namespace {

TEST(grouped, separates_thousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1509949440), "1,509,949,440");
  EXPECT_EQ(grouped(-100), "-100");
  EXPECT_EQ(grouped(-1000), "-1,000");
  EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(grouped, writes_a_sign_when_asked) {
  EXPECT_EQ(signed_grouped(629145600), "+629,145,600");
  EXPECT_EQ(signed_grouped(-629145600), "-629,145,600");
  EXPECT_EQ(signed_grouped(0), "0");
}

TEST(scaled, takes_the_largest_prefix_that_leaves_one) {
  EXPECT_EQ(scale_for(999).prefix, "");
  EXPECT_EQ(scale_for(1000).prefix, "K");
  EXPECT_EQ(scale_for(2139095040).prefix, "G");
  EXPECT_EQ(scale_for(0).prefix, "");
}

TEST(scaled, never_reads_as_zero_unless_it_is) {
  auto const giga = scale_for(1e9);
  EXPECT_EQ(scaled(2139095040, giga), "2.139");
  EXPECT_EQ(scaled(0, giga), "0");
  EXPECT_EQ(scaled(1, giga), "<0.001");
  EXPECT_EQ(scaled(999999, giga), "<0.001");
  EXPECT_EQ(scaled(1e6, giga), "0.001");
  EXPECT_EQ(scaled(1024, scale_for(1)), "1,024");
  EXPECT_EQ(scaled(0.5, scale_for(1)), "<1");
  EXPECT_EQ(scaled(1, scale_for(1)), "1");
}

TEST(percent, never_reads_as_zero_unless_it_is) {
  EXPECT_EQ(percent(1, 2), "50.0%");
  EXPECT_EQ(percent(0, 2), "0%");
  EXPECT_EQ(percent(1, 1e9), "<0.1%");
  EXPECT_EQ(percent(1, 0), "");
}

}  // namespace
}  // namespace flopwatch::text
