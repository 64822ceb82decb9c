// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The options of `report` that choose rows, and its other outputs.

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_program.hpp"
#include "unit/synthetic/attention_capture.hpp"

namespace flopwatch::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class listings : public testing::Test {
 protected:
  listings() { write_capture(file, attention_capture()); }

  scratch_folder scratch;
  std::string file = scratch / "synthetic.flops";
};

TEST_F(listings, choose_rows) {
  auto const filtered = run("report --filter 'qkv$' " + file);
  EXPECT_EQ(filtered.exit_code, 0) << filtered.err;
  EXPECT_THAT(filtered.out, HasSubstr("those that 'qkv$' finds"));
  EXPECT_THAT(filtered.out, Not(HasSubstr("proj_drop")));
  EXPECT_THAT(run("report --top 1 " + file).out, HasSubstr("the 1 with the most operator MACs of their own"));
  auto const refused = run("report --filter '(' " + file);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("'(' is no regular expression"));
}

TEST_F(listings, are_flat) {
  auto const r = run("report --flat operator " + file);
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("aten::bmm"));
  EXPECT_THAT(r.out, HasSubstr("Data losses: none"));
  EXPECT_EQ(run("report --flat kernel --sort operator " + file).exit_code, 2);
}

TEST_F(listings, are_csv_with_one_header) {
  auto const r = run("report --csv " + file);
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_THAT(r.out, StartsWith("row,parent_row,path,type,"));
  EXPECT_THAT(r.out, HasSubstr(",attn.qkv,Linear,"));
  EXPECT_THAT(r.err, IsEmpty());
  auto const top = run("report --csv --flat operator --top 1 " + file);
  EXPECT_THAT(top.out, StartsWith("operator,calls,operator_macs,operator_flops,"));
  EXPECT_EQ(std::count(top.out.begin(), top.out.end(), '\n'), 2);
  EXPECT_THAT(top.err, HasSubstr("operators are shown: the 1 with the most operator MACs"));
}

TEST_F(listings, are_markdown) {
  auto const r = run("report --markdown " + file);
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_THAT(r.out, StartsWith("| module | type |"));
  EXPECT_THAT(r.out, HasSubstr("&emsp;&emsp;`qkv`"));
}

TEST_F(listings, are_one_output_at_a_time) {
  for (auto const* both :
       {"--csv --markdown ", "--json --csv ", "--json --markdown ", "--json --flat kernel ",
        "--json --top 3 ", "--json --sort name ", "--json --filter x "}) {
    auto const r = run(std::string("report ") + both + file);
    EXPECT_EQ(r.exit_code, 2) << both;
    EXPECT_THAT(r.out, IsEmpty()) << both;
  }
}

TEST_F(listings, of_the_page_take_no_option_that_it_does_not_show) {
  auto const page = scratch / "page.html";
  for (auto const* option : {"--units macs ", "--depth 1 ", "--no-fold ", "--width 100 "}) {
    auto const r = run(std::string("report --html ") + page + " " + option + file);
    EXPECT_EQ(r.exit_code, 2) << option;
    EXPECT_THAT(r.err, HasSubstr("--html")) << option;
    EXPECT_FALSE(std::filesystem::exists(page)) << option;
  }
  auto const no_name = run("report --html '' " + file);
  EXPECT_EQ(no_name.exit_code, 2);
  EXPECT_THAT(no_name.out, IsEmpty());
  EXPECT_EQ(run("report --html " + page + " " + file).exit_code, 0);
}

}  // namespace
}  // namespace flopwatch::test
