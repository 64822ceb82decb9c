// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/wrap.hpp"

#include <gtest/gtest.h>

#include "text/printable.hpp"

namespace flopwatch::text {
namespace {

TEST(wrap, breaks_between_words) {
  EXPECT_EQ(wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("", 7), (std::vector<std::string>{""}));
}

TEST(wrap, breaks_a_word_that_is_longer_than_a_line) {
  EXPECT_EQ(wrap("ab 0123456789 c", 4), (std::vector<std::string>{"ab", "0123", "4567", "89 c"}));
  for (auto const& line : wrap("注意力機制注意力機制", 5)) EXPECT_LE(display_width(line), 5);
}

TEST(wrap_after, begins_behind_what_is_written_and_indents_the_rest) {
  std::string const ninety(90, 'a');
  EXPECT_EQ(wrap_after(ninety + " bbbb cc", 4, 6), ninety + " bbbb\n      cc");
  EXPECT_EQ(wrap_after(ninety + " bbbb cc", 6, 2), ninety + "\n  bbbb cc");
  EXPECT_EQ(wrap_after(ninety + ' ' + ninety + " bbbb cc", 0, 6),
            ninety + "\n      " + ninety + "\n      bbbb cc");
  EXPECT_EQ(wrap_after("", 4, 6), "");
}

TEST(wrap_after, keeps_a_long_word_whole) {
  std::string const path(120, '/');
  EXPECT_EQ(wrap_after("in " + path + " there", 10, 2), "in\n  " + path + "\n  there");
}

TEST(wrap_after, counts_columns) {
  std::string wide;
  for (int i = 0; i < 48; ++i) wide += "注";
  EXPECT_EQ(wrap_after(wide + " abc", 0, 0), wide + " abc");
  EXPECT_EQ(wrap_after(wide + " abcd", 0, 0), wide + "\nabcd");
}

}  // namespace
}  // namespace flopwatch::text
