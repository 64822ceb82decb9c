// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_program.hpp"
#include "text/printable.hpp"
#include "unit/synthetic/attention_capture.hpp"

namespace flopwatch::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class on_terminal : public testing::Test {
 protected:
  on_terminal() { test::write_capture(capture, test::attention_capture()); }

  scratch_folder scratch;
  std::string capture = scratch / "synthetic.flops";
};

int widest_line(std::string const& text) {
  int width = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) width = std::max(width, text::display_width(line));
  return width;
}

TEST_F(on_terminal, fits_the_terminal) {
  auto const narrow = run_on_terminal({"report", capture}, 72, {"NO_COLOR=1"});
  EXPECT_EQ(narrow.exit_code, 0);
  EXPECT_GT(widest_line(narrow.out), 60);
  EXPECT_LE(widest_line(narrow.out), 72);
  auto const wide = run_on_terminal({"report", capture}, 150, {"NO_COLOR=1"});
  EXPECT_GT(widest_line(wide.out), 100);
}

TEST_F(on_terminal, asks_columns_where_the_terminal_does_not_say) {
  auto const r = run_on_terminal({"report", capture}, 0, {"NO_COLOR=1", "COLUMNS=72"});
  EXPECT_LE(widest_line(r.out), 72);
}

TEST_F(on_terminal, obeys_width_before_the_terminal) {
  auto const r = run_on_terminal({"report", "--width", "150", capture}, 72, {"NO_COLOR=1"});
  EXPECT_GT(widest_line(r.out), 100);
}

TEST_F(on_terminal, has_colours_unless_told_otherwise) {
  EXPECT_THAT(run_on_terminal({"report", capture}, 100).out, HasSubstr("\x1b["));
  EXPECT_THAT(run_on_terminal({"report", capture}, 100, {"NO_COLOR=1"}).out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(run_on_terminal({"report", capture}, 100, {"NO_COLOR="}).out, HasSubstr("\x1b["));
  EXPECT_THAT(run_on_terminal({"report", "--color", "never", capture}, 100).out, Not(HasSubstr("\x1b")));
}

TEST_F(on_terminal, has_plain_signs_where_the_locale_has_no_others) {
  auto const is_ascii = [](std::string const& text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) > 0x7f; });
  };
  auto const plain = run("report " + capture, "LC_ALL=C");
  EXPECT_TRUE(is_ascii(plain.out));
  EXPECT_THAT(plain.out, HasSubstr("`- attn"));
  EXPECT_THAT(run("report " + capture, "LC_ALL=C.UTF-8").out, HasSubstr("└─ attn"));
  EXPECT_THAT(run("report " + capture, "LC_ALL= LC_CTYPE= LANG=").out, HasSubstr("└─ attn"));
  EXPECT_THAT(run("report --markdown " + capture, "LC_ALL=C").out, HasSubstr("&emsp;"));
  EXPECT_FALSE(is_ascii(run("report --markdown " + capture, "LC_ALL=C").out)) << "a file for others";
}

TEST_F(on_terminal, colours_other_outputs_where_they_are_forced) {
  EXPECT_THAT(run("report " + capture, "CLICOLOR_FORCE=1").out, HasSubstr("\x1b["));
  for (auto const* environment : {"CLICOLOR_FORCE=0", "CLICOLOR_FORCE=", "CLICOLOR_FORCE=1 NO_COLOR=1"}) {
    EXPECT_THAT(run("report " + capture, environment).out, Not(HasSubstr("\x1b"))) << environment;
  }
  EXPECT_THAT(run("report --color never " + capture, "CLICOLOR_FORCE=1").out, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace flopwatch::test
