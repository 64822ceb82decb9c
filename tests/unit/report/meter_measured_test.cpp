// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Intervals by the counters of a GPU, synthetic.
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "flopwatch/meter_interval.hpp"

namespace flopwatch::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

reused_work synthetic_work() {
  reused_work out;
  out.launches = 10;
  out.tensor_metrics = true;
  out.parts = {{phase::forward, precision::bf16, 1000, 20, 3}, {phase::backward, precision::fp32, 0, 50, 0}};
  return out;
}

meter_interval synthetic_interval() {
  meter_interval i;
  i.steps = i.steps_read = 1;
  i.amounts[{phase::forward, precision::bf16, "bf16"}] = {450, 450, 7};
  i.measured = synthetic_work();
  i.padding_flops = 100;
  i.rank = 3;
  return i;
}

TEST(meter_measured, has_the_flops_of_the_counters) {
  auto const i = synthetic_interval();
  EXPECT_EQ(i.executed_flops(), 1073);
  EXPECT_EQ(i.multiply_add_flops(), 1000);
  EXPECT_EQ(i.other_flops(), 73);
  EXPECT_EQ(i.useful_flops() + i.masked_flops() + i.recompute_flops() + *i.padding_flops + i.other_flops(),
            i.executed_flops());
  EXPECT_EQ(i.executed_flops_by_precision(),
            (std::map<precision, std::int64_t>{{precision::fp32, 50}, {precision::bf16, 1023}}));
  EXPECT_EQ(i.executed_flops_by_phase().at(phase::backward), 50);
  EXPECT_EQ(i.executed_flops_by_phase().at(phase::optimizer), 0);
  EXPECT_EQ(executed_products(*i.measured),
            (std::map<std::string, std::int64_t>{{"bf16", 1003}, {"fp32", 0}}));
}

TEST(meter_measured, writes_them_with_their_source) {
  auto const line = nlohmann::json::parse(meter_json_line(synthetic_interval()));
  EXPECT_EQ(line.at("source"), "counters");
  EXPECT_EQ(line.at("executed_flops"), 1073);
  EXPECT_EQ(line.at("padding_flops"), 100);
  EXPECT_EQ(line.at("launches"), 10);
  EXPECT_EQ(line.at("launches_not_counted"), 0);
  EXPECT_EQ(line.at("rank"), 3);
}

TEST(meter_measured, adds_up_parts_and_what_they_lack) {
  auto sum = synthetic_work();
  auto more = synthetic_work();
  more.parts = {{phase::forward, precision::bf16, 1, 2, 3}, {phase::forward, precision::tf32, 4, 0, 0}};
  more.not_learned_launches = 5;
  add(sum, more);
  EXPECT_THAT(sum.parts, ElementsAre(reused_part{phase::forward, precision::bf16, 1001, 22, 6},
                                     reused_part{phase::backward, precision::fp32, 0, 50, 0},
                                     reused_part{phase::forward, precision::tf32, 4, 0, 0}));
  EXPECT_EQ(sum.launches, 20);
  EXPECT_TRUE(products_known(synthetic_work()));
  EXPECT_FALSE(products_known(sum));
  more.tensor_metrics = false;
  add(sum, more);
  EXPECT_FALSE(sum.tensor_metrics);
}

TEST(meter_measured, says_that_a_sum_does_not_fit) {
  auto sum = synthetic_work();
  auto more = synthetic_work();
  more.parts[0].outside_flops = std::numeric_limits<std::int64_t>::max();
  add(sum, more);
  EXPECT_TRUE(sum.overflow);
  EXPECT_THAT(reasons_of(sum), ElementsAre(HasSubstr("64 bits")));
}

TEST(meter_measured, says_what_is_not_counted) {
  EXPECT_THAT(reasons_of(synthetic_work()), IsEmpty());
  auto lacking = synthetic_work();
  lacking.not_learned_launches = 1234;
  lacking.never_measured_launches = 2;
  lacking.elsewhere_launches = 3;
  lacking.tensor_metrics = false;
  lacking.variable_launches = 7;
  lacking.bound_flops = 5000.4;
  EXPECT_THAT(
      reasons_of(lacking),
      ElementsAre("not counted: 1,234 launches of kernels that were not measured yet",
                  "not counted: 2 launches of kernels that are never measured, because they wait for others",
                  "not counted: 3 launches on other devices",
                  "not counted: the work of tensor cores, whose metrics were left out",
                  "equal launches differ in their work: a mean stands for 7 of them, off by 5,000 FLOPs "
                  "at most (95 %)"));
  EXPECT_EQ(launches_not_counted(lacking), 1239);
  lacking.bound_flops = std::numeric_limits<double>::infinity();
  EXPECT_THAT(reasons_of(lacking).back(), HasSubstr("off by an unknown amount"));
}

}  // namespace
}  // namespace flopwatch::test
