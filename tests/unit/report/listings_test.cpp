// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Which rows a choice shows, and flat tables.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/error.hpp"
#include "report/chosen_rows.hpp"
#include "report/figures.hpp"
#include "report/flat_rows.hpp"
#include "unit/synthetic/attention_capture.hpp"
#include "unit/synthetic/capture_builder.hpp"
#include "unit/synthetic/training_step.hpp"
#include "unit/synthetic/unobserved_program.hpp"

namespace flopwatch::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names(analysis const& a, row_choice const& choice) {
  std::vector<std::string> out;
  for (auto const r : choose_rows(a, choice).order) out.push_back(row_name(a.tree.rows[r]));
  return out;
}

/// Root { attn { qkv, attn_drop, proj, proj_drop } }, with products in attn, qkv and proj.
analysis attention() { return analyse(test::attention_capture()); }

TEST(row_choice, keeps_everything_by_default) {
  auto const a = attention();
  EXPECT_EQ(choose_rows(a, {}).order.size(), a.tree.rows.size());
  EXPECT_EQ(choose_rows(a, {}).said, "");
}

TEST(row_choice, filters_paths_and_keeps_the_rows_above) {
  auto const a = attention();
  EXPECT_THAT(names(a, {.filter = "qkv$"}), ElementsAre("(root)", "attn", "attn.qkv"));
  EXPECT_EQ(choose_rows(a, {.filter = "qkv$"}).said.rfind("3 of ", 0), 0U);
  EXPECT_THAT(choose_rows(a, {.filter = "qkv$"}).said, HasSubstr("those that 'qkv$' finds"));
  EXPECT_THAT(names(a, {.filter = "nothing"}), ElementsAre("(root)"));
}

TEST(row_choice, keeps_the_largest_by_their_own_work) {
  auto const a = attention();
  EXPECT_THAT(names(a, {.top = 1}), ElementsAre("(root)", "attn", "attn.qkv"));
  EXPECT_THAT(choose_rows(a, {.top = 1}).said, HasSubstr("the 1 with the most operator MACs of their own"));
}

TEST(row_choice, keeps_rows_with_a_part_of_the_whole) {
  auto const a = attention();
  // proj has 17.7 % of the MACs, qkv 52.9 %, and the products in attn itself are in its share.
  EXPECT_THAT(names(a, {.least_share = 0.5}), ElementsAre("(root)", "attn", "attn.qkv"));
  EXPECT_THAT(names(a, {.least_share = 0.17}), ElementsAre("(root)", "attn", "attn.qkv", "attn.proj"));
  EXPECT_THAT(choose_rows(a, {.least_share = 0.5}).said,
              HasSubstr("those with 50 % or more of the operator MACs"));
}

TEST(row_choice, sorts_the_rows_below_one_row) {
  auto const a = attention();
  auto const by_work = names(a, {.order = row_order::operators});
  auto const by_name = names(a, {.order = row_order::name, .filter = "attn[.](qkv|proj)$"});
  EXPECT_EQ(by_work.at(2), "attn.qkv");
  EXPECT_EQ(by_work.at(3), "attn.proj");
  EXPECT_THAT(by_name, ElementsAre("(root)", "attn", "attn.proj", "attn.qkv"));
}

TEST(row_choice, takes_the_measured_column_where_there_are_no_operators) {
  auto const a = analyse(test::unobserved_program());
  EXPECT_THAT(names(a, {.order = row_order::measured, .top = 2}),
              ElementsAre("(everything)", "time step", "conjugate gradient", "conjugate gradient", "spmv"));
}

TEST(row_choice, refuses_what_is_no_regular_expression) {
  EXPECT_THROW((void)choose_rows(attention(), {.filter = "("}), usage_error);
}

TEST(row_choice, survives_long_names) {
  name_filter const filter("(a|b)*c");
  EXPECT_FALSE(filter.finds(std::string(1'000'000, 'a')));
}

TEST(flat_rows, have_every_kernel_once_and_add_up) {
  auto const a = analyse(test::unobserved_measured_program());
  auto const all = flat_rows_of(a, flat_by::kernel, {});
  std::int64_t flops = 0, launches = 0;
  double share = 0;
  for (auto const& r : all.rows) {
    flops += r.total_flops.value();
    launches += r.count;
    share += flat_share(a, flat_by::kernel, r).value();
    EXPECT_FALSE(r.multiply_add_flops);
  }
  EXPECT_EQ(flops, a.tree.measured_total.total_flops());
  EXPECT_EQ(launches, a.tree.measured_total.launches);
  EXPECT_DOUBLE_EQ(share, 1);
  EXPECT_THAT(all.rows.front().name, HasSubstr("s16816gemm"));
}

TEST(flat_rows, name_launches_that_were_not_measured) {
  auto const all = flat_rows_of(analyse(test::unobserved_program()), flat_by::kernel, {.filter = "nccl"});
  ASSERT_EQ(all.rows.size(), 1U);
  EXPECT_EQ(all.rows[0].unmeasured_launches, 16'000);
  EXPECT_FALSE(all.rows[0].total_flops);
  EXPECT_THAT(all.said, HasSubstr("1 of 6 kernels are shown"));
}

TEST(flat_rows, have_operators_of_all_scopes_together) {
  auto const a = analyse(test::training_step());
  auto const all = flat_rows_of(a, flat_by::operator_name, {});
  ASSERT_EQ(all.rows.size(), 2U);
  EXPECT_EQ(all.rows[0].name, "aten::mm");
  EXPECT_EQ(all.rows[0].operators.macs, a.tree.operator_total.macs);
  EXPECT_EQ(all.rows[0].count, 6);
  EXPECT_EQ(all.rows[0].scopes.size(), 3U);
  EXPECT_FALSE(all.rows[0].total_flops);
  EXPECT_EQ(flat_rows_of(a, flat_by::operator_name, {.order = row_order::name}).rows[0].name, "aten::mm");
  EXPECT_EQ(flat_rows_of(a, flat_by::operator_name, {.order = row_order::other, .top = 1}).rows.size(), 1U);
}

TEST(flat_rows, count_launches_for_their_operators) {
  test::capture_builder c;
  auto const scope = c.scope(0, "a", 0);
  auto const product = c.product(scope, "aten::mm", 50);
  auto const sum = c.elementwise(scope, "aten::sum", 7);
  auto const kernel = c.kernel("k");
  c.launch(scope, product, kernel, {{test::ffma_metric, 50}, {test::fadd_metric, 0}});
  c.launch(scope, sum, kernel, {{test::ffma_metric, 0}, {test::fadd_metric, 7}});
  c.launch(scope, 0, kernel, {{test::ffma_metric, 1}, {test::fadd_metric, 0}});
  auto const a = analyse(c.data);
  auto const operators = flat_rows_of(a, flat_by::operator_name, {.order = row_order::name}).rows;
  ASSERT_EQ(operators.size(), 3U);
  EXPECT_EQ(operators[0].name, "(outside every operator)");
  EXPECT_EQ(operators[0].total_flops, 2);
  EXPECT_EQ(operators[1].multiply_add_flops, 100);
  EXPECT_EQ(operators[2].multiply_add_flops, 0);
  EXPECT_EQ(operators[2].total_flops, 7);
  auto const kernels = flat_rows_of(a, flat_by::kernel, {}).rows;
  ASSERT_EQ(kernels.size(), 1U);
  EXPECT_EQ(kernels[0].multiply_add_flops, 100);
  EXPECT_EQ(kernels[0].total_flops, 109);
  auto const formats = flat_rows_of(a, flat_by::precision, {}).rows;
  ASSERT_EQ(formats.size(), 1U);
  EXPECT_EQ(formats[0].name, "fp32");
  EXPECT_EQ(formats[0].operators.macs, 50);
  EXPECT_EQ(formats[0].total_flops, 109);
}

TEST(flat_rows, refuse_an_order_that_they_lack) {
  auto const a = attention();
  EXPECT_THROW((void)flat_rows_of(a, flat_by::kernel, {.order = row_order::operators}), usage_error);
  EXPECT_THROW((void)flat_rows_of(a, flat_by::operator_name, {.order = row_order::formula}), usage_error);
}

TEST(flat_rows, say_why_there_are_none) {
  EXPECT_THAT(flat_report(analyse(test::unobserved_program()), flat_by::operator_name),
              HasSubstr("The operator column was not collected: no framework was observed."));
  EXPECT_THAT(flat_report(attention(), flat_by::kernel), HasSubstr("No kernel is in this capture."));
}

}  // namespace
}  // namespace flopwatch::report
