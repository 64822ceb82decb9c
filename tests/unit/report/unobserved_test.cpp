// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Reports of a program without a framework: it has launches and counters, and no operator column.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "flopwatch/report.hpp"
#include "unit/synthetic/capture_builder.hpp"
#include "unit/synthetic/unobserved_program.hpp"

namespace flopwatch::test {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::int64_t all_flops = 2 * (41'943'040'000 + 134'217'728'000 + 50'331'648'000) + 1'048'576'000 +
                                   16'000 + 3'145'728 + 17'179'869'184'000;

TEST(unobserved, has_no_operator_column) {
  auto const a = analyse(unobserved_program());
  EXPECT_FALSE(a.tree.has_operators);
  auto const text = text_report(a, {.width = 160});
  EXPECT_THAT(text, HasSubstr("operator: not collected: no framework was observed"));
  EXPECT_THAT(text, ContainsRegex("operator +not collected"));
  EXPECT_THAT(text, Not(AllOf(HasSubstr("dispatcher"), HasSubstr("custom operator"))));
  EXPECT_THAT(text, Not(HasSubstr("Why the columns differ")));
  EXPECT_THAT(text, Not(HasSubstr("verdict")));
}

TEST(unobserved, compares_nothing_with_it) {
  for (auto const& row : analyse(unobserved_measured_program()).differences.rows) {
    EXPECT_THAT(row.verdicts, IsEmpty());
    EXPECT_FALSE(row.measured_minus_operator);
    EXPECT_FALSE(row.measured_flops);
    EXPECT_TRUE(row.measured_total_flops);
  }
}

TEST(unobserved, shows_all_flops_of_the_launches_of_a_scope) {
  auto const a = analyse(unobserved_measured_program());
  EXPECT_EQ(a.differences.rows[0].measured_total_flops, all_flops);
  auto const text = text_report(a, {.width = 160});
  EXPECT_THAT(text, HasSubstr("measured, all arithmetic together: 17,633,905,753,728 FLOPs"));
  EXPECT_THAT(text, HasSubstr("measured, all"));
  EXPECT_THAT(text, ContainsRegex("spmv +NVTX solver +16,000 +16,000"));
  EXPECT_THAT(text, Not(HasSubstr("or more")));
}

TEST(unobserved, marks_sums_that_lack_launches) {
  auto const text = text_report(analyse(unobserved_program()), {.width = 80});
  EXPECT_THAT(text, ContainsRegex("\\(everything\\) .* 17.634\\+"));
  EXPECT_THAT(text, ContainsRegex("spmv .* 0.268\n"));
  EXPECT_THAT(text, HasSubstr("+ or more: some launches in it were not measured"));
  EXPECT_THAT(text, HasSubstr("17,633,905,753,728 FLOPs in 65,003 launches;"));
}

TEST(unobserved, keeps_ranges_of_two_domains_apart) {
  auto const a = analyse(unobserved_measured_program());
  std::vector<std::string> types;
  for (auto const& row : a.tree.rows) {
    if (row.path == "conjugate gradient") types.push_back(row.type);
  }
  EXPECT_THAT(types, testing::ElementsAre("NVTX solver", "NVTX"));
}

TEST(unobserved, lists_kernels_by_scope) {
  auto const text = text_report(analyse(unobserved_program()), {.width = 160});
  EXPECT_THAT(text, HasSubstr("\nKernels, most FLOPs first\n"));
  EXPECT_THAT(text, Not(HasSubstr("outside the dispatcher")));
  EXPECT_THAT(text, HasSubstr("\nLaunched, not measured\n"));
  EXPECT_THAT(text, ContainsRegex("ncclDevKernel.* dot products and updates +16,000 +not measured"));
  EXPECT_THAT(text, ContainsRegex("initialise.*\\(outside every scope\\) +3 +3,145,728"));
}

TEST(unobserved, is_exact_unless_data_was_lost) {
  EXPECT_THAT(json_report(analyse(unobserved_program())), HasSubstr("\"exact\": true"));
  auto lossy = unobserved_program();
  lossy.losses.push_back({"launches_lost", severity::error, 1, "a sentence"});
  EXPECT_THAT(json_report(analyse(lossy)), HasSubstr("\"exact\": false"));
}

TEST(unobserved, says_null_in_json) {
  auto const json = nlohmann::json::parse(json_report(analyse(unobserved_program())));
  EXPECT_EQ(json["operator_collected"], false);
  auto all = json["rows"];
  all.push_back(json["totals"]);
  for (auto const& entry : all) {
    for (auto const* key :
         {"operator_macs", "operator_flops", "operator_useful_macs", "operator_other_flops",
          "operator_by_phase", "operator_by_precision", "operator_recompute_macs",
          "measured_multiply_add_flops", "measured_other_flops", "measured_outside_dispatcher_flops"}) {
      EXPECT_TRUE(entry.at(key).is_null()) << key;
    }
  }
  EXPECT_TRUE(json["rows"][0]["self"]["operator_macs"].is_null());
  EXPECT_TRUE(json["rows"][0]["operator_share"].is_null());
  EXPECT_EQ(json["totals"]["unmeasured_launches"], 16'000);
  auto const whole = nlohmann::json::parse(json_report(analyse(unobserved_measured_program())));
  EXPECT_EQ(whole["totals"]["measured_total_flops"], all_flops);
}

TEST(unobserved, does_not_show_products_that_the_counters_missed) {
  auto c = unobserved_measured_program();
  for (auto& g : c.launch_groups) g.sums.erase(tensor_metric);
  auto const a = analyse(c);
  EXPECT_FALSE(a.differences.rows[0].measured_total_flops);
  EXPECT_TRUE(a.differences.rows[row_at(a.tree, "spmv")].measured_total_flops);
  EXPECT_THAT(text_report(a), HasSubstr("500 launches were counted without the work of the tensor cores"));
}

TEST(unobserved, is_not_exact_where_tensor_cores_may_have_worked_unseen) {
  auto c = unobserved_measured_program();
  EXPECT_TRUE(nlohmann::json::parse(json_report(analyse(c)))["exact"]);
  for (auto& g : c.launch_groups) g.sums.erase(tensor_metric);
  auto const json = nlohmann::json::parse(json_report(analyse(c)));
  EXPECT_FALSE(json["exact"]);
  EXPECT_THAT(json["not_exact_because"][0].get<std::string>(),
              StartsWith("64,503 launches were measured without the counters of the tensor cores"));
  std::erase_if(c.launch_groups, [](launch_group const& g) { return g.launches == 500; });
  EXPECT_THAT(text_report(analyse(c), {.width = 120}), ContainsRegex("\\(everything\\) .*369\\.102! "));
  c.info[info_key::chip] = "TU117";
  EXPECT_TRUE(nlohmann::json::parse(json_report(analyse(c)))["exact"]);
}

TEST(unobserved, is_not_believed_of_a_capture_with_operators) {
  auto c = unobserved_program();
  operator_call_record call;
  call.id = 1;
  call.name = "aten::mm";
  call.arithmetic = arithmetic::multiply_add;
  call.calls = 1;
  call.total = {8, 8, 0};
  c.operator_calls.push_back(call);
  EXPECT_TRUE(analyse(c).tree.has_operators);
}

}  // namespace
}  // namespace flopwatch::test
