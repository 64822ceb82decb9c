// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/text_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/printable.hpp"

namespace flopwatch::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

table_column column(std::string title, std::vector<table_cell> cells, int rank = 0) {
  table_column c;
  c.title = std::move(title);
  c.rank = rank;
  c.cells = std::move(cells);
  return c;
}

std::vector<std::string> lines(std::vector<table_column> columns, int width) {
  return lay_out(std::move(columns), width, painter(false)).lines;
}

TEST(text_table, aligns_columns) {
  auto names = column("name", {{"a"}, {"bcdef"}});
  names.side = align::left;
  EXPECT_THAT(lines({names, column("n", {{"1"}, {"23"}})}, 80),
              ElementsAre("name    n", "─────────", "a       1", "bcdef  23"));
}

TEST(text_table, puts_one_heading_over_a_group) {
  auto first = column("GMACs", {{"1.000"}});
  auto second = column("GFLOPs", {{"2.000"}});
  first.group = second.group = "formula";
  EXPECT_EQ(lines({first, second}, 80).front(), "── formula ──");
}

TEST(text_table, leaves_out_the_highest_rank_first_and_says_so) {
  auto const t = lay_out({column("keep", {{"1"}}), column("second", {{"2"}}, 1), column("first", {{"3"}}, 2)},
                         13, painter(false));
  EXPECT_EQ(t.lines.front(), "keep  second");
  EXPECT_THAT(t.left_out, ElementsAre("first"));
}

TEST(text_table, cuts_before_it_leaves_out) {
  auto name = column("n", {{"abcdefghij"}});
  name.cutting = cut::end;
  name.comfortable = 6;
  EXPECT_EQ(lines({name, column("x", {{"12"}}, 1)}, 10).back(), "abcde…  12");
}

TEST(text_table, leaves_a_cherished_column_out_only_when_cutting_is_not_enough) {
  auto name = column("n", {{"abcdefghij"}});
  name.cutting = cut::end;
  name.comfortable = 8;
  name.least = 4;
  auto cherished = column("x", {{"12"}}, 1);
  cherished.cherished = true;
  EXPECT_EQ(lines({name, cherished}, 9).back(), "abcd…  12");
  EXPECT_EQ(lines({name, cherished}, 7).back(), "abcdef…");
}

TEST(text_table, keeps_the_tail_of_a_cut_cell) {
  auto c = column("verdict", {{"functional work missed", look::plain, " +2"}});
  c.side = align::left;
  c.cutting = cut::end;
  EXPECT_EQ(lines({c}, 12).back(), "function… +2");
}

TEST(text_table, takes_narrow_guides_where_names_are_cut) {
  auto c = column("module", {{"projection"}});
  c.leads = {{"│  └─ ", "│ └ "}};
  c.side = align::left;
  c.cutting = cut::middle;
  EXPECT_EQ(lines({c}, 16).back(), "│  └─ projection");
  EXPECT_EQ(lines({c}, 14).back(), "│ └ projection");
  EXPECT_EQ(display_width(lines({c}, 9).back()), 9);
}

TEST(text_table, paints_only_when_asked) {
  auto c = column("n", {{"1", look::bad}});
  EXPECT_THAT(lay_out({c}, 80, painter(true)).lines.back(), HasSubstr("\x1b[1;31m1\x1b[0m"));
  EXPECT_EQ(lines({c}, 80).back(), "1");
}

}  // namespace
}  // namespace flopwatch::text
