// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <gtest/gtest.h>

#include "flopwatch/error.hpp"
#include "flopwatch/metrics.hpp"

namespace flopwatch::test {
namespace {

std::string sm(std::string const& operation) {
  return "sm__sass_thread_inst_executed_op_" + operation + "_pred_on.sum";
}
std::string smsp(std::string const& operation) { return "smsp__" + sm(operation).substr(4); }
std::string tensor_op(std::string const& operation, std::string const& formats) {
  return "sm__ops_path_tensor_op_" + operation + "_src_" + formats + ".sum";
}
std::string tensor(std::string const& formats) { return "sm__ops_path_tensor_src_" + formats + ".sum"; }

struct expected_weight {
  char const* operation;
  std::int64_t floor, ceiling;
  precision format;
  bool proved;
};

class weight : public ::testing::TestWithParam<expected_weight> {};

TEST_P(weight, is_the_same_for_both_units) {
  auto const& e = GetParam();
  for (auto const& name : {sm(e.operation), smsp(e.operation)}) {
    auto const w = weight_of(name);
    ASSERT_TRUE(w) << name;
    EXPECT_EQ(w->floor, e.floor);
    EXPECT_EQ(w->ceiling, e.ceiling);
    EXPECT_EQ(w->precision, e.format);
    EXPECT_EQ(w->proved, e.proved);
    EXPECT_FALSE(w->tensor_core);
    EXPECT_TRUE(w->reason.ends_with('.'));
  }
}

INSTANTIATE_TEST_SUITE_P(cuda_cores, weight,
                         ::testing::Values(expected_weight{"fadd", 1, 1, precision::fp32, true},
                                           expected_weight{"fmul", 1, 1, precision::fp32, true},
                                           expected_weight{"ffma", 2, 2, precision::fp32, true},
                                           expected_weight{"dadd", 1, 1, precision::fp64, true},
                                           expected_weight{"dmul", 1, 1, precision::fp64, true},
                                           expected_weight{"dfma", 2, 2, precision::fp64, true},
                                           expected_weight{"hadd", 1, 2, precision::fp16, false},
                                           expected_weight{"hmul", 1, 2, precision::fp16, false},
                                           expected_weight{"hfma", 2, 4, precision::fp16, false},
                                           expected_weight{"fadd2", 2, 2, precision::fp32, false},
                                           expected_weight{"fmul2", 1, 2, precision::fp32, false},
                                           expected_weight{"ffma2", 4, 8, precision::fp32, false}),
                         [](auto const& i) { return std::string(i.param.operation); });

TEST(weights, the_table_has_them_all) { EXPECT_EQ(instruction_weights().size(), 12U); }

TEST(weights, tensor_counters_weigh_one) {
  for (auto const& [formats, format] : {std::pair{"fp16_dst_fp32", precision::fp16},
                                        {"fp16", precision::fp16},
                                        {"bf16_dst_fp32", precision::bf16},
                                        {"tf32_dst_fp32", precision::tf32},
                                        {"fp64", precision::fp64},
                                        {"fp8", precision::fp8},
                                        {"fp4_dst_fp32", precision::fp4},
                                        {"int8", precision::int8},
                                        {"fp16_bf16_tf32_dst_fp32", precision::unknown},
                                        {"fp16_sparsity_off", precision::fp16},
                                        {"int8_sparsity_on", precision::int8},
                                        {"fp4_fp6_fp8_dst_fp16", precision::unknown}}) {
    auto const w = weight_of(tensor(formats));
    ASSERT_TRUE(w) << formats;
    EXPECT_EQ(w->floor, 1);
    EXPECT_EQ(w->ceiling, 1);
    EXPECT_TRUE(w->tensor_core);
    EXPECT_EQ(w->precision, format) << formats;
  }
}

TEST(weights, everything_else_weighs_nothing) {
  for (auto const& name : {tensor("fp16_sparsity_"),
                           tensor("fp16_sparsity_on_sparsity_off_"),
                           tensor("fp16_sparsity_off_realtime"),
                           tensor("fp16_realtime"),
                           tensor("fp16_dst_fp32") + ".per_cycle_elapsed",
                           tensor("int4"),
                           tensor("fp16_dst_"),
                           tensor(""),
                           tensor_op("", "fp16"),
                           tensor_op("hmma_x2", "fp16"),
                           sm("ffma") + ".per_cycle_elapsed",
                           sm("integer"),
                           sm("ffma").substr(1),
                           std::string("sm__sass_thread_inst_executed_op_ffma_pred_on.avg"),
                           std::string("sm__sass_inst_executed_op_shared_gmma.sum"),
                           std::string("derived__smsp__sass_thread_inst_executed_op_ffma_pred_on_x2"),
                           std::string("sm__inst_executed_pipe_tensor.sum"),
                           std::string("gpu__time_duration.sum"),
                           std::string("smsp__ops_path_tensor_src_fp16.sum"),
                           std::string()}) {
    EXPECT_FALSE(weight_of(name)) << name;
  }
}

TEST(is_half_fused, knows_both_forms_of_the_counter) {
  EXPECT_TRUE(is_half_fused(sm("hfma")));
  EXPECT_TRUE(is_half_fused(smsp("hfma")));
  for (auto const& name : {sm("ffma"), sm("hadd"), sm("hfma") + ".per_cycle_elapsed", std::string("hfma"),
                           tensor("fp16"), std::string()}) {
    EXPECT_FALSE(is_half_fused(name)) << name;
  }
}

TEST(flops_of, adds_weighted_sums_and_keeps_precisions) {
  auto const r = flops_of({{sm("fadd"), 3},
                           {sm("ffma"), 10},
                           {sm("hfma"), 5},
                           {sm("dmul"), 0},
                           {tensor("tf32_dst_fp32"), 100},
                           {"gpu__time_duration.sum", 999}});
  ASSERT_TRUE(r);
  EXPECT_EQ(r->flops, 3 + 20 + 10 + 100);
  EXPECT_EQ(r->ceiling, 3 + 20 + 20 + 100);
  EXPECT_EQ(r->by_precision, (std::map<precision, std::int64_t>{
                                 {precision::fp32, 23}, {precision::fp16, 10}, {precision::tf32, 100}}));
}

TEST(flops_of, an_a100_recording_of_alexnet) {
  // Totals of the counters that facebookresearch/HolisticTraceAnalysis has in its cupti_profiler test data.
  auto const r = flops_of({{smsp("fadd"), 964651656},
                           {smsp("fmul"), 430063616},
                           {smsp("ffma"), 39142369720},
                           {smsp("hfma"), 275791872},
                           {smsp("dfma"), 0}});
  ASSERT_TRUE(r);
  EXPECT_EQ(r->by_precision.at(precision::fp32), 79679454712);
}

TEST(flops_of, takes_one_of_two_forms_of_a_counter) {
  EXPECT_EQ(flops_of({{sm("fadd"), 7}, {smsp("fadd"), 7}})->flops, 7);
  EXPECT_EQ(flops_of({{sm("fadd"), std::nullopt}, {smsp("fadd"), 7}})->flops, 7);
  EXPECT_EQ(flops_of({{sm("fadd"), 7}, {smsp("fadd"), std::nullopt}})->flops, 7);
  EXPECT_EQ(flops_of({{smsp("fadd"), 7}, {smsp("fmul"), 1}})->flops, 8);
}

TEST(flops_of, leaves_out_parts_of_another_tensor_counter) {
  EXPECT_EQ(
      flops_of({{tensor("fp16"), 9}, {tensor("fp16_dst_fp16"), 4}, {tensor("fp16_dst_fp32"), 5}})->flops, 9);
  EXPECT_EQ(flops_of({{tensor("fp16_dst_fp16"), 4}, {tensor("fp16_dst_fp32"), 5}})->flops, 9);
  EXPECT_EQ(flops_of({{tensor("fp16"), 9}, {tensor_op("hmma", "fp16_dst_fp32"), 5}})->flops, 9);
  EXPECT_EQ(flops_of({{tensor_op("hmma", "fp16"), 9}, {tensor_op("hmma", "fp16_dst_fp32"), 5}})->flops, 9);
  EXPECT_EQ(flops_of({{tensor_op("hgmma", "fp16"), 9}, {tensor_op("hmma", "fp16_dst_fp32"), 5}})->flops, 14);
  // Read from different hardware counters: the packed fp4 instructions, and those that take any small format.
  EXPECT_EQ(flops_of({{tensor("fp4_dst_fp32"), 2}, {tensor("fp4_fp6_fp8_dst_fp32"), 6}})->flops, 8);
  EXPECT_EQ(flops_of({{tensor("fp4_dst_fp32"), 2}, {tensor("fp4_fp6_fp8_dst_fp16"), 6}})->flops, 8);
  EXPECT_EQ(flops_of({{tensor("fp16"), 9}, {tensor("fp16_sparsity_on"), 4}, {tensor("fp16_sparsity_off"), 5}})
                ->flops,
            9);
  EXPECT_EQ(flops_of({{tensor("fp16_sparsity_on"), 4}, {tensor("fp16_sparsity_off"), 5}})->flops, 9);
  EXPECT_EQ(flops_of({{tensor("fp16_sparsity_on"), 4}, {tensor_op("hmma", "fp16_sparsity_on"), 3}})->flops,
            4);
}

TEST(flops_of, is_nothing_without_values) {
  EXPECT_FALSE(flops_of({}));
  EXPECT_FALSE(flops_of({{"gpu__time_duration.sum", 5}}));
  EXPECT_FALSE(flops_of({{sm("fadd"), 5}, {sm("ffma"), std::nullopt}}));
  EXPECT_FALSE(flops_of({{sm("fadd"), std::nullopt}, {smsp("fadd"), std::nullopt}}));
  EXPECT_EQ(flops_of({{sm("fadd"), 0}})->flops, 0);
}

TEST(flops_of, does_not_wrap_around) {
  EXPECT_THROW(static_cast<void>(flops_of({{sm("ffma"), std::numeric_limits<std::int64_t>::max()}})),
               overflow_error);
}

}  // namespace
}  // namespace flopwatch::test
