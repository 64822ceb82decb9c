// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/comparison/formula_fixture.hpp"

namespace flopwatch::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(formula_verdict, agrees) {
  count(add("fc", "Linear", rule_origin::thop), 100, 100);
  EXPECT_THAT(at(""), ElementsAre("agrees +0 @"));
  EXPECT_EQ(first("").remedy, "");
  EXPECT_THAT(first("").cause, HasSubstr("100 MACs"));
}

TEST_F(formula_verdict, nothing_to_compare_agrees_too) {
  add("drop", "Dropout", rule_origin::thop);
  EXPECT_THAT(at("drop"), ElementsAre("agrees +0 @drop"));
  EXPECT_THAT(first("drop").cause, HasSubstr("No products"));
}

TEST_F(formula_verdict, no_rule_for_a_library_module) {
  auto const mha = add("mha", "MultiheadAttention", rule_origin::none);
  c.module_at(mha.module).library_type = true;
  add_below(mha, "out_proj", "NonDynamicallyQuantizableLinear", rule_origin::none, 0);
  c.product(mha.scope, "aten::bmm", 30);
  c.product(mha.scope, "aten::addmm", 70);
  EXPECT_THAT(at(""), ElementsAre("no_rule -100 @mha"));
  EXPECT_EQ(first("").cause,
            "mha (MultiheadAttention) has no rule and did 100 MACs (aten::addmm 70, aten::bmm 30).");
  EXPECT_THAT(first("").remedy, HasSubstr("Give MultiheadAttention a rule in custom_ops"));
}

TEST_F(formula_verdict, no_rule_for_a_users_leaf) {
  c.product(add("op", "MyOp", rule_origin::none).scope, "aten::mm", 5);
  EXPECT_THAT(at(""), ElementsAre("no_rule -5 @op"));
}

TEST_F(formula_verdict, functional_missed_names_the_largest_operators) {
  auto const block = add("block", "Block", rule_origin::none);
  count(add_below(block, "fc", "Linear", rule_origin::thop), 50, 50);
  for (auto const& [name, macs] : {std::pair{"a", 1}, {"b", 4}, {"c", 3}, {"d", 2}})
    c.product(block.scope, name, macs);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -10 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("(b 4, c 3, d 2 and 1 more)"));
  EXPECT_THAT(first("").remedy, HasSubstr("Give Block a rule in custom_ops for its whole forward"));
}

TEST_F(formula_verdict, functional_missed_at_the_root_has_another_remedy) {
  count(add("fc", "Linear", rule_origin::thop), 50, 50);
  c.product(root_scope, "aten::mm", 7);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -7 @"));
  EXPECT_THAT(first("").remedy, HasSubstr("into their own module"));
}

TEST_F(formula_verdict, work_outside_and_in_plain_scopes_is_functional) {
  c.product(0, "aten::mm", 3);
  c.product(c.scope(root_scope, "loss", 0), "aten::bmm", 4);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -4 @loss", "functional_missed -3 @outside"));
  EXPECT_THAT(result.rows[0].verdicts[1].cause, HasSubstr("outside every module"));
  EXPECT_EQ(result.rows.back().formula_macs, 0);
}

TEST_F(formula_verdict, a_rule_on_the_root_does_not_answer_for_work_outside) {
  c.module_at(root).rule = rule_origin::custom;
  c.formula(root_scope, root, 8);
  c.product(root_scope, "aten::mm", 5);
  count(add("fc", "Linear", rule_origin::thop), 3, 3);
  c.product(0, "aten::mm", 2);
  EXPECT_THAT(at(""), ElementsAre("children_beside_rule +3 @", "functional_missed -2 @outside"));
}

TEST_F(formula_verdict, a_module_that_is_not_registered) {
  auto const stray = c.module("Linear", rule_origin::thop);
  c.product(c.scope(root_scope, "stray", stray), "aten::mm", 6);
  EXPECT_THAT(at(""), ElementsAre("no_rule -6 @stray"));
  EXPECT_THAT(first("").cause, HasSubstr("not registered below the root"));
}

TEST_F(formula_verdict, a_rule_for_a_roots_own_products_leaves_the_rest_to_the_modules_below) {
  c.module_at(root).rule = rule_origin::custom;
  c.product(root_scope, "aten::bmm", 9);
  c.formula(root_scope, root, 9);
  auto const block = add("block", "Block", rule_origin::none);
  c.product(block.scope, "aten::bmm", 4);
  count(add_below(block, "fc", "Linear", rule_origin::thop), 5, 5);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -4 @block"));
}

TEST_F(formula_verdict, rule_wrong_factor_of_two_says_which_unit) {
  count(add("twice", "Mine", rule_origin::custom), 50, 100);
  count(add("half", "Other", rule_origin::custom), 50, 25);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong_factor +50 @twice", "rule_wrong_factor -25 @half"));
  EXPECT_THAT(first("twice").cause, AllOf(HasSubstr("exactly twice"), HasSubstr("counts FLOPs")));
  EXPECT_THAT(first("twice").remedy, HasSubstr("Divide by 2"));
  EXPECT_THAT(first("half").cause, HasSubstr("exactly half"));
  EXPECT_THAT(first("half").remedy, HasSubstr("Multiply by 2"));
}

TEST_F(formula_verdict, rule_wrong_factor_of_more) {
  count(add("large", "Mine", rule_origin::custom), 3, 36);
  count(add("small", "Mine", rule_origin::custom), 36, 3);
  at("");
  EXPECT_THAT(first("large").cause, HasSubstr("exactly 12 times as many"));
  EXPECT_THAT(first("small").cause, HasSubstr("12 times too few"));
}

TEST_F(formula_verdict, a_known_error_of_thops_own_rule_is_told) {
  count(add("up", "ConvTranspose2d", rule_origin::thop), 8192, 32768);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong_factor +24576 @up"));
  EXPECT_THAT(first("").cause, HasSubstr("transposed convolution"));
  EXPECT_THAT(first("").remedy, HasSubstr("custom_ops"));
}

TEST_F(formula_verdict, rule_wrong) {
  count(add("off", "Mine", rule_origin::custom), 50, 33);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong -17 @off"));
  EXPECT_THAT(first("").cause, HasSubstr("17 too few"));
  EXPECT_THAT(first("").remedy, HasSubstr("Mine"));
}

TEST_F(formula_verdict, rule_wrong_where_nothing_ran) {
  count(add("dead", "Mine", rule_origin::custom), 0, 33);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong +33 @dead"));
  EXPECT_THAT(first("").cause, HasSubstr("saw no product there"));
}

TEST_F(formula_verdict, a_rule_in_operations_gives_no_macs) {
  auto const m = add("norm", "Mine", rule_origin::custom);
  c.product(m.scope, "aten::mm", 4);
  c.formula(m.scope, m.module, 9, 1, formula_unit::operations);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong -4 @norm"));
  EXPECT_THAT(first("").cause, HasSubstr("counts operations (9)"));
}

TEST_F(formula_verdict, a_zero_rule_on_a_walked_through_module) {
  auto const s = add("seq", "MySequential", rule_origin::custom);
  c.module_at(s.module).transparent = true;
  c.product(s.scope, "aten::mm", 4);
  c.formula(s.scope, s.module, 0);
  count(add_below(s, "0", "Linear", rule_origin::thop), 5, 5);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong -4 @seq"));
}

TEST_F(formula_verdict, a_rule_whose_children_make_up_for_it_agrees) {
  auto const s = add("seq", "MySequential", rule_origin::custom);
  c.module_at(s.module).transparent = true;
  auto const part = add_below(s, "0", "Part", rule_origin::none);
  c.product(part.scope, "aten::bmm", 4);
  count(add_below(part, "fc", "Linear", rule_origin::thop), 5, 5);
  c.formula(s.scope, s.module, 4);
  EXPECT_THAT(at(""), ElementsAre("agrees +0 @"));
  EXPECT_THAT(at("seq"), ElementsAre("agrees +0 @seq"));
}

TEST_F(formula_verdict, a_row_below_a_rule_that_is_right_gets_no_warning) {
  auto const block = add("block", "Block", rule_origin::custom);
  auto const part = add_below(block, "part", "Part", rule_origin::none);
  c.product(part.scope, "aten::bmm", 4);
  count(add_below(part, "fc", "Linear", rule_origin::thop), 5, 5);
  count(add_below(part, "off", "Mine", rule_origin::custom), 5, 6);
  c.formula(block.scope, block.module, 14);
  EXPECT_THAT(at("block"), ElementsAre("agrees +0 @block"));
  EXPECT_THAT(at("block.part"), IsEmpty());
  EXPECT_THAT(at("block.part.fc"), ElementsAre("agrees +0 @block.part.fc"));
  EXPECT_THAT(at("block.part.off"), IsEmpty());
}

TEST_F(formula_verdict, a_module_called_by_a_neighbour_of_its_hiding_parent) {
  auto const block = add("block", "Block", rule_origin::custom);
  c.formula(block.scope, block.module, 3);
  c.product(block.scope, "aten::mm", 3);
  auto const inner = c.module("Linear", rule_origin::thop);
  c.path(block.path, "inner", inner);
  auto const user = add("user", "User", rule_origin::none);
  auto const s = c.scope(user.scope, "block.inner", inner);
  c.product(s, "aten::mm", 8);
  c.formula(s, inner, 8);
  EXPECT_THAT(at("user"), ElementsAre("functional_missed -8 @block.inner"));
  EXPECT_THAT(at(""), ElementsAre("functional_missed -8 @block.inner"));
  EXPECT_THAT(first("").cause, HasSubstr("registered below a rule that ends the walk"));
}

TEST_F(formula_verdict, a_module_called_below_a_rule_but_registered_beside_it) {
  auto const table = c.module("Linear", rule_origin::thop);
  c.path(root_path, "table", table);
  auto const block = add("block", "Block", rule_origin::custom);
  auto const s = c.scope(block.scope, "table", table);
  c.product(s, "aten::mm", 8);
  c.formula(s, table, 8);
  c.formula(block.scope, block.module, 8);
  EXPECT_THAT(at(""), ElementsAre("children_beside_rule +8 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("registered elsewhere"));
}

TEST(formula_verdicts, there_are_none_without_a_watched_module) {
  capture_builder c;
  c.product(c.scope(0, "step", 0), "aten::mm", 5);
  auto const tree = attribute(c.data);
  auto const result = compare(c.data, tree);
  EXPECT_EQ(result.rows[0].formula_macs, std::nullopt);
  EXPECT_EQ(result.rows[0].formula_minus_operator, std::nullopt);
  EXPECT_EQ(result.rows[0].operator_macs, 5);
  EXPECT_THAT(result.rows[0].verdicts, IsEmpty());
  c.unsupported(1, "my::op");
  auto const again = compare(c.data, attribute(c.data));
  EXPECT_EQ(again.rows[0].verdicts.size(), 1U);
}

}  // namespace
}  // namespace flopwatch::test
