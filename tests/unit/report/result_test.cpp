// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/result.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/synthetic/attention_capture.hpp"

namespace flopwatch {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class a_result : public testing::Test {
 protected:
  void SetUp() override { test::write_capture(path_, capture_); }
  void TearDown() override { std::filesystem::remove(path_); }

  capture_data capture_ = test::attention_capture();
  std::filesystem::path path_ = std::filesystem::path(testing::TempDir()) / "a_result.flops";
};

TEST_F(a_result, has_the_columns_of_everything) {
  capture_.operator_calls.front().total.other_flops = 11;
  test::write_capture(path_, capture_);
  auto const total = result::open(path_).total();
  EXPECT_EQ(total.path, "");
  EXPECT_EQ(total.type, "CustomModule");
  EXPECT_EQ(total.calls, 1);
  EXPECT_EQ(total.operator_macs, 2139095040);
  EXPECT_EQ(total.operator_flops(), 4278190080);
  EXPECT_EQ(total.operator_other_flops, 11);
  EXPECT_EQ(total.formula_macs, 1509949440);
  EXPECT_EQ(total.measured_flops, std::nullopt);
  EXPECT_EQ(total.measured_total_flops, std::nullopt);
  EXPECT_EQ(total.measured_macs(), std::nullopt);
}

TEST_F(a_result, has_the_columns_of_a_module_by_its_path) {
  auto const r = result::open(path_);
  auto const qkv = r.module("attn.qkv");
  EXPECT_EQ(qkv.path, "attn.qkv");
  EXPECT_EQ(qkv.type, "Linear");
  EXPECT_EQ(qkv.operator_macs, std::int64_t{640} * 768 * 2304);
  EXPECT_EQ(qkv.formula_macs, qkv.operator_macs);
  EXPECT_EQ(r.module(""), r.total());
}

TEST_F(a_result, names_the_modules_there_are_when_one_is_asked_for_that_is_not) {
  auto const r = result::open(path_);
  try {
    (void)r.module("attn.qvk");
    FAIL();
  } catch (usage_error const& e) {
    EXPECT_THAT(e.what(), AllOf(HasSubstr("\"attn.qvk\""), HasSubstr("attn, attn.qkv, attn.proj")));
  }
}

TEST_F(a_result, lists_its_modules_with_the_root_first) {
  auto const r = result::open(path_);
  auto const modules = r.modules();
  ASSERT_EQ(modules.size(), 4U);
  EXPECT_EQ(modules.front(), r.total());
  EXPECT_EQ(modules[2].path, "attn.qkv");
}

TEST_F(a_result, keeps_work_outside_all_modules_in_its_total) {
  operator_call_record outside;
  outside.id = 99;
  outside.name = "aten::mm";
  outside.calls = 1;
  outside.total = {7, 7, 0};
  capture_.operator_calls.push_back(outside);
  test::write_capture(path_, capture_);
  auto const r = result::open(path_);
  EXPECT_EQ(r.total().operator_macs, 2139095040 + 7);
  EXPECT_EQ(r.modules().size(), 4U);
}

TEST_F(a_result, is_not_exact_with_an_error_among_its_losses) {
  EXPECT_TRUE(result::open(path_).exact());
  test::write_capture(path_, capture_, true);
  EXPECT_FALSE(result::open(path_).exact());
}

TEST(result_of_no_file, is_refused) { EXPECT_THROW((void)result::open("no/such.flops"), capture_error); }

TEST(module_counts, rounds_measured_flops_down_to_macs) {
  EXPECT_EQ((module_counts{.measured_flops = 7}).measured_macs(), 3);
}

}  // namespace
}  // namespace flopwatch
