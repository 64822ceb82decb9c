// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/report.hpp"
#include "unit/synthetic/attention_capture.hpp"
#include "unit/synthetic/training_step.hpp"

namespace flopwatch::test {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(report_of_phases, has_a_line_for_each_in_the_totals) {
  auto const report = text_report(analyse(training_step()), {.width = 120});
  EXPECT_THAT(report, ContainsRegex("operator +408,944,640 +817,889,280 +536,575"));
  EXPECT_THAT(report, ContainsRegex("  forward +2,097,152 +4,194,304 +6,143"));
  EXPECT_THAT(report, ContainsRegex("  backward +3,145,728 +6,291,456 +4,096"));
  EXPECT_THAT(report, ContainsRegex("  recompute +1,048,576 +2,097,152 +2,048"));
  EXPECT_THAT(report, ContainsRegex("  optimizer +402,653,184 +805,306,368 +524,288"));
}

TEST(report_of_phases, has_columns_for_them_where_they_fit) {
  auto const a = analyse(training_step());
  EXPECT_THAT(text_report(a, {.width = 160}), HasSubstr("operator MMACs by phase"));
  EXPECT_THAT(text_report(a, {.width = 160}), ContainsRegex("forward +backward +recompute +optimizer"));
  auto const narrow = text_report(a, {.width = 80});
  EXPECT_THAT(narrow, Not(ContainsRegex("forward +backward")));
  EXPECT_THAT(narrow, ContainsRegex("left out at this width:[^:]*operator MMACs by phase"));
  EXPECT_THAT(narrow, ContainsRegex("\\(root\\).*408"));
  EXPECT_THAT(text_report(a, {.units = unit_choice::flops, .width = 160}),
              HasSubstr("operator MFLOPs by phase"));
}

TEST(report_of_phases, has_neither_where_all_is_forward) {
  auto const report = text_report(analyse(attention_capture()), {.width = 160});
  EXPECT_THAT(report, Not(HasSubstr("by phase")));
  EXPECT_THAT(report, Not(HasSubstr("  forward ")));
}

TEST(report_of_phases, shows_one_alone) {
  auto const a = analyse(training_step());
  auto const backward = text_report(a, {.width = 160, .phase = phase::backward});
  EXPECT_THAT(backward, HasSubstr("phase: backward alone"));
  EXPECT_THAT(backward, HasSubstr("formula: not compared: it is of the forward pass"));
  EXPECT_THAT(backward, ContainsRegex("operator +3,145,728 +6,291,456 +4,096"));
  EXPECT_THAT(backward, Not(HasSubstr("408")));
  auto const forward = text_report(a, {.width = 160, .phase = phase::forward});
  EXPECT_THAT(forward, HasSubstr("The columns agree: formula and operator are both 2,097,152 MACs"));
  EXPECT_THAT(text_report(a, {.width = 160}), HasSubstr("backward not in formula"));
}

TEST(report_of_phases, says_what_of_the_difference_is_the_optimizers) {
  EXPECT_THAT(json_report(analyse(training_step())),
              HasSubstr("ran in the backward pass and the optimizer (402,653,184 of them)"));
}

}  // namespace
}  // namespace flopwatch::test
