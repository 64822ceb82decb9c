// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "import/ncu_nvtx.hpp"
#include "import/ncu_value.hpp"

namespace flopwatch::importing {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::Optional;

TEST(ncu_value, reads_numbers_with_separators_and_decimals) {
  EXPECT_THAT(parse_number("201,326,592"), Optional(201326592.0));
  EXPECT_THAT(parse_number("268435456.000000"), Optional(268435456.0));
  EXPECT_THAT(parse_number("1,031,877,059.50"), Optional(1031877059.5));
  EXPECT_THAT(parse_number(" 7 "), Optional(7.0));
  EXPECT_THAT(parse_number("-1,000"), Optional(-1000.0));
}

TEST(ncu_value, refuses_what_is_no_number) {
  for (auto const* text :
       {"", "n/a", "53,48", "1,2345", ",123", "1,23,456", "1.234,567", "12 (3; 4)", "inf", "nan", "0x10"}) {
    EXPECT_THAT(parse_number(text), Eq(std::nullopt)) << text;
  }
}

TEST(ncu_value, knows_the_words_for_no_value) {
  for (auto const* text : {"n/a", "(!) n/a", "", " ", "no data", "nan"})
    EXPECT_TRUE(says_no_value(text)) << text;
  EXPECT_FALSE(says_no_value("0"));
}

TEST(ncu_value, tells_counts_from_other_units) {
  EXPECT_EQ(parse_count_unit("")->factor, 1);
  EXPECT_EQ(parse_count_unit("inst")->factor, 1);
  EXPECT_EQ(parse_count_unit("Ginst")->factor, 1e9);
  EXPECT_EQ(parse_count_unit("Ginst")->base, "inst");
  for (auto const* unit : {"%", "byte", "Mbyte", "us", "inst/cycle", "Ghz", "M/s", "register/thread"}) {
    EXPECT_FALSE(parse_count_unit(unit)) << unit;
  }
}

TEST(ncu_value, reads_grids) {
  using sizes = std::array<std::int64_t, 3>;
  EXPECT_THAT(parse_dimensions("(4, 12, 54)"), Optional(sizes{4, 12, 54}));
  EXPECT_THAT(parse_dimensions("131,072"), Optional(sizes{131072, 1, 1}));
  for (auto const* text : {"(4, 12)", "(4, 12, 54", "(0, 1, 1)", "x", "1.5", ""}) {
    EXPECT_THAT(parse_dimensions(text), Eq(std::nullopt)) << text;
  }
}

TEST(ncu_nvtx, reads_the_ranges_of_a_thread_with_colons_and_quotes_in_names) {
  open_ranges out;
  ASSERT_TRUE(parse_ranges(R"(4242  "<default domain>:encoder:none:none:none:none:none:none"  )"
                           R"("CCCL:cub::DeviceReduce::Sum:none:none:none:none:none:none" )",
                           out));
  EXPECT_EQ(out.thread, 4242);
  EXPECT_THAT(out.ranges, ElementsAre(open_range{"<default domain>", "encoder"},
                                      open_range{"CCCL", "cub::DeviceReduce::Sum"}));
  ASSERT_TRUE(parse_ranges(R"(7  "flopwatch:a "quoted" b|Linear|1|forward:none::none::none:")", out));
  EXPECT_THAT(out.ranges, ElementsAre(open_range{"flopwatch", "a \"quoted\" b|Linear|1|forward"}));
}

TEST(ncu_nvtx, reads_shortened_ranges_and_refuses_other_text) {
  open_ranges out;
  ASSERT_TRUE(parse_ranges(R"(7  "<default domain>:my::range:none")", out));
  EXPECT_THAT(out.ranges, ElementsAre(open_range{"<default domain>", "my::range"}));
  for (auto const* cell : {"no thread", "7 \"open", "7 \"no colon\" x", ""})
    EXPECT_FALSE(parse_ranges(cell, out)) << cell;
}

}  // namespace
}  // namespace flopwatch::importing
