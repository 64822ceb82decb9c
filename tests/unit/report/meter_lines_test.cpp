// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "flopwatch/error.hpp"
#include "flopwatch/meter_interval.hpp"

namespace flopwatch::test {
namespace {

meter_interval synthetic_interval() {
  meter_interval i;
  i.first_step = 4;
  i.steps = 3;
  i.seconds = 0.25;
  i.amounts[{phase::forward, precision::bf16, "bf16"}] = {1000, 600, 7};
  i.amounts[{phase::recompute, precision::bf16, "bf16"}] = {10, 10, 1};
  i.amounts[{phase::optimizer, precision::fp32, "fp32"}] = {0, 0, 20};
  i.steps_read = 1;
  i.steps_reused = 2;
  i.exact = false;
  i.reasons = {"a \"mean\", of 3", "b"};
  i.hfu = 0.5;
  return i;
}

TEST(meter_lines, have_sums_that_add_up) {
  auto const i = synthetic_interval();
  EXPECT_EQ(i.executed_flops(), 2048);
  EXPECT_EQ(i.useful_flops(), 1200);
  EXPECT_EQ(i.masked_flops(), 800);
  EXPECT_EQ(i.recompute_flops(), 20);
  EXPECT_EQ(i.other_flops(), 28);
  EXPECT_EQ(executed_products(i.amounts), (std::map<std::string, std::int64_t>{{"bf16", 2020}, {"fp32", 0}}));
  EXPECT_EQ(useful_products(i.amounts), (std::map<std::string, std::int64_t>{{"bf16", 1200}, {"fp32", 0}}));
}

TEST(meter_lines, as_csv_leave_what_is_unknown_empty) {
  EXPECT_EQ(
      meter_csv_head(),
      "first_step,steps,seconds,executed_flops,multiply_add_flops,other_flops,useful_flops,"
      "recompute_flops,masked_flops,padding_flops,mfu,hfu,steps_read,steps_reused,steps_missing,complete,"
      "exact,source,launches,launches_not_counted,rank,ranks,executed_flops_fp64,executed_flops_fp32,"
      "executed_flops_tf32,executed_flops_fp16,executed_flops_bf16,executed_flops_fp8,executed_flops_fp4,"
      "executed_flops_int8,executed_flops_integer,executed_flops_unknown,executed_flops_forward,"
      "executed_flops_backward,executed_flops_recompute,executed_flops_optimizer,reasons");
  EXPECT_EQ(meter_csv_line(synthetic_interval()),
            "4,3,0.25,2048,2020,28,1200,20,800,,,0.5,1,2,0,True,False,operator,,,0,1,0,20,0,0,2028,0,0,0,0,0,"
            "2007,0,21,20,\"a \"\"mean\"\", of 3; b\"");
}

TEST(meter_lines, as_json_have_null_for_it) {
  auto const line = nlohmann::json::parse(meter_json_line(synthetic_interval()));
  EXPECT_TRUE(line.at("mfu").is_null());
  EXPECT_TRUE(line.at("padding_flops").is_null());
  EXPECT_EQ(line.at("hfu"), 0.5);
  EXPECT_EQ(line.at("complete"), true);
  EXPECT_EQ(line.at("executed_flops_by_precision"), (nlohmann::json{{"bf16", 2028}, {"fp32", 20}}));
  EXPECT_EQ(line.at("executed_flops_by_phase").at("backward"), 0);
  EXPECT_EQ(line.at("reasons").size(), 2U);
}

TEST(meter_lines, of_a_file_that_cannot_be_written_are_refused) {
  EXPECT_THROW(static_cast<void>(meter_csv_file("/nowhere/steps.csv")), usage_error);
  EXPECT_THROW(static_cast<void>(meter_json_lines("/nowhere/steps.jsonl")), usage_error);
}

}  // namespace
}  // namespace flopwatch::test
