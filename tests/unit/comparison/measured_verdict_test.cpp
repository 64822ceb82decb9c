// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/comparison/verdict_text.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// One product of 500 MACs (1000 FLOPs) in its own scope.
struct measured_verdict : ::testing::Test {
  measured_verdict() {
    part = c.scope(0, "part", 0);
    mm = c.product(part, "aten::mm", 500);
    kernel = c.kernel("ampere_sgemm_64x32_sliced1x4_tn");
  }
  void reads(std::int64_t call, std::int64_t flops) {
    c.launch(part, call, kernel, {{fadd_metric, flops % 2}, {ffma_metric, flops / 2}});
  }
  std::vector<std::string> at(std::string const& path) {
    tree = attribute(c.data);
    result = compare(c.data, tree);
    return brief(tree, result, row_at(tree, path), columns::measured_operator);
  }
  verdict const& first() { return first_verdict(result, row_at(tree, "part"), columns::measured_operator); }

  capture_builder c;
  std::int64_t part = 0, mm = 0, kernel = 0;
  attribution tree;
  comparison result;
};

TEST_F(measured_verdict, agrees_exactly) {
  reads(mm, 1000);
  EXPECT_THAT(at("part"), ElementsAre("agrees +0 @part"));
  EXPECT_THAT(at(""), ElementsAre("agrees +0 @"));
  EXPECT_EQ(result.rows[0].measured_flops, 1000);
  EXPECT_EQ(result.rows[0].measured_minus_operator, 0);
}

TEST_F(measured_verdict, a_surplus_of_two_percent_agrees_and_is_the_amount) {
  reads(mm, 1020);
  EXPECT_THAT(at(""), ElementsAre("agrees +20 @"));
  EXPECT_THAT(result.rows[0].verdicts[0].cause, HasSubstr("2 %"));
}

TEST_F(measured_verdict, padding_names_the_kernel) {
  reads(mm, 1021);
  EXPECT_THAT(at(""), ElementsAre("padding_or_extra_work +21 @part"));
  EXPECT_THAT(first().cause, AllOf(HasSubstr("aten::mm in part (scope): the counters read 1,021 FLOPs"),
                                   HasSubstr("1.02 times"), HasSubstr("ampere_sgemm_64x32")));
}

TEST_F(measured_verdict, findings_of_one_kind_in_one_row_are_one) {
  reads(mm, 1500);
  reads(c.product(part, "aten::bmm", 100), 900);
  reads(c.product(part, "aten::addmm", 1000), 2010);
  EXPECT_THAT(at(""), ElementsAre("padding_or_extra_work +1200 @part", "agrees +10 @"));
  EXPECT_THAT(first().cause, AllOf(HasSubstr("aten::bmm"), HasSubstr("largest of 2")));
}

TEST_F(measured_verdict, half_precision_instructions_of_an_fp32_call) {
  c.launch(part, c.elementwise(part, "aten::add", 10), kernel, {{fadd_metric, 10}, {hfma_metric, 32}});
  reads(mm, 1000);
  EXPECT_THAT(at(""), ElementsAre("padding_or_extra_work +64 @part"));
  EXPECT_THAT(first().cause, HasSubstr("also use to move data"));
}

TEST_F(measured_verdict, half_adds_that_were_made_fused_multiply_adds) {
  auto const add = c.elementwise(part, "aten::add", 80);
  c.call_at(add).precision = precision::fp16;
  kernel = c.kernel("vectorized_elementwise_kernel");
  c.launch(part, add, kernel, {{hadd_metric, 40}, {hfma_metric, 40}});
  reads(mm, 1000);
  EXPECT_THAT(at(""), ElementsAre("half_run_as_fma +40 @part"));
  EXPECT_THAT(first().cause,
              AllOf(HasSubstr("vectorized_elementwise_kernel"), HasSubstr("fused multiply-adds")));
}

TEST_F(measured_verdict, fused_half_adds_are_known_by_either_form_of_the_counter) {
  auto const add = c.elementwise(part, "aten::add", 80);
  c.call_at(add).precision = precision::fp16;
  std::string const smsp_metric = "smsp" + std::string(hfma_metric).substr(2);
  c.launch(part, add, kernel, {{hadd_metric, 40}, {hfma_metric, 40}, {smsp_metric, 40}});
  reads(mm, 1000);
  EXPECT_THAT(at(""), ElementsAre("half_run_as_fma +40 @part"));
  c.data.launch_groups.front().sums.erase(hfma_metric);
  EXPECT_THAT(at(""), ElementsAre("half_run_as_fma +40 @part"));
}

TEST_F(measured_verdict, fused_half_adds_count_once_where_both_forms_were_read) {
  auto const add = c.elementwise(part, "aten::add", 80);
  c.call_at(add).precision = precision::fp16;
  std::string const smsp_metric = "smsp" + std::string(hfma_metric).substr(2);
  c.launch(part, add, kernel, {{hadd_metric, 41}, {hfma_metric, 40}, {smsp_metric, 40}});
  reads(mm, 1000);
  EXPECT_THAT(at(""), ElementsAre("padding_or_extra_work +41 @part"));
}

TEST_F(measured_verdict, more_than_fused_multiply_adds_explain_is_extra_work) {
  auto const add = c.elementwise(part, "aten::add", 80);
  c.call_at(add).precision = precision::bf16;
  c.launch(part, add, kernel, {{hadd_metric, 41}, {hfma_metric, 40}});
  reads(mm, 1000);
  EXPECT_THAT(at(""), ElementsAre("padding_or_extra_work +41 @part"));
}

TEST_F(measured_verdict, a_half_product_that_fuses_is_not_put_down_to_it) {
  c.call_at(mm).precision = precision::fp16;
  c.launch(part, mm, kernel, {{hfma_metric, 600}});
  EXPECT_THAT(at(""), ElementsAre("padding_or_extra_work +200 @part"));
}

TEST_F(measured_verdict, tensor_work_not_collected_by_precision) {
  c.call_at(mm).precision = precision::bf16;
  reads(mm, 0);
  EXPECT_THAT(at(""), ElementsAre("tensor_work_not_collected -1000 @part"));
  EXPECT_THAT(first().remedy, HasSubstr("tensor-core metrics"));
}

TEST_F(measured_verdict, tensor_work_not_collected_by_kernel_name) {
  kernel = c.kernel("Ampere_hmma_tf32_gemm");
  reads(mm, 4);
  EXPECT_THAT(at(""), ElementsAre("tensor_work_not_collected -996 @part"));
}

TEST_F(measured_verdict, tensor_work_not_collected_by_instructions_that_start_it) {
  c.launch(part, mm, kernel, {{ffma_metric, 2}, {"smsp__sass_inst_executed_op_shared_gmma.sum", 4}});
  EXPECT_THAT(at(""), ElementsAre("tensor_work_not_collected -996 @part"));
}

TEST_F(measured_verdict, with_tensor_metrics_too_few_is_fewer) {
  c.call_at(mm).precision = precision::fp16;
  c.launch(part, mm, kernel, {{fadd_metric, 0}, {tensor_metric, 700}});
  EXPECT_THAT(at(""), ElementsAre("fewer_than_formula -300 @part"));
}

TEST_F(measured_verdict, fewer_by_fft_or_winograd) {
  kernel = c.kernel("void fft2d_r2c_32x32<float>");
  reads(mm, 300);
  EXPECT_THAT(at(""), ElementsAre("fewer_than_formula -700 @part"));
  EXPECT_THAT(first().cause, HasSubstr("FFT or Winograd"));
}

TEST_F(measured_verdict, fewer_by_a_causal_mask) {
  c.call_at(mm).total.useful_macs = 260;
  reads(mm, 600);
  EXPECT_THAT(at(""), ElementsAre("fewer_than_formula -400 @part"));
  EXPECT_THAT(first().cause, AllOf(HasSubstr("causal"), HasSubstr("520 FLOPs")));
}

TEST_F(measured_verdict, fewer_than_the_useful_part_is_not_put_down_to_the_mask) {
  c.call_at(mm).total.useful_macs = 260;
  reads(mm, 500);
  EXPECT_THAT(at(""), ElementsAre("fewer_than_formula -500 @part"));
  EXPECT_THAT(first().cause, ::testing::Not(HasSubstr("causal")));
}

TEST_F(measured_verdict, arithmetic_not_seen_beside_whole_products) {
  c.call_at(mm).total.other_flops = 30;
  reads(mm, 1000);
  EXPECT_THAT(at(""), ElementsAre("arithmetic_not_seen -30 @part"));
}

TEST_F(measured_verdict, arithmetic_not_seen_in_other_arithmetic) {
  reads(mm, 1000);
  reads(c.elementwise(part, "aten::exp", 80), 20);
  EXPECT_THAT(at(""), ElementsAre("arithmetic_not_seen -60 @part"));
  EXPECT_THAT(first().cause, HasSubstr("exponentials"));
}

TEST_F(measured_verdict, no_launch_at_all) {
  reads(c.elementwise(part, "aten::add", 5), 5);
  c.elementwise(part, "aten::mul", 7);
  EXPECT_THAT(at(""), ElementsAre("fewer_than_formula -1000 @part", "arithmetic_not_seen -7 @part"));
  EXPECT_THAT(first().cause, HasSubstr("No kernel was launched inside aten::mm"));
}

TEST_F(measured_verdict, kernel_outside_dispatcher) {
  reads(mm, 1000);
  kernel = c.kernel("my_hand_written_kernel");
  reads(0, 77);
  reads(0, 0);
  EXPECT_THAT(at(""), ElementsAre("kernel_outside_dispatcher +77 @part"));
  EXPECT_THAT(first().cause, AllOf(HasSubstr("my_hand_written_kernel did 77 FLOPs"), HasSubstr("1 launch)")));
}

TEST_F(measured_verdict, recompute_outside_the_dispatcher) {
  reads(mm, 1000);
  reads(0, 77);
  c.data.launch_groups.back().phase = phase::recompute;
  EXPECT_THAT(at(""), ElementsAre("recompute +77 @part"));
}

TEST_F(measured_verdict, recomputed_operators_are_in_both_columns) {
  reads(mm, 1000);
  auto const again = c.product(part, "aten::mm", 500);
  c.call_at(again).phase = phase::recompute;
  reads(again, 1000);
  EXPECT_THAT(at(""), ElementsAre("agrees +0 @"));
}

TEST_F(measured_verdict, kernels_of_an_unsupported_operator) {
  reads(mm, 1000);
  reads(c.unsupported(part, "my::op"), 40);
  EXPECT_THAT(at(""), ElementsAre("unsupported_operator +40 @part"));
  EXPECT_THAT(first().cause, HasSubstr("my::op"));
}

TEST_F(measured_verdict, rows_with_unmeasured_launches_have_no_verdict_and_others_do) {
  reads(mm, 1500);
  auto const other = c.scope(0, "other", 0);
  c.launch(other, 0, kernel, {{fadd_metric, std::nullopt}});
  EXPECT_THAT(at(""), ElementsAre());
  EXPECT_EQ(result.rows[0].measured_minus_operator, std::nullopt);
  EXPECT_EQ(result.rows[0].measured_flops, 1500);
  EXPECT_THAT(at("part"), ElementsAre("padding_or_extra_work +500 @part"));
  EXPECT_THAT(at("other"), ElementsAre());
}

TEST_F(measured_verdict, nothing_collected_is_no_verdict) {
  EXPECT_THAT(at("part"), ElementsAre());
  EXPECT_EQ(result.rows[0].measured_flops, std::nullopt);
}

}  // namespace
}  // namespace flopwatch::test
