// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/testing.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/synthetic/attention_capture.hpp"

namespace flopwatch {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::int64_t attention_macs = 2139095040;

class assert_flops_on : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  [[nodiscard]] result made(bool loss = false) const {
    test::write_capture(path_, capture_, loss);
    return result::open(path_);
  }
  void add_operator(operator_status status) {
    operator_call_record call;
    call.id = 99;
    call.scope = 1;
    call.name = "my::fused.out";
    call.status = status;
    call.calls = 3;
    capture_.operator_calls.push_back(call);
  }

  capture_data capture_ = test::attention_capture();
  std::filesystem::path path_ = std::filesystem::path(testing::TempDir()) / "assert_flops.flops";
};

TEST_F(assert_flops_on, what_is_expected_says_nothing) {
  auto const r = made();
  EXPECT_EQ(flops_mismatch(r, {.macs = attention_macs}), "");
  EXPECT_EQ(flops_mismatch(r, {.flops = 2 * attention_macs}), "");
  EXPECT_NO_THROW(assert_flops(r, {.macs = attention_macs}));
}

TEST_F(assert_flops_on, another_number_names_the_modules) {
  auto const r = made();
  EXPECT_EQ(flops_mismatch(r, {.macs = attention_macs + 5}),
            "2,139,095,040 MACs in the operator column, expected 2,139,095,045: 5 fewer\n"
            "  made up of, by the modules' own work\n"
            "           1,132,462,080  attn.qkv (Linear)\n"
            "             629,145,600  attn (Attention)\n"
            "             377,487,360  attn.proj (Linear)");
  EXPECT_THAT(flops_mismatch(r, {.flops = 2 * attention_macs - 2}),
              AllOf(StartsWith("4,278,190,080 FLOPs in the operator column, expected 4,278,190,078: 2 more"),
                    HasSubstr("2,264,924,160  attn.qkv")));
  EXPECT_THROW(assert_flops(r, {.macs = 0}), flops_assertion);
}

TEST_F(assert_flops_on, a_tolerance_is_a_part_of_the_expected_number) {
  auto const r = made();
  EXPECT_EQ(flops_mismatch(r, {.macs = 2000000000, .tolerance = 0.07}), "");
  EXPECT_NE(flops_mismatch(r, {.macs = 2000000000, .tolerance = 0.069}), "");
  EXPECT_EQ(flops_mismatch(r, {.macs = 2300000000, .tolerance = 0.07}), "");
  EXPECT_NE(flops_mismatch(r, {.macs = 2300000000, .tolerance = 0.069}), "");
}

TEST_F(assert_flops_on, a_budget_allows_fewer) {
  auto const r = made();
  EXPECT_EQ(flops_mismatch(r, {.max_macs = attention_macs}), "");
  EXPECT_EQ(flops_mismatch(r, {.max_macs = 2 * attention_macs}), "");
  EXPECT_THAT(flops_mismatch(r, {.max_macs = attention_macs - 1}),
              HasSubstr("expected at most 2,139,095,039: 1 more"));
}

TEST_F(assert_flops_on, work_that_is_not_counted_fails) {
  add_operator(operator_status::unsupported);
  auto const r = made();
  EXPECT_EQ(flops_mismatch(r, {.macs = attention_macs}),
            "2,139,095,040 MACs in the operator column, as expected, but that is not all of its work\n"
            "  not counted: my::fused, 3 calls: the operator column lacks its work\n"
            "  give them a rule (session_options::operator_rules), or name them in allow_unsupported");
  EXPECT_EQ(flops_mismatch(r, {.macs = attention_macs, .allow_unsupported = {"my::fused"}}), "");
}

TEST_F(assert_flops_on, work_that_is_counted_in_part_fails) {
  add_operator(operator_status::partly_counted);
  EXPECT_THAT(flops_mismatch(made(), {.macs = attention_macs}),
              HasSubstr("counted in part: my::fused, 3 calls"));
}

TEST_F(assert_flops_on, a_result_that_is_not_exact_fails) {
  EXPECT_THAT(flops_mismatch(made(true), {.macs = attention_macs}), HasSubstr("\n  not exact: "));
}

TEST_F(assert_flops_on, senseless_expectations_are_refused) {
  auto const r = made();
  EXPECT_THROW((void)flops_mismatch(r, {}), usage_error);
  EXPECT_THROW((void)flops_mismatch(r, {.macs = 1, .flops = 2}), usage_error);
  EXPECT_THROW((void)flops_mismatch(r, {.max_macs = -1}), usage_error);
  EXPECT_THROW((void)flops_mismatch(r, {.macs = 1, .tolerance = -0.1}), usage_error);
  EXPECT_THROW((void)flops_mismatch(r, {.macs = 1, .tolerance = std::numeric_limits<double>::quiet_NaN()}),
               usage_error);
}

}  // namespace
}  // namespace flopwatch
