// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/comparison/formula_fixture.hpp"

namespace flopwatch::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(formula_verdict, rule_sees_fewer_calls_of_one_of_several_modules) {
  auto const block = add("block", "Block", rule_origin::custom);
  auto const twice = add_below(block, "step", "Step", rule_origin::none, 3);
  c.product(twice.scope, "aten::mm", 90);
  c.product(block.scope, "aten::mm", 10);
  c.formula(block.scope, block.module, 40);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_fewer_calls -60 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("block.step (Step) ran 3 times"));
  EXPECT_THAT(first("").remedy, HasSubstr("Put the rule on Step"));
}

TEST_F(formula_verdict, rule_sees_fewer_calls_of_two_modules_together) {
  auto const block = add("block", "Block", rule_origin::custom);
  c.product(add_below(block, "a", "A", rule_origin::none, 2).scope, "aten::mm", 20);
  c.product(add_below(block, "b", "B", rule_origin::none, 4).scope, "aten::mm", 400);
  c.formula(block.scope, block.module, 10 + 100);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_fewer_calls -310 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("block.b (B) ran 4 times"));
}

TEST_F(formula_verdict, rule_sees_fewer_calls_further_below) {
  auto const block = add("block", "Block", rule_origin::custom);
  auto const inner = add_below(block, "inner", "Inner", rule_origin::none);
  c.product(add_below(inner, "step", "Step", rule_origin::none, 3).scope, "aten::mm", 90);
  c.product(block.scope, "aten::mm", 10);
  c.formula(block.scope, block.module, 10 + 30);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_fewer_calls -60 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("block.inner.step (Step) ran 3 times"));
}

TEST_F(formula_verdict, repeated_calls_inside_repeated_calls_are_missing_once) {
  auto const block = add("block", "Block", rule_origin::custom);
  auto const a = add_below(block, "a", "A", rule_origin::none, 2);
  c.product(add_below(a, "part", "Part", rule_origin::none, 4).scope, "aten::mm", 40);
  c.product(add_below(block, "b", "B", rule_origin::none, 2).scope, "aten::mm", 8);
  c.product(block.scope, "aten::mm", 10);
  c.formula(block.scope, block.module, 10 + 20 + 4);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_fewer_calls -24 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("block.a (A) ran 2 times"));
}

TEST_F(formula_verdict, rule_sees_fewer_calls_of_the_one_module_that_it_does_not_multiply) {
  auto const block = add("block", "Block", rule_origin::custom);
  c.product(add_below(block, "a", "A", rule_origin::none, 2).scope, "aten::mm", 20);
  c.product(add_below(block, "b", "B", rule_origin::none, 4).scope, "aten::mm", 400);
  c.formula(block.scope, block.module, 20 + 100);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_fewer_calls -300 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("block.b (B) ran 4 times"));
}

TEST_F(formula_verdict, calls_come_before_a_factor) {
  auto const block = add("block", "Block", rule_origin::custom);
  c.product(add_below(block, "a", "A", rule_origin::none, 2).scope, "aten::mm", 20);
  c.formula(block.scope, block.module, 10);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_fewer_calls -10 @block"));
}

TEST_F(formula_verdict, a_second_call_without_work_is_no_evidence) {
  auto const block = add("block", "Block", rule_origin::custom);
  add_below(block, "drop", "Dropout", rule_origin::thop, 2);
  c.product(block.scope, "aten::mm", 20);
  c.formula(block.scope, block.module, 10);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong_factor -10 @block"));
}

TEST_F(formula_verdict, shared_module_repeated) {
  auto const q = c.module("Linear", rule_origin::thop);
  for (auto const* name : {"p1", "p2"}) {
    auto const part = add(name, "Part", rule_origin::none);
    c.path(part.path, "q", q);
    auto const s = c.scope(part.scope, std::string(name) + ".q", q);
    c.product(s, "aten::mm", 256);
    c.formula(s, q, 256);
  }
  EXPECT_THAT(at(""), ElementsAre("shared_module_repeated +768 @p1.q", "shared_module_repeated +768 @p2.q"));
  EXPECT_THAT(first("").cause, HasSubstr("1,024 MACs here for 256 MACs"));
}

TEST_F(formula_verdict, a_wrong_rule_on_a_shared_module_is_two_causes) {
  auto const q = c.module("Mine", rule_origin::custom);
  for (auto const* name : {"p1", "p2"}) {
    auto const part = add(name, "Part", rule_origin::none);
    c.path(part.path, "q", q);
    auto const s = c.scope(part.scope, std::string(name) + ".q", q);
    c.product(s, "aten::mm", 10);
    c.formula(s, q, 20);
  }
  EXPECT_THAT(at("p1"), ElementsAre("shared_module_repeated +60 @p1.q", "rule_wrong_factor +10 @p1.q"));
}

TEST_F(formula_verdict, half_of_everything_is_no_call_too_few_where_a_part_ran_twice) {
  auto const block = add("block", "Block", rule_origin::custom);
  c.product(add_below(block, "small", "Small", rule_origin::none, 2).scope, "aten::mm", 2880);
  c.product(add_below(block, "large", "Large", rule_origin::none).scope, "aten::mm", 9840);
  c.formula(block.scope, block.module, 6360);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong_factor -6360 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("exactly half"));
}

TEST_F(formula_verdict, recomputed_scopes_are_no_part_of_the_formula) {
  auto const fc = add("fc", "Linear", rule_origin::thop);
  count(fc, 10, 10);
  auto const again = c.scope(root_scope, "fc", fc.module);
  c.data.scopes.back().phase = phase::recompute;
  c.call_at(c.product(again, "aten::mm", 10)).phase = phase::recompute;
  c.formula(again, fc.module, 10);
  EXPECT_THAT(at("fc"), ElementsAre("recompute -10 @fc"));
  EXPECT_EQ(tree.formula_macs, 10);
  EXPECT_EQ(tree.rows[row_at(tree, "fc")].calls, 1);
}

TEST_F(formula_verdict, other_phases_are_no_fault_of_the_rule) {
  auto const fc = add("fc", "Linear", rule_origin::thop);
  count(fc, 10, 10);
  c.call_at(c.product(fc.scope, "aten::mm", 20)).phase = phase::backward;
  c.call_at(c.product(fc.scope, "aten::mm", 10)).phase = phase::recompute;
  c.call_at(c.product(0, "aten::mm", 1)).phase = phase::optimizer;
  EXPECT_THAT(at("fc"), ElementsAre("backward_not_in_formula -20 @fc", "recompute -10 @fc"));
  EXPECT_THAT(at(""), ElementsAre("backward_not_in_formula -21 @", "recompute -10 @"));
}

}  // namespace
}  // namespace flopwatch::test
