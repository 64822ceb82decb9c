// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/nearest.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace flopwatch::text {
namespace {

TEST(edit_distance, counts_what_must_be_changed) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("aten::lineer", "aten::linear"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("sitting", "kitten"), 3U);
}

TEST(nearest, is_the_first_of_the_closest) {
  std::vector<std::string> const names{"aten::mm", "aten::linear", "aten::bmm", "aten::baddbmm"};
  EXPECT_EQ(nearest("aten::lineer", names), "aten::linear");
  EXPECT_EQ(nearest("aten::mm", names), "aten::mm");
  EXPECT_EQ(nearest("aten::xmm", names), "aten::mm") << "bmm is as close, and comes later";
}

TEST(nearest, is_none_where_nothing_is_close) {
  std::vector<std::string> const names{"aten::mm", "relu"};
  EXPECT_EQ(nearest("quantized::conv2d", names), std::nullopt);
  EXPECT_EQ(nearest("aten::mm", {}), std::nullopt);
}

}  // namespace
}  // namespace flopwatch::text
