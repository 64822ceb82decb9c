// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/markdown.hpp"

#include <gtest/gtest.h>

namespace flopwatch::text {
namespace {

TEST(markdown, shows_names_as_code) {
  EXPECT_EQ(markdown_code("attn.qkv"), "`attn.qkv`");
  EXPECT_EQ(markdown_code("@user #12 <b>*x*"), "`@user #12 <b>*x*`");
  EXPECT_EQ(markdown_code("a|b"), "`a\\|b`");
  EXPECT_EQ(markdown_code("`a``b`"), "``` `a``b` ```");
  EXPECT_EQ(markdown_code("a\nb"), "`a\\nb`");
  EXPECT_EQ(markdown_code(""), "");
}

TEST(markdown, shows_every_character_of_a_text) {
  EXPECT_EQ(markdown_text("a|b *c* <d> _e_ [f] `g` #1"),
            "a\\|b \\*c\\* \\<d\\> \\_e\\_ \\[f\\] \\`g\\` \\#1");
  EXPECT_EQ(markdown_text("two\nlines"), "two\\\\nlines");
}

TEST(markdown, writes_a_table) {
  table_column names;
  names.title = "module";
  names.side = align::left;
  names.cutting = cut::middle;
  names.cells = {{"(root)"}, {"attn", look::plain, " (+2)"}};
  names.leads = {{"", ""}, {"└─ ", "└ "}};
  table_column macs;
  macs.group = "operator";
  macs.title = "GMACs";
  macs.cells = {{"2.139", look::plain, "!"}, {"0"}};
  EXPECT_EQ(
      markdown_table({names, macs}),
      "| module | operator GMACs |\n| --- | ---: |\n| `(root)` | 2.139! |\n| &emsp;`attn` (+2) | 0 |\n");
  EXPECT_EQ(markdown_table({}), "");
}

}  // namespace
}  // namespace flopwatch::text
