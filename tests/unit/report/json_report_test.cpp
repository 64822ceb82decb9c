// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <limits>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "flopwatch/report.hpp"
#include "unit/synthetic/analyses.hpp"
#include "unit/synthetic/analysis_builder.hpp"

namespace flopwatch {
namespace {

using nlohmann::json;

json parsed(analysis const& a) { return json::parse(json_report(a)); }

TEST(json_report, has_exact_integers) {
  auto const j = parsed(test::attention_rule_on_root());
  EXPECT_EQ(j.at("schema_version"), report_schema_version);
  EXPECT_EQ(j.at("totals").at("formula_macs"), 3649044480);
  EXPECT_EQ(j.at("totals").at("operator_flops"), 4278190080);
  EXPECT_EQ(j.at("totals").at("thop_total_text"), "3.649G");
  EXPECT_EQ(j.at("rows").size(), 6U);
  EXPECT_EQ(j.at("rows").at(2).at("path"), "attn.qkv");
  EXPECT_EQ(j.at("rows").at(2).at("parent_row"), 1);
  EXPECT_EQ(j.at("rows").at(0).at("parent_row"), nullptr);
}

TEST(json_report, has_null_for_what_was_not_collected) {
  auto const j = parsed(test::attention_without_rule());
  for (auto const* key :
       {"measured_multiply_add_flops", "measured_other_flops", "measured_outside_dispatcher_flops",
        "measured_total_flops", "measured_by_precision", "measured_minus_operator_flops",
        "measured_to_operator_ratio"}) {
    EXPECT_TRUE(j.at("totals").at(key).is_null()) << key;
    for (auto const& row : j.at("rows")) EXPECT_TRUE(row.at(key).is_null()) << key;
  }
  EXPECT_TRUE(parsed(test::nothing_watched()).at("totals").at("formula_macs").is_null());
}

TEST(json_report, has_measured_numbers_where_they_were) {
  auto const j = parsed(test::measured_transformer());
  EXPECT_EQ(j.at("totals").at("measured_outside_dispatcher_flops"), 1234567);
  EXPECT_GT(j.at("totals").at("measured_total_flops").get<std::int64_t>(), 0);
}

TEST(json_report, has_parts_by_number_format_of_each_sum_that_is_there) {
  auto a = test::measured_transformer();
  auto const j = parsed(a);
  for (auto const* key : {"measured_multiply_add_flops", "measured_other_flops",
                          "measured_outside_dispatcher_flops", "measured_total_flops"}) {
    std::int64_t sum = 0;
    for (auto const& part : j.at("totals").at("measured_by_precision"))
      sum += part.at(key).get<std::int64_t>();
    EXPECT_EQ(sum, j.at("totals").at(key)) << key;
  }
  a.tree.measured_total.multiply_add_flops.reset();
  auto const lacking = parsed(a).at("totals").at("measured_by_precision").at(0);
  EXPECT_TRUE(lacking.at("measured_multiply_add_flops").is_null());
  EXPECT_TRUE(lacking.at("measured_total_flops").is_null());
  EXPECT_FALSE(lacking.at("measured_other_flops").is_null());
  a.tree.measured_collected = false;
  EXPECT_TRUE(parsed(a).at("totals").at("measured_by_precision").is_null());
}

TEST(json_report, has_amounts_that_add_up) {
  for (auto const& [name, a] : test::all_analyses()) {
    auto const j = parsed(a);
    std::int64_t macs = 0;
    for (auto const& v : j.at("totals").at("verdicts")) {
      if (!v.at("amount_macs").is_null()) macs += v.at("amount_macs").get<std::int64_t>();
    }
    auto const& difference = j.at("totals").at("formula_minus_operator_macs");
    EXPECT_EQ(macs, difference.is_null() ? 0 : difference.get<std::int64_t>()) << name;
  }
}

TEST(json_report, holds_counts_that_need_64_bits) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  test::analysis_builder b;
  b.a.tree.has_formula = false;
  b.row(0, "", {"Huge", 1, 0, {most, most, 0}});
  auto const j = parsed(b.finish());
  EXPECT_EQ(j.at("totals").at("operator_macs").get<std::int64_t>(), most);
  EXPECT_EQ(j.at("totals").at("operator_flops").get<std::uint64_t>(), 2 * static_cast<std::uint64_t>(most));
}

TEST(json_report, replaces_bytes_that_are_no_utf8) {
  auto const j = parsed(test::lossy_with_strange_names());
  EXPECT_EQ(j.at("rows").at(3).at("type"), "Bad\ufffd\ufffdUtf8");
  EXPECT_EQ(j.at("rows").at(1).at("path"), "red\x1b[31m\nline");
  EXPECT_FALSE(j.at("exact").get<bool>());
}

TEST(json_report, says_what_a_fused_path_left_out) {
  auto const j = parsed(test::fused_encoder_layer());
  std::map<std::string, std::string> states;
  for (auto const& row : j.at("rows")) states[row.at("path")] = row.at("state");
  EXPECT_EQ(states.at("layers"), "called");
  EXPECT_EQ(states.at("layers.0"), "called");
  EXPECT_EQ(states.at("unused"), "not_called");
  for (auto const* part : {"self_attn", "self_attn.out_proj", "linear1", "linear2", "norm1"}) {
    EXPECT_EQ(states.at(std::string("layers.1.") + part), "not_called_fused") << part;
  }
}

TEST(json_report, has_every_state_in_its_schema) {
  std::ifstream file(FLOPWATCH_SOURCE_DIR "/docs/report.schema.json");
  auto const schema = json::parse(file);
  std::set<std::string> listed;
  for (auto const& s : schema.at("$defs").at("row").at("properties").at("state").at("enum")) listed.insert(s);
  std::set<std::string> used;
  for (auto const& [name, a] : test::all_analyses()) {
    auto const j = parsed(a);
    for (auto const& row : j.at("rows")) used.insert(row.at("state").get<std::string>());
  }
  EXPECT_EQ(used, listed);
}

TEST(json_report, has_every_verdict_kind_in_its_schema) {
  std::ifstream file(FLOPWATCH_SOURCE_DIR "/docs/report.schema.json");
  auto const schema = json::parse(file);
  std::vector<std::string> kinds;
  for (int k = 0; k < verdict_kind_count; ++k) kinds.emplace_back(to_string(static_cast<verdict_kind>(k)));
  EXPECT_EQ(schema.at("$defs").at("verdict").at("properties").at("kind").at("enum"), kinds);
  EXPECT_EQ(schema.at("properties").at("schema_version").at("const"), report_schema_version);
}

}  // namespace
}  // namespace flopwatch
