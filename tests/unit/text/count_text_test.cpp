// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/count_text.hpp"

#include <gtest/gtest.h>

namespace flopwatch::text {
namespace {

TEST(counted, adds_an_s_for_all_but_one) {
  EXPECT_EQ(counted(0, "call"), "0 calls");
  EXPECT_EQ(counted(1, "call"), "1 call");
  EXPECT_EQ(counted(-1, "call"), "-1 calls");
  EXPECT_EQ(counted(2048, "call"), "2,048 calls");
}

TEST(counted, takes_a_plural) {
  EXPECT_EQ(counted(1, "launch", "launches"), "1 launch");
  EXPECT_EQ(counted(1000, "launch", "launches"), "1,000 launches");
}

}  // namespace
}  // namespace flopwatch::text
