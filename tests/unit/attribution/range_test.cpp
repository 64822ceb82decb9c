// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Launches that were counted together, by scope.
#include <gtest/gtest.h>

#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

struct a_scope_in_a_scope : ::testing::Test {
  a_scope_in_a_scope() {
    outer = c.scope(0, "outer", 0);
    inner = c.scope(outer, "outer.inner", 0);
    mm = c.product(inner, "aten::mm", 50);
    kernel = c.kernel("some_kernel");
  }
  void in_range(std::int64_t scope, std::int64_t operator_call, std::int64_t launches) {
    auto& g = c.launch(scope, operator_call, kernel, {});
    g.plan = 0;
    g.launches = launches;
    g.in_scope_range = true;
  }
  void range(std::int64_t scope, std::int64_t launches, std::optional<std::int64_t> ffma) {
    c.scope_range(scope, launches, {{ffma_metric, ffma}});
  }
  capture_builder c;
  std::int64_t outer = 0, inner = 0, mm = 0, kernel = 0;
};

TEST_F(a_scope_in_a_scope, the_range_of_the_outer_one_holds_the_inner_one) {
  in_range(inner, mm, 3);
  range(outer, 3, 50);
  auto const tree = attribute(c.data);
  EXPECT_TRUE(tree.measured_collected);
  EXPECT_TRUE(tree.measured_by_scope);
  auto const& all = tree.rows[row_at(tree, "outer")].measured;
  EXPECT_EQ(all.launches, 3);
  EXPECT_EQ(all.unmeasured_launches, 0);
  EXPECT_EQ(all.total_flops(), 100);
  EXPECT_EQ(all.shown_multiply_add_flops(), std::nullopt);
  EXPECT_EQ(all.shown_other_flops(), std::nullopt);
  EXPECT_EQ(all.shown_outside_flops(), std::nullopt);
  EXPECT_EQ(tree.rows[row_at(tree, "outer.inner")].measured.total_flops(), std::nullopt);
}

TEST_F(a_scope_in_a_scope, ranges_of_both_add_up) {
  in_range(inner, mm, 3);
  in_range(outer, 0, 1);
  range(inner, 3, 50);
  range(outer, 1, 7);
  auto const tree = attribute(c.data);
  EXPECT_EQ(tree.rows[row_at(tree, "outer.inner")].measured.total_flops(), 100);
  EXPECT_EQ(tree.measured_total.total_flops(), 114);
  std::map<precision, measured_parts> const parts{{precision::fp32, {0, 0, 0, 114}}};
  EXPECT_EQ(tree.measured_total.by_precision, parts);
  EXPECT_EQ(tree.measured_total.launches, 4);
}

TEST_F(a_scope_in_a_scope, a_range_without_values_leaves_no_sum) {
  in_range(inner, mm, 3);
  in_range(outer, 0, 1);
  range(inner, 3, std::nullopt);
  range(outer, 1, 7);
  auto const tree = attribute(c.data);
  EXPECT_EQ(tree.measured_total.total_flops(), std::nullopt);
  EXPECT_EQ(tree.measured_total.unmeasured_launches, 3);
}

TEST_F(a_scope_in_a_scope, without_any_range_nothing_was_collected) {
  in_range(inner, mm, 3);
  EXPECT_FALSE(attribute(c.data).measured_collected);
}

}  // namespace
}  // namespace flopwatch::test
