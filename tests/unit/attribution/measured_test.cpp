// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

struct two_scopes : ::testing::Test {
  two_scopes() {
    a = c.scope(0, "a", 0);
    b = c.scope(0, "b", 0);
    mm = c.product(a, "aten::mm", 50);
    add = c.elementwise(a, "aten::add", 10);
    kernel = c.kernel("some_kernel");
  }
  capture_builder c;
  std::int64_t a = 0, b = 0, mm = 0, add = 0, kernel = 0;
};

TEST_F(two_scopes, launches_are_summed_by_the_class_of_their_operator) {
  c.launch(a, mm, kernel, {{ffma_metric, 50}});
  c.launch(a, add, kernel, {{fadd_metric, 10}});
  c.launch(b, 0, kernel, {{fadd_metric, 3}});
  auto const tree = attribute(c.data);
  EXPECT_TRUE(tree.measured_collected);
  auto const& all = tree.measured_total;
  EXPECT_EQ(all.launches, 3);
  EXPECT_EQ(all.multiply_add_flops, 100);
  EXPECT_EQ(all.other_flops, 10);
  EXPECT_EQ(all.outside_flops, 3);
  EXPECT_EQ(all.total_flops(), 113);
  EXPECT_EQ(tree.rows[row_at(tree, "b")].measured.total_flops(), 3);
}

TEST_F(two_scopes, parts_go_by_number_format_and_class) {
  c.launch(a, mm, kernel, {{ffma_metric, 50}, {tensor_metric, 400}});
  c.launch(a, mm, kernel, {{ffma_metric, 1}});
  c.launch(a, add, kernel, {{fadd_metric, 10}, {hadd_metric, 6}});
  c.launch(b, 0, kernel, {{fadd_metric, 3}});
  auto const tree = attribute(c.data);
  std::map<precision, measured_parts> const in_a{{precision::fp32, {102, 10, 0, 0}},
                                                 {precision::fp16, {400, 6, 0, 0}}};
  EXPECT_EQ(tree.rows[row_at(tree, "a")].measured.by_precision, in_a);
  EXPECT_EQ(tree.rows[row_at(tree, "a")].measured_self.by_precision, in_a);
  std::map<precision, measured_parts> const all{{precision::fp32, {102, 10, 3, 0}},
                                                {precision::fp16, {400, 6, 0, 0}}};
  EXPECT_EQ(tree.measured_total.by_precision, all);
  EXPECT_EQ(tree.measured_total.by_precision.at(precision::fp32).total_flops(), 115);
}

TEST_F(two_scopes, an_unmeasured_launch_leaves_no_sum_but_only_where_it_is) {
  c.launch(a, mm, kernel, {{ffma_metric, std::nullopt}});
  c.launch(b, 0, kernel, {{fadd_metric, 3}});
  auto const tree = attribute(c.data);
  auto const& at_a = tree.rows[row_at(tree, "a")].measured;
  EXPECT_EQ(at_a.unmeasured_launches, 1);
  EXPECT_EQ(at_a.multiply_add_flops, std::nullopt);
  EXPECT_EQ(at_a.total_flops(), std::nullopt);
  EXPECT_EQ(tree.rows[row_at(tree, "b")].measured.total_flops(), 3);
  EXPECT_EQ(tree.measured_total.total_flops(), std::nullopt);
  EXPECT_EQ(tree.measured_total.outside_flops, 3);
}

TEST_F(two_scopes, launches_of_no_plan_are_not_measured) {
  c.launch(a, mm, kernel, {{ffma_metric, 50}}).plan = 0;
  auto const tree = attribute(c.data);
  EXPECT_FALSE(tree.measured_collected);
  EXPECT_EQ(tree.measured_total.unmeasured_launches, 1);
}

TEST_F(two_scopes, a_launch_goes_with_its_operator_call) {
  c.launch(0, mm, kernel, {{ffma_metric, 50}});
  auto const tree = attribute(c.data);
  EXPECT_EQ(tree.rows[row_at(tree, "a")].measured.multiply_add_flops, 100);
  EXPECT_FALSE(tree.rows.back().outside);
}

}  // namespace
}  // namespace flopwatch::test
