// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/error.hpp"
#include "flopwatch/session.hpp"

namespace {

using namespace flopwatch;
using testing::HasSubstr;

/// What the constructor says; "" where it takes the options.
std::string refusal(session_options options) {
  try {
    session const made(std::move(options));
  } catch (usage_error const& e) {
    return e.what();
  }
  return {};
}

operator_work nothing(operator_call const& /*call*/) { return {}; }

TEST(session_options, what_makes_no_sense_is_refused_with_its_value) {
  EXPECT_THAT(refusal({.warmup = -3}), HasSubstr("warmup is -3"));
  EXPECT_THAT(refusal({.scope_depth = -1}), HasSubstr("scope_depth is -1"));
  EXPECT_THAT(refusal({.max_ranges = 0}), HasSubstr("max_ranges is 0"));
  EXPECT_THAT(refusal({.max_rows = 0}), HasSubstr("max_rows is 0"));
  EXPECT_THAT(refusal({.tensor_types = {"fp16", "fp17"}}), HasSubstr("\"fp17\""));
  EXPECT_THAT(refusal({.capture = "run.%d.flops"}), HasSubstr("'%d', which means nothing"));
}

TEST(session_options, unknown_metrics_are_refused_without_a_device) {
  EXPECT_THAT(refusal({.metrics = "bogus"}), HasSubstr("no metrics \"bogus\""));
  EXPECT_THAT(refusal({.metrics = "cuda-cores"}), HasSubstr("\"cuda-cores\""));
  EXPECT_THAT(refusal({.metrics = "smsp__inst_executed.sum,flops"}), HasSubstr("\"flops\""));
  EXPECT_THAT(refusal({.metrics = "smsp__inst executed"}), HasSubstr("\"smsp__inst executed\""));
  EXPECT_THAT(refusal({.metrics = ",,"}), HasSubstr("\",,\""));
}

TEST(session_options, metrics_that_a_chip_can_have_are_taken) {
  for (auto const* metrics : {"", "cuda-core", "tensor", "full", "smsp__inst_executed", "flop_count_dp",
                              "smsp__inst_executed.sum,sm__throughput.avg.pct_of_peak_sustained_elapsed,,"}) {
    EXPECT_EQ(refusal({.metrics = metrics}), "") << metrics;
  }
}

TEST(session_options, empty_rules_are_refused) {
  EXPECT_THAT(refusal({.operator_rules = {{"my::op", nullptr}}}),
              HasSubstr("the rule for my::op is an empty function"));
  EXPECT_THAT(refusal({.operator_rules = {{"", &nothing}}}), HasSubstr("the operator \"\""));
  EXPECT_THAT(refusal({.library_operator_rules = {{"my::op", nullptr}}}), HasSubstr("my::op"));
  EXPECT_EQ(refusal({.operator_rules = {{"my::op", &nothing}}}), "");
}

TEST(session, one_that_was_moved_from_says_so) {
  session from;
  session to(std::move(from));
  // NOLINTBEGIN(bugprone-use-after-move,clang-analyzer-cplusplus.Move): what happens then is the question
  EXPECT_THROW(from.start(), session_error);
  EXPECT_THROW(static_cast<void>(from.stop()), session_error);
  EXPECT_THROW(static_cast<void>(from.count([] {})), session_error);
  EXPECT_THROW(static_cast<void>(from.state()), session_error);
  // NOLINTEND(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  to.start();
  EXPECT_NO_THROW(static_cast<void>(to.stop()));
}

}  // namespace
