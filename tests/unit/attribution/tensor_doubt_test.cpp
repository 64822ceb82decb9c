// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Work of the tensor cores that the counters of a launch may lack.

#include <string>

#include <gtest/gtest.h>

#include "flopwatch/attribution.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

constexpr auto starts_metric = "smsp__sass_inst_executed_op_shared_gmma.sum";

class tensor_doubts_of : public ::testing::Test {
 protected:
  void launch(std::int64_t call, std::string const& kernel, metric_sums sums) {
    c.launch(call == 0 ? part : 0, call, c.kernel(kernel), std::move(sums)).launches = 3;
  }
  [[nodiscard]] measured_work all() const { return attribute(c.data).measured_total; }

  capture_builder c;
  std::int64_t part = c.scope(0, "part", 0, 1);
};

TEST_F(tensor_doubts_of, a_launch_with_such_counters_is_none) {
  launch(0, "custom", {{ffma_metric, 4}, {tensor_metric, 0}});
  EXPECT_EQ(all().outside_without_tensor_metrics, 0);
  EXPECT_EQ(all().launches_without_tensor_metrics, 0);
}

TEST_F(tensor_doubts_of, a_kernel_outside_the_dispatcher_is_a_lower_bound) {
  launch(0, "custom", {{ffma_metric, 4}});
  EXPECT_EQ(all().outside_without_tensor_metrics, 3);
  EXPECT_EQ(all().shown_total_flops(), 8);
}

TEST_F(tensor_doubts_of, instructions_that_start_such_work_take_the_number_away) {
  launch(0, "custom", {{ffma_metric, 4}, {starts_metric, 1}});
  EXPECT_EQ(all().launches_without_tensor_metrics, 3);
  EXPECT_EQ(all().outside_without_tensor_metrics, 0);
  EXPECT_FALSE(all().shown_total_flops());
}

TEST_F(tensor_doubts_of, no_such_instruction_proves_nothing) {
  launch(0, "custom", {{ffma_metric, 4}, {starts_metric, 0}});
  EXPECT_EQ(all().outside_without_tensor_metrics, 3);
}

TEST_F(tensor_doubts_of, an_operator_without_products_is_none) {
  auto const add = c.elementwise(part, "aten::add", 8);
  launch(add, "add_kernel", {{fadd_metric, 8}});
  EXPECT_EQ(all().outside_without_tensor_metrics, 0);
  EXPECT_EQ(all().launches_without_tensor_metrics, 0);
  launch(add, "add_kernel", {{fadd_metric, 8}, {starts_metric, 2}});
  EXPECT_EQ(all().launches_without_tensor_metrics, 3);
}

TEST_F(tensor_doubts_of, a_chip_without_tensor_cores_is_none) {
  launch(0, "custom", {{ffma_metric, 4}});
  for (auto const* chip : {"TU116", "TU117", "GP100"}) {
    c.data.info[info_key::chip] = chip;
    EXPECT_EQ(all().outside_without_tensor_metrics, 0) << chip;
  }
  for (auto const* chip : {"TU102", "GH100", "GV100", ""}) {
    c.data.info[info_key::chip] = chip;
    EXPECT_EQ(all().outside_without_tensor_metrics, 3) << chip;
  }
}

TEST_F(tensor_doubts_of, launches_in_ranges_need_such_counters_in_every_plan) {
  launch(0, "custom", {});
  c.data.launch_groups.back().plan = 0;
  c.data.launch_groups.back().in_scope_range = true;
  c.scope_range(part, 3, {{ffma_metric, 4}, {tensor_metric, 0}});
  EXPECT_EQ(all().outside_without_tensor_metrics, 0);
  c.scope_range(part, 3, {{ffma_metric, 4}});
  c.data.scope_range_groups.back().plan = 2;
  EXPECT_EQ(all().outside_without_tensor_metrics, 3);
}

TEST_F(tensor_doubts_of, a_launch_without_values_is_not_measured_at_all) {
  launch(0, "custom", {});
  c.data.launch_groups.back().plan = 0;
  EXPECT_EQ(all().unmeasured_launches, 3);
  EXPECT_EQ(all().outside_without_tensor_metrics, 0);
}

}  // namespace
}  // namespace flopwatch::test
