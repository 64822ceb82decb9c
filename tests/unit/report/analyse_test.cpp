// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/report.hpp"
#include "synthetic_capture.hpp"

namespace flopwatch {
namespace {

using testing::HasSubstr;

TEST(analyse, explains_the_attention_example_from_its_capture) {
  auto const a = analyse(synthetic::attention_capture());
  EXPECT_EQ(a.tree.formula_total, 1509949440);
  EXPECT_EQ(a.tree.operator_total.macs, 2139095040);
  auto const report = text_report(a);
  EXPECT_THAT(report, HasSubstr("thop total 1.510G"));
  EXPECT_THAT(report, HasSubstr("-629,145,600 MACs  functional work missed in attn"));
  EXPECT_THAT(report, HasSubstr("their sum = formula 1,509,949,440 - operator 2,139,095,040 MACs"));
  EXPECT_EQ(report_exit_code(a), 0);
}

TEST(analyse, refuses_records_that_refer_to_nothing) {
  auto c = synthetic::attention_capture();
  c.operator_calls.front().scope = 99;
  EXPECT_THROW((void)analyse(std::move(c)), capture_error);
}

}  // namespace
}  // namespace flopwatch
