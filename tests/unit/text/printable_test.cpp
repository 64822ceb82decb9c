// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/printable.hpp"

#include <gtest/gtest.h>

namespace flopwatch::text {
namespace {

TEST(printable, leaves_plain_text_and_other_scripts_alone) {
  EXPECT_EQ(printable("attn.qkv [640,768]"), "attn.qkv [640,768]");
  EXPECT_EQ(printable("注意力 é ✓"), "注意力 é ✓");
}

TEST(printable, writes_control_characters_visibly) {
  EXPECT_EQ(printable("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(printable("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(printable(std::string_view("\0\x7f", 2)), "\\x00\\x7f");
}

TEST(printable, writes_c1_controls_visibly_as_character_and_as_byte) {
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(printable("\x9b"
                      "31m"),
            "\\x9b31m");
}

TEST(printable, writes_direction_marks_and_invisible_characters_visibly) {
  EXPECT_EQ(printable("a\u202eb"), "a\\u{202e}b");
  EXPECT_EQ(printable("a\u200bb\ufeff"), "a\\u{200b}b\\u{feff}");
}

TEST(printable, writes_bytes_that_are_no_utf8_visibly) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(printable("\xe6\xb3"), "\\xe6\\xb3");           // cut
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(display_width, counts_columns) {
  EXPECT_EQ(display_width("qkv"), 3);
  EXPECT_EQ(display_width("│├─…→"), 5);
  EXPECT_EQ(display_width("注意"), 4);
  EXPECT_EQ(display_width("e\u0301"), 1);
  EXPECT_EQ(display_width("😀"), 2);
}

TEST(truncate, keeps_what_fits) {
  EXPECT_EQ(truncate_end("abc", 3), "abc");
  EXPECT_EQ(truncate_middle("abc", 3), "abc");
}

TEST(truncate, cuts_where_it_says) {
  EXPECT_EQ(truncate_end("abcdef", 4), "abc…");
  EXPECT_EQ(truncate_start("abcdef", 4), "…def");
  EXPECT_EQ(truncate_middle("abcdefghij", 7), "ab…ghij");
  EXPECT_EQ(truncate_end("abc", 0), "");
}

TEST(truncate, never_splits_a_wide_character) {
  EXPECT_EQ(truncate_end("注意力", 4), "注…");
  EXPECT_EQ(truncate_start("注意力", 4), "…力");
  for (int width = 0; width < 12; ++width) {
    EXPECT_LE(display_width(truncate_middle("a注意力機制b", width)), width) << width;
  }
}

TEST(printable, keeps_line_breaks_of_a_message_alone) {
  EXPECT_EQ(printable_lines("a\x1b[1m\nb\t\n"), "a\\x1b[1m\nb\\t\n");
  EXPECT_EQ(printable_lines(""), "");
}

}  // namespace
}  // namespace flopwatch::text
