// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/comparison/formula_fixture.hpp"

namespace flopwatch::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(formula_verdict, unsupported_operator_explains_a_surplus_and_is_listed_once) {
  auto const m = add("dcn", "Deform", rule_origin::custom);
  count(m, 10, 35);
  c.unsupported(m.scope, "my::deform_conv");
  EXPECT_THAT(at(""), ElementsAre("unsupported_operator +25 @dcn"));
  EXPECT_THAT(first("").cause, HasSubstr("my::deform_conv"));
  EXPECT_THAT(first("").remedy, HasSubstr("operator_rules"));
}

TEST_F(formula_verdict, unsupported_operator_does_not_explain_a_shortfall) {
  auto const m = add("dcn", "Deform", rule_origin::custom);
  count(m, 35, 10);
  c.unsupported(m.scope, "my::deform_conv");
  EXPECT_THAT(at(""), ElementsAre("rule_wrong -25 @dcn", "unsupported_operator +0 @dcn"));
}

TEST_F(formula_verdict, an_unsupported_operator_does_not_hide_that_a_rule_counts_flops) {
  auto const m = add("dcn", "Deform", rule_origin::custom);
  count(m, 10, 20);
  c.unsupported(m.scope, "my::deform_conv");
  EXPECT_THAT(at(""), ElementsAre("rule_wrong_factor +10 @dcn", "unsupported_operator +0 @dcn"));
  EXPECT_THAT(first("").cause, AllOf(HasSubstr("exactly twice"), HasSubstr("1 MAC = 2 FLOPs"),
                                     HasSubstr("my::deform_conv has no operator rule")));
}

TEST_F(formula_verdict, an_unsupported_operator_takes_what_the_rule_claims_beyond_the_count) {
  auto const m = add("dcn", "Deform", rule_origin::custom);
  count(m, 10, 35);
  c.unsupported(m.scope, "my::deform_conv");
  at("");
  EXPECT_THAT(first("").cause, HasSubstr("are this operator's work"));
}

TEST_F(formula_verdict, an_operator_whose_rule_refused_is_not_told_to_get_one) {
  auto const m = add("fc", "Mine", rule_origin::custom);
  count(m, 10, 35);
  c.call_at(c.unsupported(m.scope, "aten::mm")).note = "its second matrix is sparse";
  at("");
  EXPECT_THAT(first("").cause,
              HasSubstr("the rule of aten::mm could not count this call (its second matrix is sparse)"));
  EXPECT_THAT(first("").remedy, ::testing::Not(HasSubstr("Give aten::mm a rule")));
  c.data.formula_calls.back().amount = 10;
  at("");
  auto const& listed = result.rows[0].verdicts.back();
  EXPECT_EQ(listed.kind, verdict_kind::unsupported_operator);
  EXPECT_THAT(listed.cause, HasSubstr("The rule of aten::mm could not count this call (its second matrix"));
  EXPECT_THAT(listed.remedy, ::testing::Not(HasSubstr("Give aten::mm a rule")));
}

TEST_F(formula_verdict, a_loss_elsewhere_is_no_reason_for_a_wrong_rule) {
  count(add("off", "Mine", rule_origin::custom), 50, 33);
  for (auto const* kind : {"module_without_scope", "rule_failed", "count_overflow"}) c.loss(kind);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong -17 @off"));
}

TEST_F(formula_verdict, sums_that_do_not_fit_are_a_loss) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  count(add("a", "Linear", rule_origin::thop), most - 1, 3);
  count(add("b", "Linear", rule_origin::thop), most - 2, 4);
  at("");
  EXPECT_EQ(tree.operator_total.macs, most);
  ASSERT_EQ(tree.losses.size(), 1U);
  EXPECT_EQ(tree.losses[0].kind, "count_overflow");
  EXPECT_EQ(tree.losses[0].severity, severity::error);
  EXPECT_EQ(result.losses.size(), 1U);
  c.call_at(1).total = {3, 3, 0};
  c.call_at(2).total = {4, 4, 0};
  at("");
  EXPECT_THAT(tree.losses, IsEmpty());
  EXPECT_THAT(result.losses, IsEmpty());
}

TEST_F(formula_verdict, partly_counted_explains_a_surplus_only_without_an_unsupported_one) {
  auto const m = add("mix", "Mix", rule_origin::custom);
  count(m, 10, 35);
  auto const call = c.unsupported(m.scope, "my::fused", operator_status::partly_counted);
  c.call_at(call).note = "no rule for this layout";
  EXPECT_THAT(at(""), ElementsAre("partly_counted +25 @mix"));
  c.unsupported(m.scope, "my::op");
  EXPECT_THAT(at(""), ElementsAre("unsupported_operator +25 @mix", "partly_counted +0 @mix"));
  EXPECT_THAT(result.rows[1].verdicts[1].cause, HasSubstr("no rule for this layout"));
}

TEST_F(formula_verdict, unsupported_operators_are_listed_up_to_the_root) {
  auto const block = add("block", "Block", rule_origin::none);
  auto const inner = add_below(block, "inner", "Inner", rule_origin::none);
  c.unsupported(inner.scope, "my::op");
  c.unsupported(inner.scope, "my::op");
  c.unsupported(inner.scope, "my::second");
  for (auto const* path : {"", "block", "block.inner"}) {
    EXPECT_THAT(at(path), ElementsAre("unsupported_operator +0 @block.inner")) << path;
  }
  EXPECT_THAT(first("").cause, AllOf(HasSubstr("my::op and others"), HasSubstr("3 calls")));
  count(add("fc", "Linear", rule_origin::thop), 5, 5);
  EXPECT_THAT(at(""), ElementsAre("equal_as_counted +0 @", "unsupported_operator +0 @block.inner"));
}

TEST_F(formula_verdict, unsupported_operators_below_a_hiding_rule_are_listed_above_it) {
  auto const block = add("block", "Block", rule_origin::custom);
  auto const inner = add_below(block, "inner", "Inner", rule_origin::custom);
  count(inner, 10, 15);
  c.unsupported(inner.scope, "my::op");
  c.formula(block.scope, block.module, 10);
  EXPECT_THAT(at("block.inner"), ElementsAre("unsupported_operator +0 @block.inner"));
  EXPECT_THAT(at(""), ElementsAre("equal_as_counted +0 @", "unsupported_operator +0 @block.inner"));
}

TEST_F(formula_verdict, formula_incomplete_where_a_ruled_module_has_no_scope) {
  auto const list = c.module("ModuleList");
  c.module_at(list).transparent = true;
  c.module_at(list).opens_scope = false;
  auto const fc = c.module("Linear", rule_origin::thop);
  c.module_at(fc).opens_scope = false;
  c.path(c.path(root_path, "layers", list), "0", fc);
  c.product(root_scope, "aten::mm", 12);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -12 @"));
  c.loss("module_without_scope");
  EXPECT_THAT(at(""), ElementsAre("formula_incomplete -12 @"));
  EXPECT_THAT(first("").remedy, HasSubstr("flopwatch::nn"));
  EXPECT_THAT(at("layers.0"), ElementsAre("formula_incomplete +0 @layers.0"));
}

TEST_F(formula_verdict, formula_incomplete_where_a_rule_failed) {
  auto const m = add("bad", "Bad", rule_origin::custom);
  c.product(m.scope, "aten::mm", 12);
  c.loss("rule_failed");
  EXPECT_THAT(at(""), ElementsAre("formula_incomplete -12 @bad"));
  c.data.scopes.back().entries = 2;
  c.formula(m.scope, m.module, 5);
  EXPECT_THAT(at(""), ElementsAre("formula_incomplete -7 @bad"));
  c.data.formula_calls.back().calls = 2;
  EXPECT_THAT(at(""), ElementsAre("rule_wrong -7 @bad"));
}

}  // namespace
}  // namespace flopwatch::test
