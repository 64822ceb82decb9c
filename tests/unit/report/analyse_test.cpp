// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/report.hpp"
#include "unit/synthetic/attention_capture.hpp"

namespace flopwatch {
namespace {

using testing::HasSubstr;

TEST(analyse, explains_the_attention_example_from_its_capture) {
  auto const a = analyse(test::attention_capture());
  EXPECT_EQ(a.tree.formula_total, 1509949440);
  EXPECT_EQ(a.tree.operator_total.macs, 2139095040);
  auto const report = text_report(a);
  EXPECT_THAT(report, HasSubstr("thop total 1.510G"));
  EXPECT_THAT(report, HasSubstr("-629,145,600 MACs  functional work missed in attn"));
  EXPECT_THAT(report, HasSubstr("their sum = formula 1,509,949,440 - operator 2,139,095,040 MACs"));
  EXPECT_EQ(report_exit_code(a), 0);
}

TEST(analyse, prints_a_report_of_totals_that_do_not_fit) {
  auto c = test::attention_capture();
  for (auto& call : c.operator_calls) call.total = {std::numeric_limits<std::int64_t>::max(), 0, 1};
  auto const a = analyse(std::move(c));
  EXPECT_EQ(report_exit_code(a), 5);
  EXPECT_THAT(text_report(a), HasSubstr("count_overflow"));
  EXPECT_THAT(json_report(a), HasSubstr("\"count_overflow\""));
}

TEST(analyse, names_the_version_of_the_driver_api) {
  auto c = test::attention_capture();
  c.info[info_key::driver] = "13.0";
  EXPECT_THAT(text_report(analyse(std::move(c))), HasSubstr("CUDA driver API 13.0"));
}

TEST(analyse, refuses_records_that_refer_to_nothing) {
  auto c = test::attention_capture();
  c.operator_calls.front().scope = 99;
  EXPECT_THROW((void)analyse(std::move(c)), capture_error);
}

}  // namespace
}  // namespace flopwatch
