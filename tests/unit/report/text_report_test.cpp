// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/report.hpp"
#include "unit/synthetic/analyses.hpp"
#include "unit/synthetic/analysis_builder.hpp"

namespace flopwatch {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string text(analysis const& a, text_options const& o = {}) { return text_report(a, o); }

/// The line of the table that shows `name`, or "".
std::string line_of(std::string const& report, std::string const& name) {
  auto const at = report.find(name);
  if (at == std::string::npos) return {};
  auto const begin = report.rfind('\n', at) + 1;
  return report.substr(begin, report.find('\n', at) - begin);
}

TEST(text_report, names_baseline_device_and_date) {
  auto const report = text(test::measured_transformer());
  EXPECT_THAT(report, HasSubstr("formula: thop 0.1.1 rules\n"));
  EXPECT_THAT(report, HasSubstr("device: cuda:1, Synthetic GPU, CUDA driver API 000.00\n"));
  EXPECT_THAT(report, HasSubstr("recorded: 2026-01-31T12:00:00Z\n"));
}

TEST(text_report, says_in_capitals_that_figures_are_made_up) {
  auto a = test::attention_without_rule();
  EXPECT_THAT(text(a), HasSubstr("SYNTHETIC"));
  a.capture.info[info_key::synthetic] = "no";
  EXPECT_THAT(text(a), Not(HasSubstr("SYNTHETIC")));
}

/// Half of the first plan's launches can be evaluated again.
analysis with_raw_data(bool kept) {
  auto a = test::measured_transformer();
  a.capture.metrics = {{1, 1, "sm__a.sum", "inst", 0}};
  a.capture.launch_groups.resize(1);
  a.capture.launch_groups[0].plan = 1;
  a.capture.launch_groups[0].launches = 4000;
  raw_chunk_record chunk;
  chunk.id = chunk.plan = 1;
  chunk.launches = chunk.ranges = 1000;
  chunk.kept = kept;
  a.capture.raw_chunks = {chunk};
  return a;
}

TEST(text_report, says_which_share_can_be_rechecked) {
  EXPECT_THAT(text(with_raw_data(true)),
              HasSubstr("\nraw data: kept for 1,000 of 4,000 measured launches (25.0%), for 'flopwatch "
                        "recheck'\n"));
  EXPECT_THAT(text(with_raw_data(false)),
              HasSubstr("\nraw data: not kept for any of 4,000 measured launches"));
  EXPECT_THAT(text(test::measured_transformer()), Not(HasSubstr("raw data")));
}

TEST(text_report, counts_checks_where_counts_are_reused) {
  auto a = with_raw_data(true);
  a.capture.reuse_keys.resize(1);
  a.capture.reuse_checks = 250;
  EXPECT_THAT(text(a),
              HasSubstr("\nraw data: kept for 250 of 1,000 checks (25.0%), for 'flopwatch recheck'\n"));
  a.capture.reuse_checks = 0;
  EXPECT_THAT(text(a), HasSubstr("\nraw data: not kept for any of 1,000 checks"));
}

/// With counts that were reused. Synthetic.
analysis with_reuse(std::int64_t audits, std::int64_t equal) {
  auto a = with_raw_data(true);
  auto& r = a.tree.reuse.emplace();
  r.launches = 4000;
  r.checks = 40;
  r.keys = 2;
  r.audits = r.all_audits = audits;
  r.equal_audits = equal;
  r.largest_difference = equal == audits ? 0 : 0.01;
  return a;
}

/// What the report says of it, as one line.
std::string reuse_text(analysis const& a) {
  auto const report = text(a);
  auto const begin = report.find("  reused: ");
  auto out = report.substr(begin, report.find("\nraw data:", begin) - begin);
  for (auto at = out.find("\n"); at != std::string::npos; at = out.find("\n")) {
    out.replace(at, out.find_first_not_of(' ', at + 1) - at, " ");
  }
  return out;
}

TEST(text_report, says_how_far_a_sum_of_reused_counts_can_be_off) {
  auto a = with_reuse(38, 30);
  a.tree.reuse->bound = 0.002;
  EXPECT_THAT(reuse_text(a),
              HasSubstr("30 of 38 audited steps agree to the last count, the largest difference is 1.0 %; "
                        "the sum is right to \u00b10.2 % (95 %)"));
}

TEST(text_report, claims_no_bound_where_no_two_measurements_differed) {
  auto a = with_reuse(38, 38);
  a.tree.reuse->steps_share = 3.0 / 38;
  EXPECT_THAT(reuse_text(a),
              HasSubstr("38 of 38 audited steps agree to the last count, the largest difference is 0 %; at "
                        "most 7.9 % of the steps differ (95 %)"));
  EXPECT_THAT(reuse_text(a), Not(HasSubstr("\u00b1")));
  a = with_reuse(0, 0);
  EXPECT_THAT(reuse_text(a),
              testing::EndsWith("no whole step was audited; how far the sum can be off is not known"));
  a.tree.reuse->key_share = 0.1;
  EXPECT_THAT(reuse_text(a),
              HasSubstr("is not known; of each kind that does not vary, launches picked at random were "
                        "equal: at most 10 % differ (95 %)"));
}

TEST(json_report, says_which_share_can_be_rechecked) {
  EXPECT_THAT(json_report(with_raw_data(true)), HasSubstr(R"("raw_data": {
      "measured_launches": 4000,
      "recheckable_launches": 1000,
      "chunks": 1,
      "kept_chunks": 1
    })"));
  EXPECT_THAT(json_report(with_raw_data(false)), HasSubstr("\"recheckable_launches\": 0"));
  EXPECT_THAT(json_report(test::measured_transformer()), HasSubstr("\"raw_data\": null"));
}

TEST(text_report, shows_what_was_not_collected_as_such_and_never_as_zero) {
  auto const report = text(test::attention_without_rule());
  EXPECT_THAT(report, HasSubstr("measured: not collected: this machine has no NVIDIA driver\n"));
  EXPECT_THAT(line_of(report, "├─ qkv"), HasSubstr("–"));
  EXPECT_THAT(report, HasSubstr("\nmeasured  not collected\n"));
}

TEST(text_report, shows_macs_and_flops_side_by_side) {
  auto const report = text(test::attention_without_rule());
  EXPECT_THAT(line_of(report, "└─ attn "), HasSubstr("1.510   3.020  2.139   4.278"));
}

TEST(text_report, shows_one_unit_when_asked) {
  auto const a = test::attention_without_rule();
  auto const macs = text(a, {.units = unit_choice::macs});
  EXPECT_THAT(line_of(macs, "└─ attn "), HasSubstr("1.510     2.139"));
  EXPECT_THAT(line_of(macs, "└─ attn "), Not(HasSubstr("4.278")));
  auto const flops = text(a, {.units = unit_choice::flops});
  EXPECT_THAT(line_of(flops, "└─ attn "), HasSubstr("3.020     4.278"));
  EXPECT_THAT(line_of(flops, "└─ attn "), Not(HasSubstr("1.510")));
}

TEST(text_report, shows_hidden_formula_numbers_in_parentheses) {
  auto const report = text(test::measured_transformer(), {.fold = false});
  EXPECT_THAT(line_of(report, "├─ qkv"), HasSubstr("(0.349)"));
  EXPECT_THAT(report, HasSubstr("not in the formula total"));
  EXPECT_THAT(text(test::attention_without_rule()), Not(HasSubstr("( )")));
}

TEST(text_report, tells_modules_that_were_not_called_from_those_not_seen) {
  auto const report = text(test::lossy_with_strange_names());
  EXPECT_THAT(line_of(report, "never"), HasSubstr("not called"));
  EXPECT_THAT(line_of(report, " unseen"), HasSubstr("not seen"));
  auto const grouping = line_of(text(test::measured_transformer()), "blocks");
  EXPECT_THAT(grouping, Not(HasSubstr("not called")));
}

TEST(text_report, tells_modules_that_a_fused_path_left_out) {
  auto const report = text(test::fused_encoder_layer(), {.fold = false});
  for (auto const* name : {"self_attn", "out_proj", "linear1", "norm1"}) {
    EXPECT_THAT(line_of(report, name), HasSubstr("not called (fused)")) << name;
  }
  EXPECT_THAT(line_of(report, "unused"), AllOf(HasSubstr("not called"), Not(HasSubstr("fused"))));
  EXPECT_THAT(report, HasSubstr("(fused): a module above did its work in its own operators"));
  EXPECT_THAT(text(test::lossy_with_strange_names()), Not(HasSubstr("fused)")));
}

TEST(text_report, has_no_number_where_a_modules_work_stands_in_another_row) {
  auto const line =
      line_of(text(test::fused_encoder_layer(), {.units = unit_choice::macs, .fold = false}), "linear1");
  auto const formula = line.find("0.537");
  ASSERT_NE(formula, std::string::npos) << line;
  auto const behind = line.substr(formula + 5);
  EXPECT_EQ(behind.substr(0, behind.find('n')), std::string(behind.find('n'), ' ')) << line;
  EXPECT_THAT(behind, HasSubstr("not called (fused)"));
}

TEST(text_report, shows_what_ran_in_a_module_that_a_fused_path_left_out) {
  test::analysis_builder b;
  b.row(0, "", {"Layer", 1, 0, {30, 30, 0}});
  b.a.tree.rows[b.row(0, "part", {"Part", 0, 0, {7, 7, 0}})].fused_into = 0;
  b.a.tree.rows[b.row(0, "other", {"Part", 0})].fused_into = 0;
  auto const report = text(b.finish(), {.units = unit_choice::macs});
  EXPECT_THAT(line_of(report, "part"), AllOf(HasSubstr(" 7 "), HasSubstr("18.9%")));
  EXPECT_THAT(line_of(report, "other"), Not(HasSubstr("%")));
}

TEST(text_report, points_at_a_fused_module_only_where_it_makes_a_difference) {
  auto const report = text(test::fused_encoder_layer(), {.colour = true});
  constexpr auto* notice = "\x1b[33mnot called (fused)";
  EXPECT_THAT(line_of(report, "linear1"), HasSubstr(notice));
  EXPECT_THAT(line_of(report, "norm1"), Not(HasSubstr(notice)));
}

TEST(text_report, shows_the_measured_ratio) {
  EXPECT_THAT(line_of(text(test::measured_transformer()), "└─ proj"), HasSubstr("1.083"));
}

TEST(text_report, says_the_measured_parts_by_number_format) {
  auto a = test::measured_transformer();
  EXPECT_THAT(text(a), HasSubstr("\nmeasured by precision: fp32 30 multiply-add FLOPs and "));
  EXPECT_THAT(text(a), HasSubstr(" other FLOPs; tf32 "));
  a.tree.measured_total.by_precision[precision::fp64].outside_flops = 3;
  EXPECT_THAT(text(a), Not(HasSubstr("fp64 0")));
  a.tree.measured_total.launches_in_ranges = a.tree.measured_total.range_launches = 1;
  EXPECT_THAT(text(a), HasSubstr("\nmeasured by precision: fp64 3 FLOPs; fp32 1"));
  EXPECT_THAT(text(a), Not(HasSubstr("multiply-add FLOPs and")));
  a.tree.measured_total.unmeasured_launches = 1;
  a.tree.measured_total.range_flops.reset();
  EXPECT_THAT(text(a), Not(HasSubstr("measured by precision")));
}

TEST(text_report, prints_the_baselines_total_as_the_baseline_does) {
  EXPECT_THAT(text(test::attention_rule_on_root()), HasSubstr("thop total 3.649G,"));
}

TEST(text_report, proves_that_amounts_add_up) {
  auto const report = text(test::attention_rule_on_root());
  EXPECT_THAT(
      report,
      HasSubstr("+1,509,949,440 MACs  their sum = formula 3,649,044,480 - operator 2,139,095,040 MACs"));
  EXPECT_THAT(text(test::measured_transformer()), HasSubstr("FLOPs  their sum = measured "));
}

TEST(text_report, says_so_when_amounts_do_not_add_up) {
  auto a = test::attention_rule_on_root();
  a.differences.rows[0].verdicts[0].amount -= 1;
  EXPECT_THAT(text(a), HasSubstr("their sum is NOT the difference"));
}

TEST(text_report, counts_the_surplus_within_tolerance_into_the_sum) {
  test::analysis_builder b;
  measured_work m{1, 0, 2010, 0, 0};
  b.row(0, "", {"Linear", 1, 10, {1000, 1000, 0}, 1000, false, m});
  verdict agrees;
  agrees.between = columns::measured_operator;
  agrees.amount = 10;
  agrees.cause = "Within tolerance.";
  b.explain(agrees);
  auto const report = text(b.finish(true));
  EXPECT_THAT(report, HasSubstr("+10 FLOPs  their sum = measured 2,010 - operator 2,000 FLOPs"));
  EXPECT_THAT(report, HasSubstr("The columns agree: formula and operator are both 1,000 MACs"));
}

TEST(text_report, gathers_equal_verdicts_of_equal_modules) {
  auto const report = text(test::measured_transformer());
  EXPECT_THAT(report, HasSubstr("in 5 modules of type FusedAttention"));
  EXPECT_THAT(report, HasSubstr("blocks.0.attn +35,328"));
  EXPECT_THAT(report, HasSubstr("and 1 more"));
}

TEST(text_report, gives_no_size_where_none_is_known) {
  EXPECT_THAT(text(test::lossy_with_strange_names()), HasSubstr("size unknown"));
}

TEST(text_report, lists_operators_that_no_rule_counts) {
  auto const report = text(test::lossy_with_strange_names());
  EXPECT_THAT(report, HasSubstr("::fused_norm: 24 calls in "));
  EXPECT_THAT(report, HasSubstr("24 × [2,640,768]"));
  EXPECT_THAT(report, HasSubstr("ext::block: 2 calls in "));
}

TEST(text_report, marks_totals_that_are_not_exact) {
  auto const report = text(test::lossy_with_strange_names());
  EXPECT_THAT(report, HasSubstr("! NOT EXACT"));
  EXPECT_THAT(line_of(report, "(root)"), HasSubstr("4.124!"));
  EXPECT_THAT(report, HasSubstr("4,123,533!"));
  EXPECT_THAT(report, HasSubstr("error    1 × capture_incomplete"));
  EXPECT_THAT(text(test::attention_without_rule()), Not(HasSubstr("!")));
}

TEST(text_report, puts_errors_before_warnings_and_notes) {
  auto const report = text(test::lossy_with_strange_names());
  EXPECT_LT(report.find("  error  "), report.find("  warning"));
  EXPECT_LT(report.find("  warning"), report.find("  note  "));
}

TEST(text_report, shows_what_ran_outside_every_module) {
  EXPECT_THAT(line_of(text(test::lossy_with_strange_names()), "(outside modules)"), HasSubstr("<0.001"));
}

TEST(text_report, folds_deeper_rows_into_their_ancestor) {
  auto const report = text(test::measured_transformer(), {.depth = 3, .fold = false});
  EXPECT_THAT(line_of(report, "├─ 0 "), HasSubstr("0 (+4)"));
  EXPECT_EQ(line_of(report, "─ qkv"), "");
}

TEST(text_report, leaves_parts_out_when_asked) {
  auto const a = test::attention_without_rule();
  EXPECT_THAT(text(a, {.explain = false}), Not(HasSubstr("Why the columns differ")));
  EXPECT_THAT(text(a, {.header = false}), Not(HasSubstr("recorded:")));
}

TEST(text_report, has_escape_sequences_only_with_colour_and_only_its_own) {
  for (auto const& [name, a] : test::all_analyses()) {
    EXPECT_EQ(text(a).find('\x1b'), std::string::npos) << name;
    auto const coloured = text(a, {.colour = true});
    EXPECT_NE(coloured.find('\x1b'), std::string::npos) << name;
    EXPECT_EQ(coloured.find("\x1b[31m\n"), std::string::npos) << name;
    EXPECT_EQ(coloured.find("\x1b]"), std::string::npos) << name;
    EXPECT_EQ(coloured.find("\x1b[2J"), std::string::npos) << name;
  }
}

TEST(text_report, ends_with_one_newline) {
  for (auto const& [name, a] : test::all_analyses()) {
    auto const report = text(a);
    ASSERT_GE(report.size(), 2U) << name;
    EXPECT_EQ(report.back(), '\n') << name;
    EXPECT_NE(report[report.size() - 2], '\n') << name;
  }
}

TEST(report_exit_code, is_five_with_a_data_loss_of_severity_error) {
  auto a = test::attention_without_rule();
  EXPECT_EQ(report_exit_code(a), 0);
  a.capture.losses = {{"x", severity::warning, 1, "x"}};
  EXPECT_EQ(report_exit_code(a), 0);
  a.capture.losses.push_back({"y", severity::error, 1, "y"});
  EXPECT_EQ(report_exit_code(a), 5);
}

TEST(report_exit_code, is_five_for_a_capture_without_its_end) {
  auto a = test::attention_without_rule();
  a.capture.complete = false;
  EXPECT_EQ(report_exit_code(a), 5);
}

}  // namespace
}  // namespace flopwatch
