// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// The sample's twelve ways of counting: exact totals, causes and amounts, at the full size.

#include <map>

#include <gtest/gtest.h>

#include "attention/cases.hpp"
#include "torch/support.hpp"

namespace {

using flopwatch::verdict_kind;
using sample::case_description;

constexpr std::int64_t linear_macs = 1'509'949'440;  // the two Linear layers of one call
constexpr std::int64_t inner_macs = 629'145'600;     // Q K^T and the product with V
constexpr std::int64_t whole_macs = 2'139'095'040;
static_assert(linear_macs + inner_macs == whole_macs);

struct expected {
  std::int64_t thop;
  std::int64_t ran;
  std::map<verdict_kind, std::int64_t> causes;
};

std::vector<expected> const& table() {
  using enum verdict_kind;
  static std::vector<expected> const rows{
      {linear_macs, whole_macs, {{functional_missed, -inner_macs}}},
      {whole_macs, whole_macs, {}},
      {3'649'044'480, whole_macs, {{children_beside_rule, linear_macs}}},
      {4'278'190'080, whole_macs, {{children_beside_rule, whole_macs}}},
      {5'158'993'920,
       2 * whole_macs,
       {{children_beside_rule, 2 * linear_macs}, {rule_sees_fewer_calls, -whole_macs}}},
      {4'278'190'080, 2 * whole_macs, {}},
      {6'417'285'120,
       2 * whole_macs,
       {{children_beside_rule, 2 * whole_macs}, {rule_sees_fewer_calls, -whole_macs}}},
      {whole_macs, whole_macs, {}},
      {whole_macs, whole_macs, {}},
      {whole_macs, 2 * whole_macs, {{rule_sees_fewer_calls, -whole_macs}}},
      {3'649'044'480, whole_macs, {{children_beside_rule, linear_macs}}},
      {3'649'044'480, whole_macs, {{children_beside_rule, linear_macs}}},
  };
  return rows;
}

class attention_case : public testing::TestWithParam<std::size_t> {};

TEST_P(attention_case, has_its_total_and_its_causes) {
  auto const c = sample::all_cases({}).at(GetParam());
  auto const& want = table().at(GetParam());
  auto const result = sample::run_case(c, {.warmup = 0});
  auto const& a = result.analysis();
  EXPECT_EQ(a.tree.formula_total, want.thop);
  EXPECT_EQ(a.tree.operator_total.macs, want.ran);
  EXPECT_TRUE(a.capture.losses.empty()) << result.report();

  std::map<verdict_kind, std::int64_t> causes;
  std::int64_t sum = 0;
  for (auto const& v : a.differences.rows.at(0).verdicts) {
    if (v.kind == verdict_kind::agrees) continue;
    causes[v.kind] += v.amount;
    sum += v.amount;
    EXPECT_FALSE(v.cause.empty());
    EXPECT_FALSE(v.remedy.empty());
  }
  EXPECT_EQ(causes, want.causes) << result.report();
  EXPECT_EQ(sum, want.thop - want.ran);
}

INSTANTIATE_TEST_SUITE_P(seed_tables, attention_case, testing::Range<std::size_t>(0, 12));

TEST(attention, the_table_is_complete) { EXPECT_EQ(sample::all_cases({}).size(), table().size()); }

TEST(attention, other_sizes_follow_the_same_arithmetic) {
  case_description c;
  c.size = {2, 32, 64, 4, 3};
  c.rule_on_attention = true;
  auto const a = sample::run_case(c, {.warmup = 0}).analysis();
  std::int64_t const one = 2 * (4 * 32 * 64 * 64 + 2 * 64 * 32 * 32);
  EXPECT_EQ(a.tree.formula_total, 3 * one);
  EXPECT_EQ(a.tree.operator_total.macs, 3 * one);
}

TEST(attention, the_work_that_is_no_product_is_kept_apart) {
  case_description c;
  c.size = {1, 8, 16, 2, 1};
  auto const a = sample::run_case(c, {.warmup = 0}).analysis();
  std::int64_t const scores = 2 * 8 * 8;
  // scale, softmax by row (4F - 1), bias of proj
  EXPECT_EQ(a.tree.operator_total.other_flops, scores + 2 * 8 * (4 * 8 - 1) + 8 * 16);
}

}  // namespace
