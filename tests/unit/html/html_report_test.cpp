// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "flopwatch/html.hpp"
#include "html/column.hpp"
#include "html/packing.hpp"
#include "unit/synthetic/analyses.hpp"
#include "unit/synthetic/capture_builder.hpp"
#include "unit/synthetic/page_captures.hpp"
#include "unit/synthetic/training_step.hpp"
#include "unit/synthetic/training_transformer.hpp"
#include "unit/synthetic/unobserved_program.hpp"

namespace flopwatch {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string between(std::string const& text, std::string const& from, std::string const& to) {
  auto const begin = text.find(from);
  if (begin == std::string::npos) return "";
  auto const end = text.find(to, begin + from.size());
  return text.substr(begin + from.size(), end - begin - from.size());
}

json data_of(std::string const& page) {
  return json::parse(between(page, "data-packing=\"none\">", "</script>"));
}

json value_at(json const& table, char const* column, std::size_t row) {
  auto const& values = table.at(column);
  return values.is_array() ? values.at(row) : values;
}

analysis with_path(std::string const& name) {
  test::capture_builder b;
  auto const root = b.placed_module(0, "", "Net");
  b.product(b.placed_module(root, name, name), name, name, 1000);
  return analyse(b.data);
}

TEST(html_page, has_the_figures_of_the_json_report) {
  auto const a = test::attention_without_rule();
  auto const side = data_of(html_report(a)).at("sides").at(0);
  auto const report = json::parse(json_report(a));
  auto const& rows = report.at("rows");
  ASSERT_EQ(side.at("rows").at("n"), rows.size());
  auto const& columns = side.at("rows");
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::int64_t macs = value_at(columns, "macs", r);
    for (char const* phase : {"p0macs", "p1macs", "p2macs", "p3macs"})
      macs += value_at(columns, phase, r).get<std::int64_t>();
    EXPECT_EQ(macs, rows[r].at("operator_macs"));
    EXPECT_EQ(value_at(columns, "formula", r), rows[r].at("formula_macs"));
    EXPECT_EQ(value_at(columns, "mall", r).is_null(), rows[r].at("measured_total_flops").is_null());
    EXPECT_EQ(value_at(columns, "xsum", r), 0) << "the parts add up to the sum";
  }
  EXPECT_EQ(side.at("ops").at("n"), report.at("operators").size());
  EXPECT_EQ(side.at("launches").at("n"), report.at("kernels").size());
}

TEST(html_page, is_not_left_by_a_name) {
  for (std::string const name : {"</script><script>alert(1)</script>", "<!--<script>", "\"&<b>'", "@DATA@"}) {
    auto const page = html_report(with_path(name), {.name = name});
    EXPECT_THAT(page, Not(HasSubstr("<script>alert"))) << name;
    EXPECT_THAT(page, Not(HasSubstr("<b>"))) << name;
    auto const strings = data_of(page).at("sides").at(0).at("strings");
    EXPECT_THAT(strings.dump(), HasSubstr(json(name).dump())) << name;
  }
}

TEST(html_page, escapes_what_moves_text) {
  auto const page = html_report(with_path("a\u202eb\x1b"));
  EXPECT_THAT(page, Not(HasSubstr("\u202e")));
  EXPECT_THAT(data_of(page).at("sides").at(0).at("strings").dump(), HasSubstr("u{202e}"));
}

TEST(html_page, allows_its_own_script_and_style_alone) {
  auto page = html_report(test::attention_without_rule());
  auto const policy = between(page, "Content-Security-Policy\" content=\"", "\"");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  // The base64 of 32 bytes.
  EXPECT_EQ(between(policy, "script-src 'sha256-", "'").size(), 44U);
  EXPECT_EQ(between(policy, "style-src 'sha256-", "'").size(), 44U);
  // The name of SVG's elements, which is no address.
  page.replace(page.find("http://www.w3.org/2000/svg"), 26, "");
  for (char const* outside : {"http:", "https:", "src=", "@import", "url("}) {
    EXPECT_THAT(page, Not(HasSubstr(outside))) << outside;
  }
}

TEST(html_page, says_first_what_is_not_exact) {
  auto const page = html_report(test::lossy_with_strange_names());
  EXPECT_THAT(page, HasSubstr("NOT EXACT"));
  EXPECT_LT(page.find("NOT EXACT"), page.find("id=\"grid\""));
  EXPECT_THAT(html_report(test::attention_without_rule()), HasSubstr("Data losses: none."));
  EXPECT_THAT(html_report(test::attention_without_rule()), Not(HasSubstr("NOT EXACT</strong>")));
}

TEST(html_page, begins_with_what_ran_even_if_nothing_did) {
  auto const headline = [](analysis const& a) {
    return between(html_report(a), "class=\"headline\">", "</p>");
  };
  auto const a = analyse(test::no_arithmetic());
  EXPECT_EQ(headline(a), "No arithmetic was executed.");
  EXPECT_EQ(headline(of_phase(a, phase::backward)), "No arithmetic was executed in the phase backward.");
  EXPECT_THAT(headline(analyse(test::unobserved_program())), HasSubstr("no operator column"));
}

TEST(html_page, says_above_the_figures_what_part_it_shows) {
  auto const all = analyse(test::training_step());
  EXPECT_THAT(html_report(all), Not(HasSubstr("ONE ")));
  auto const page = html_report(of_phase(all, phase::backward));
  EXPECT_THAT(page, HasSubstr("ONE PHASE</strong> Only what ran in the phase backward is shown"));
  EXPECT_EQ(data_of(page).at("sides").at(0).at("phase"), "backward");
  auto rank = test::training_step();
  rank.info[info_key::rank] = "3";
  rank.info[info_key::world_size] = "8";
  EXPECT_THAT(html_report(analyse(rank)), HasSubstr("Only what rank 3 of 8 recorded is shown"));
  rank.info[info_key::rank] = "0";
  rank.info[info_key::world_size] = "1";
  EXPECT_THAT(html_report(analyse(rank)), Not(HasSubstr("ONE RANK")));
}

TEST(html_page, says_above_the_figures_how_two_captures_are_unlike) {
  auto const a = analyse(test::formula_alone());
  auto const b = analyse(test::unobserved_program());
  auto const page = html_report(a, {.name = "x<.flops", .against = &b, .against_name = "y.flops"});
  auto const at = page.find("UNLIKE</strong> A is x&lt;.flops, B is y.flops. ");
  ASSERT_NE(at, std::string::npos);
  EXPECT_LT(at, page.find("class=\"headline\""));
  EXPECT_GT(page.find("UNLIKE", at + 1), page.find("id=\"against-title\"")) << "and in what changed";
  EXPECT_THAT(html_report(a, {.against = &a}), Not(HasSubstr("UNLIKE</strong>")));
}

TEST(html_page, has_no_zero_for_what_was_not_collected) {
  auto const unobserved =
      data_of(html_report(analyse(test::unobserved_program()))).at("sides").at(0).at("rows");
  for (auto const* column : {"macs", "useful", "other", "selfmacs", "p0macs", "p0useful", "p0other"})
    EXPECT_TRUE(value_at(unobserved, column, 0).is_null()) << column;
  EXPECT_FALSE(value_at(unobserved, "launches", 0).is_null());
  auto const unmeasured = data_of(html_report(analyse(test::no_arithmetic()))).at("sides").at(0).at("rows");
  EXPECT_TRUE(value_at(unmeasured, "launches", 0).is_null());
  EXPECT_TRUE(value_at(unmeasured, "unmeasured", 0).is_null());
  EXPECT_EQ(value_at(unmeasured, "macs", 0), 0);
}

TEST(html_page, packs_a_large_capture) {
  auto const a = analyse(test::training_transformer({.layers = 40, .equal_layers = false}));
  auto const page = html_report(a);
  EXPECT_THAT(page, HasSubstr("data-packing=\"deflate\""));
  EXPECT_LT(page.size(), 160'000U);
}

TEST(html_page, writes_numbers_that_a_browser_keeps) {
  EXPECT_EQ(html::number_json(9'007'199'254'740'991), "9007199254740991");
  EXPECT_EQ(html::number_json(9'007'199'254'740'993), "\"9007199254740993\"");
  EXPECT_EQ(html::number_json(-9'007'199'254'740'993), "\"-9007199254740993\"");
}

TEST(html_page, writes_equal_values_once) {
  html::column c;
  c.add(7);
  c.add(7);
  EXPECT_EQ(c.json(), "7");
  c.add(std::optional<std::int64_t>());
  EXPECT_EQ(c.json(), "[7,7,null]");
}

TEST(html_page, is_packed_as_zlib_in_base64) {
  auto const text = html::packed(std::string(1000, 'a'));
  EXPECT_EQ(text.substr(0, 2), "eN");  // zlib's first bytes, 78 da
  EXPECT_EQ(text.size() % 4, 0U);
  EXPECT_LT(text.size(), 60U);
}

}  // namespace
}  // namespace flopwatch
